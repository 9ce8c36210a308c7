"""What an experiment runs: the rules as they are now, or a language model with some instructions beside them."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from catalog.services import vocabulary_load
from extraction.improve import identity_for, improved
from extraction.llm.answer import PostingAnswer
from extraction.llm.asking import Desk, ask
from extraction.llm.prompt import SYSTEM
from extraction.models import LLMCall
from extraction.providers.llm import LLM
from extraction.publish import Extracted
from extraction.services import postings_extract, rules_provider
from extraction.store import Identity, identity_of, stored_answers


@dataclass(frozen=True, slots=True)
class Extraction:
    """What came of some postings: results, and by posting id why there is none; `left` for later because of `stopped_by`."""

    extracted: list[Extracted]
    failures: Mapping[int, str]
    left: frozenset[int] = frozenset()
    stopped_by: Exception | None = None


class Extractor(Protocol):
    """One way of extracting. `identity` is what its extractions are stored under."""

    @property
    def identity(self) -> Identity: ...

    def extract(self, posting_ids: Collection[int], experiment_id: uuid.UUID) -> Extraction:
        """Extract these postings; writes nothing but the ledger of calls, under the experiment's id."""


@dataclass(frozen=True)
class RulesExtractor:
    """Tier 0 with the rules and the vocabulary of now."""

    @property
    def identity(self) -> Identity:
        return identity_of(rules_provider())

    def extract(self, posting_ids: Collection[int], experiment_id: uuid.UUID) -> Extraction:
        return Extraction(*postings_extract(posting_ids, rules_provider()))


@dataclass(frozen=True)
class LLMExtractor:
    """Rules, and what a model adds to them; for tier 2 on top of what tier 1 answered, as in production.

    `most` postings share a call. An answer that the ledger holds is not paid again.
    """

    llm: LLM
    tier: int
    most: int = 1
    system: str = field(default=SYSTEM, repr=False)

    @property
    def identity(self) -> Identity:
        return identity_for(self.llm, self.tier, rules_provider(), self.system)

    def desk(self, extracted: Collection[Extracted], experiment_id: uuid.UUID) -> Desk:
        """The conversation about these postings, before anything is asked."""
        documents = {item.row.pk: item.document for item in extracted}
        return Desk(
            documents,
            self.llm,
            tier=self.tier,
            most=self.most,
            purpose=LLMCall.Purpose.EXPERIMENT,
            run_id=experiment_id,
            system=self.system,
        )

    def extract(self, posting_ids: Collection[int], experiment_id: uuid.UUID) -> Extraction:
        vocabulary = vocabulary_load()
        extracted, failures = postings_extract(posting_ids, rules_provider())
        by_id = {item.row.pk: item for item in extracted}
        if self.tier > 1:
            below = stored_answers({pk: item.row.content_hash for pk, item in by_id.items()}, tier=1)
            for pk, told in below.items():
                by_id[pk] = improved(by_id[pk], PostingAnswer.model_validate(told), vocabulary, tier=1)
        answers = ask(self.desk(list(by_id.values()), experiment_id))
        done = [improved(by_id[pk], answer, vocabulary, tier=self.tier, usage=answers.usage[pk]) for pk, answer in answers.answers.items()]
        problems = {pk: problem.text for pk, problem in answers.problems.items()}
        return Extraction(done, failures | problems, answers.left, answers.stopped_by)
