"""Who is measured: the rules, or a language model over them, as the pipeline would use it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from django.conf import settings

from catalog.vocabulary.values import Vocabulary
from catalog.vocabulary.vocabulary_csv import read_vocabulary
from extraction.calibration import Calibration
from extraction.document import Document
from extraction.errors import ProviderError
from extraction.evaluate.answers import Measurable
from extraction.llm.asking import Desk, ask
from extraction.llm.llms import build
from extraction.llm.prompt import SYSTEM, prompt_version
from extraction.llm.stated import stated_by
from extraction.merge import merge
from extraction.models import LLMCall
from extraction.providers.base import Result, Usage
from extraction.providers.llm import LLM
from extraction.providers.llm_registry import llm_classes
from extraction.providers.rules import RulesProvider
from extraction.rules.skills import Matcher


def provider_names() -> list[str]:
    """`rules`, then the vendors of language models."""
    return [RulesProvider.name, *llm_classes()]


def rules_of(calibration: Calibration | None = None) -> RulesProvider:
    """Tier 0 with the vocabulary of the project's own file; it needs no database."""
    return RulesProvider(_matcher(), calibration)


@cache
def _matcher() -> Matcher:
    return Matcher(read_vocabulary())


def provider_of(name: str, tier: int) -> Measurable:
    """The rules, or the model that the settings name for a tier. Raises ProviderError when it does not answer, with what to do."""
    if name == RulesProvider.name:
        return rules_of()
    named = str(settings.TIER1_MODEL_NAME if tier == 1 else settings.TIER2_MODEL_NAME)
    llm = build(name, tier, named or llm_classes()[name].default_models[0])
    probe = llm.probe()
    if not probe.ok:
        raise ProviderError(probe.message, retryable=True)
    return ModelOverRules(llm, tier, rules_of(), read_vocabulary())


@dataclass(frozen=True)
class ModelOverRules:
    """What the rules say, with what a model adds. Every call goes through the ledger and its spend cap, and is paid once."""

    llm: LLM
    tier: int
    rules: RulesProvider
    vocabulary: Vocabulary
    system: str = SYSTEM

    @property
    def name(self) -> str:
        return f"{self.llm.name} {self.llm.model}"

    @property
    def version(self) -> str:
        return f"{prompt_version(self.system)}+{self.rules.version}"

    def extract(self, documents: Sequence[Document]) -> list[Result]:
        """Raises what stopped the work: the provider's error, or the spend cap. What the model could not answer stays as the rules say."""
        most = settings.TIER1_BATCH_SIZE if self.tier == 1 else 1
        answers = ask(Desk(dict(enumerate(documents)), self.llm, self.tier, most, LLMCall.Purpose.EXPERIMENT, None, self.system))
        if answers.stopped_by:
            raise answers.stopped_by
        results = self.rules.extract(documents)
        for number, answer in answers.answers.items():
            document, usage = documents[number], answers.usage.get(number, Usage())
            stated = stated_by(answer, document, self.vocabulary)
            results[number] = merge(results[number], stated, document, tier=self.tier, usage=usage)
        return results
