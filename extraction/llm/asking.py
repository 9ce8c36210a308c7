"""Asks one model about many postings: packs them, calls, judges what comes back, shares out what it cost.

Writes nothing but the ledger of calls: what becomes of the answers is the caller's business, a tier's or an experiment's.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from extraction.document import Document
from extraction.errors import SpendCapReached, WorkPaused
from extraction.llm.answer import TOKENS_PER_POSTING, PostingAnswer, judged
from extraction.llm.batching import Item, Problem, Reply, Room, packs, work_off
from extraction.llm.call_batches import BatchItem
from extraction.llm.calls import call
from extraction.llm.cost import cost_of
from extraction.llm.prompt import SYSTEM, Shown, fixed_tokens, prompt_for, shown
from extraction.llm.spend import price_of
from extraction.providers.base import Usage
from extraction.providers.llm import LLM

POSTING_TOKENS = {1: 1_500, 2: 4_000}
"""Of a posting's telling sections at most so much is sent, by tier: what follows after that seldom changes a fact."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What became of every posting, by its id: an answer, or a problem that stays, or nothing yet (`left`, because of `stopped_by`).

    `blamed` are those of `left` that a failed call was about. `usage` holds what the share of a posting in all its calls cost, also
    where there is no answer.
    """

    answers: Mapping[int, PostingAnswer]
    problems: Mapping[int, Problem]
    usage: Mapping[int, Usage]
    left: frozenset[int] = frozenset()
    blamed: frozenset[int] = frozenset()
    stopped_by: Exception | None = None


def ask(desk: Desk, *, batch: bool = False) -> Answers:
    """Ask about every posting on the desk; `batch`: its answers come at the price of a batch interface."""
    outcome = work_off(desk.items, desk.room, desk.ask, stops=(SpendCapReached, WorkPaused))
    return Answers(
        answers={pk: answer for key, answer in outcome.answers.items() for pk in desk.postings[key]},
        problems={pk: problem for key, problem in outcome.problems.items() for pk in desk.postings[key]},
        usage=desk.usage(batch=batch),
        left=desk.posting_ids(outcome.left),
        blamed=desk.posting_ids(outcome.blamed),
        stopped_by=outcome.stopped_by,
    )


@dataclass
class _Tokens:
    tokens_in: float = 0.0
    tokens_out: float = 0.0


@dataclass
class Desk:
    """One conversation with one model about some postings (by id), at most `most` in one call.

    Those with the same words are shown once. `tier` sets how much of a posting is sent, `purpose` is what the ledger says of the calls,
    `system` are other instructions, for an experiment.
    """

    documents: Mapping[int, Document]
    llm: LLM
    tier: int
    most: int
    purpose: str
    run_id: uuid.UUID | None
    system: str = SYSTEM
    is_paused: Callable[[], bool] = lambda: False
    """Looked at before every call: a call takes too long to wait for several."""
    refused_calls: Mapping[int, int] = field(default_factory=dict)
    """By posting id: answers of calls up to this id were no good."""
    shown: dict[str, Shown] = field(init=False, default_factory=dict)
    postings: dict[str, list[int]] = field(init=False, default_factory=lambda: defaultdict(list))
    _used: dict[str, _Tokens] = field(init=False, default_factory=lambda: defaultdict(_Tokens))

    def __post_init__(self) -> None:
        for posting_id, document in self.documents.items():
            posting = shown(document, most_tokens=self._posting_tokens())
            self.shown[posting.id] = posting
            self.postings[posting.id].append(posting_id)

    @property
    def items(self) -> list[Item]:
        return [Item(posting.id, posting.tokens) for posting in self.shown.values()]

    @property
    def room(self) -> Room:
        context = self.llm.context_tokens
        return Room(self.most, context - fixed_tokens(self.system) if context else None, TOKENS_PER_POSTING)

    def ask(self, items: Sequence[Item], complaint: str) -> Reply[PostingAnswer]:
        """One call. Raises ProviderError, SpendCapReached and WorkPaused."""
        if self.is_paused():
            raise WorkPaused(f"run {self.run_id} is paused")
        asked = [self.shown[item.id] for item in items]
        prompt = prompt_for(asked, complaint=complaint, system=self.system)
        ids = self._ids(items)
        completion = call(self.llm, prompt, purpose=self.purpose, posting_ids=ids, run_id=self.run_id, after=self.refused(ids))
        for item in items:
            self._used[item.id].tokens_in += completion.tokens_in / len(items)
            self._used[item.id].tokens_out += completion.tokens_out / len(items)
        return judged(completion, prompt, {posting.id: posting.title for posting in asked})

    def refused(self, posting_ids: Iterable[int]) -> int | None:
        """The last call about any of these postings whose answer was no good: a stored answer must be of a later one."""
        return max((self.refused_calls[pk] for pk in posting_ids if pk in self.refused_calls), default=None)

    def first_calls(self) -> list[BatchItem]:
        """The calls that the work begins with, for a batch interface."""
        first = packs(self.items, self.room)
        return [BatchItem(prompt_for([self.shown[item.id] for item in pack], system=self.system), self._ids(pack)) for pack in first]

    def posting_ids(self, keys: Iterable[str]) -> frozenset[int]:
        """The postings that were shown under these ids."""
        return frozenset(posting_id for key in keys for posting_id in self.postings[key])

    def usage(self, *, batch: bool) -> dict[int, Usage]:
        """By posting id. Postings that were shown once share what that cost."""
        shares: dict[int, Usage] = {}
        for key, used in self._used.items():
            count = len(self.postings[key])
            tokens_in, tokens_out = round(used.tokens_in / count), round(used.tokens_out / count)
            shares |= dict.fromkeys(self.postings[key], Usage(tokens_in, tokens_out, self._cost(tokens_in, tokens_out, batch=batch)))
        return shares

    def _cost(self, tokens_in: int, tokens_out: int, *, batch: bool) -> Decimal:
        return cost_of(price_of(self.llm), tokens_in=tokens_in, tokens_out=tokens_out, batch=batch)

    def _ids(self, items: Sequence[Item]) -> list[int]:
        return sorted(self.posting_ids([item.id for item in items]))

    def _posting_tokens(self) -> int:
        """What a posting may take of a call: no more than there is room for beside its answer."""
        most = POSTING_TOKENS[self.tier]
        if self.llm.context_tokens is None:
            return most
        return max(1, min(most, self.llm.context_tokens - fixed_tokens() - TOKENS_PER_POSTING))
