"""Overfitting, measured: how much better the same metric is on one set of rows than on another."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from extraction.evaluate.answers import Answer, Bench
from extraction.evaluate.metrics import bootstrap_gap
from extraction.evaluate.run import AnsweredFile, observations_of

DEFECT = 0.03
"""A larger gap, with its whole 95 % interval above 0, is overfitting."""


@dataclass(frozen=True, slots=True)
class Gap:
    """`metric` on the first rows minus `metric` on the second, with its 95 % interval."""

    file: str
    metric: str
    first: float
    second: float
    low: float
    high: float
    unseen: bool
    """The second rows are ones that nobody looked at while rules were written; else both halves were there to be looked at."""

    @property
    def difference(self) -> float:
        return self.first - self.second

    @property
    def is_defect(self) -> bool:
        """Halves of rows that were all seen differ by chance and by kind, not by overfitting."""
        return self.unseen and self.difference > DEFECT and self.low > 0

    def as_json(self) -> dict[str, Any]:
        sides = {"first": self.first, "second": self.second}
        return {"metric": self.metric, "unseen": self.unseen, **sides, "interval_95": [self.low, self.high]}


def gap_of_halves(answered: AnsweredFile, bench: Bench) -> Gap | None:
    """Between two halves of one file, told apart by a checksum of each row's text, so that every machine has the same ones."""
    first = [answer for answer in answered.answers if _is_first_half(answer)]
    second = [answer for answer in answered.answers if not _is_first_half(answer)]
    return _gap(answered, first, second, bench, unseen=False)


def gap_to_unseen(seen: AnsweredFile, unseen: AnsweredFile, bench: Bench) -> Gap | None:
    """Between the file that rules were written against and one of the same kind that nobody looked at."""
    return _gap(seen, seen.answers, unseen.answers, bench, unseen=True)


def _is_first_half(answer: Answer) -> bool:
    words = f"{answer.document.posting.title}\n{answer.document.text}"
    return hashlib.sha256(words.encode()).digest()[0] % 2 == 0


def _gap(answered: AnsweredFile, first: Sequence[Answer], second: Sequence[Answer], bench: Bench, *, unseen: bool) -> Gap | None:
    """None where one side has no scored row."""
    scorer = answered.scorer
    one, other = ([found for _, found in observations_of(scorer, answers, bench)[0]] for answers in (first, second))
    if not one or not other:
        return None
    name = next(iter(scorer.summarise(one)))

    def main(rows: Sequence[Any]) -> float:
        return scorer.summarise(rows)[name]

    low, high = bootstrap_gap(one, other, main)
    return Gap(answered.path.stem, name, main(one), main(other), low, high, unseen)
