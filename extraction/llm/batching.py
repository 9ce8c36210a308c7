"""How postings share calls, and what follows when an answer is no good: pure policy, the call is handed in.

A pack that comes back with holes is split: 20 -> 10 -> 5 -> 1. An answer that cannot be read at all is asked for once more
with what was wrong. A posting is therefore in at most `most_calls(size of its pack)` calls, whatever the model does.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Generic, NamedTuple, TypeVar

from extraction.errors import ProviderError

A = TypeVar("A")

# From here on postings are asked one by one: halving further would cost as many calls as it saves.
SINGLY_FROM = 5


@dataclass(frozen=True, slots=True)
class Item:
    """One posting to ask about: its id in the call, and what it adds to the prompt, in tokens (estimated)."""

    id: str
    tokens: int


@dataclass(frozen=True, slots=True)
class Room:
    """What fits into one call: postings, and tokens of all their texts and answers (None: no bound is known)."""

    postings: int
    tokens: int | None
    answer_tokens: int


@dataclass(frozen=True, slots=True)
class Reply(Generic[A]):
    """What one call brought. Ids that are in neither mapping count as missing.

    `complaint` is for the model when it may do better if it is told. `was_cut`: prompt or answer did not fit, a smaller pack may.
    `refused_by`: there is no answer, the provider would not even take the prompt.
    """

    answers: Mapping[str, A] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)
    complaint: str = ""
    was_cut: bool = False
    refused_by: ProviderError | None = None


class Problem(NamedTuple):
    """Why there is no answer about a posting. `invalid`: the model answered, yet never in a way that can be used."""

    text: str
    invalid: bool


@dataclass(frozen=True, slots=True)
class Outcome(Generic[A]):
    """What became of every item: an answer, a problem that stays (by id), or `left` for later because of `stopped_by`.

    `blamed` are those of `left` that were being asked about when the work stopped.
    """

    answers: Mapping[str, A]
    problems: Mapping[str, Problem]
    left: tuple[str, ...] = ()
    blamed: tuple[str, ...] = ()
    stopped_by: Exception | None = None


@dataclass(frozen=True, slots=True)
class _Pack:
    items: tuple[Item, ...]
    complaint: str = ""
    may_repeat: bool = True


Ask = Callable[[Sequence[Item], str], Reply[A]]
"""One call about some items, with what was wrong with the answer before ("": nothing was)."""


def packs(items: Sequence[Item], room: Room) -> list[tuple[Item, ...]]:
    """The items in their order, as many in each pack as there is room for; one that is too large alone goes alone."""
    made: list[tuple[Item, ...]] = []
    pack: list[Item] = []
    for item in items:
        if pack and not _fits([*pack, item], room):
            made.append(tuple(pack))
            pack = []
        pack.append(item)
    return [*made, tuple(pack)] if pack else made


def smaller(size: int) -> int:
    """The next size of a pack after one that failed: half of it, one by one from five down."""
    return 1 if size <= SINGLY_FROM else math.ceil(size / 2)


def most_calls(size: int) -> int:
    """In how many calls one posting of a pack of this size can be at most: one for each size, and one repetition."""
    return 2 if size <= 1 else 1 + most_calls(smaller(size))


def work_off(items: Sequence[Item], room: Room, ask: Ask[A], *, stops: tuple[type[Exception], ...] = ()) -> Outcome[A]:
    """Ask until every item has an answer or a problem that stays.

    A retryable ProviderError, or one of `stops`, ends the work: what has no answer by then is left for later. A ProviderError that is
    not retryable is the problem of its pack, which is split like any other.
    """
    stopping: tuple[type[Exception], ...] = (ProviderError, *stops)
    answers: dict[str, A] = {}
    problems: dict[str, Problem] = {}
    waiting = [_Pack(pack) for pack in reversed(packs(items, room))]
    while waiting:
        pack = waiting.pop()
        try:
            reply = _asked(pack, ask)
        except stopping as error:
            left = [item.id for kept in [pack, *reversed(waiting)] for item in kept.items]
            return Outcome(answers, problems, tuple(left), tuple(item.id for item in pack.items), error)
        asked = {item.id for item in pack.items}
        answers.update((posting_id, answer) for posting_id, answer in reply.answers.items() if posting_id in asked)
        again = _next(pack, reply)
        if again is None:
            invalid = reply.refused_by is None
            problems.update((posting_id, Problem(_problem(reply, posting_id), invalid)) for posting_id in asked - answers.keys())
        else:
            waiting.extend(reversed(again))
    return Outcome(answers, problems)


def _asked(pack: _Pack, ask: Ask[A]) -> Reply[A]:
    """One call; an error that no repetition helps is what is wrong with this pack."""
    try:
        return ask(pack.items, pack.complaint)
    except ProviderError as error:
        if error.retryable:
            raise
        return Reply(problems={item.id: str(error) for item in pack.items}, was_cut=True, refused_by=error)


def _next(pack: _Pack, reply: Reply[A]) -> list[_Pack] | None:
    """The packs to try after this reply: [] when all is answered, None when nothing is left to try."""
    holes = tuple(item for item in pack.items if item.id not in reply.answers)
    if not holes:
        return []
    complaint = reply.complaint or _problem(reply, holes[0].id)
    if len(pack.items) == 1:
        worth_it = pack.may_repeat and (reply.complaint or not reply.was_cut)
        return [replace(pack, complaint=complaint, may_repeat=False)] if worth_it else None
    if reply.complaint and pack.may_repeat and not reply.was_cut:
        return [replace(pack, complaint=complaint, may_repeat=False)]
    size = smaller(len(pack.items))
    parts = [holes[start : start + size] for start in range(0, len(holes), size)]
    return [_Pack(part, may_repeat=pack.may_repeat) for part in parts]


def _problem(reply: Reply[A], posting_id: str) -> str:
    return reply.problems.get(posting_id) or reply.complaint or "there is no answer with this id"


def _fits(pack: Sequence[Item], room: Room) -> bool:
    if len(pack) > room.postings:
        return False
    return room.tokens is None or sum(item.tokens + room.answer_tokens for item in pack) <= room.tokens
