"""The words of the posting that show a signal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Greatest, Substr

from catalog.models import JobSkill

_AROUND = 120


class Shown(Protocol):
    """What is asked of a signal, computed or stored."""

    @property
    def job_id(self) -> int: ...
    @property
    def job_title(self) -> str: ...
    @property
    def skill_id(self) -> int | None: ...
    @property
    def at(self) -> datetime: ...


AnySignal = TypeVar("AnySignal", bound=Shown)


@dataclass(frozen=True, slots=True)
class PostingSignals(Generic[AnySignal]):
    """A posting and the signals that it shows, each with its words; "" where the title is all that shows it."""

    job_id: int
    job_title: str
    at: datetime
    shown: Sequence[tuple[AnySignal, str]]


def postings_with_signals(signals: Sequence[AnySignal]) -> list[PostingSignals[AnySignal]]:
    """The same signals by posting, in the order of each posting's first one."""
    quotes = signal_quotes(signals)
    by_job: dict[int, list[AnySignal]] = {}
    for signal in signals:
        by_job.setdefault(signal.job_id, []).append(signal)
    return [
        PostingSignals(job, shown[0].job_title, shown[0].at, [(one, quotes.get((job, one.skill_id or 0), "")) for one in shown])
        for job, shown in by_job.items()
    ]


def signal_quotes(signals: Sequence[Shown]) -> Mapping[tuple[int, int], str]:
    """By job and skill: the line of the posting that names the skill, at most _AROUND characters to either side.

    Nothing for skills that only the title names: the title is the quote then. One query, none without signals of skills.
    """
    wanted = Q()
    for signal in signals:
        if signal.skill_id is not None:
            wanted |= Q(job=signal.job_id, skill=signal.skill_id)
    if not wanted:
        return {}
    window = Substr("job__content__text", Greatest(F("start") - _AROUND, 0) + 1, F("end") - F("start") + 2 * _AROUND)
    rows = JobSkill.objects.filter(wanted, start__isnull=False).annotate(window=window)
    found: QuerySet[Any, Any] = rows.values_list("job_id", "skill_id", "start", "end", "window")
    return {(job, skill): _line(window, min(start, _AROUND), end - start) for job, skill, start, end, window in found}


def _line(window: str, start: int, length: int) -> str:
    """The line of the window that the mention stands in; "…" where it was cut."""
    before, mention, after = window[:start], window[start : start + length], window[start + length :]
    _, newline, tail = before.rpartition("\n")
    left = tail.lstrip("•- ") if newline or start < _AROUND else "…" + tail.partition(" ")[2]
    right, newline, _ = after.partition("\n")
    right = right if newline or len(right) < _AROUND else right.rpartition(" ")[0] + "…"
    return f"{left}{mention}{right}".strip()
