"""Skills named in single sentences, against the knowledge spans that people marked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from extraction.evaluate.answers import Answer, Bench
from extraction.evaluate.metrics import Metrics, f1

Span = tuple[int, int]

_OTHER_LAYER = frozenset({"business_skill"})
"""Categories of the vocabulary that are no knowledge: attitudes and soft skills, which the labels keep in a layer of their own."""


@dataclass(frozen=True, slots=True)
class Observation:
    """Counts of one sentence; `overlapping` counts found spans that touch a labelled one, `touched` the reverse."""

    found: int
    expected: int
    same: int
    overlapping: int
    touched: int


def observe(answer: Answer, bench: Bench) -> Observation:
    """Raises KeyError for a row without tokens and tags."""
    expected = list(_spans(answer.row["tokens"], answer.row["tags_knowledge"]))
    found = [(match.start, match.end) for match in answer.result.skills if match.term.category not in _OTHER_LAYER]
    return Observation(
        found=len(found),
        expected=len(expected),
        same=len(set(found) & set(expected)),
        overlapping=sum(any(_overlap(span, other) for other in expected) for span in found),
        touched=sum(any(_overlap(span, other) for other in found) for span in expected),
    )


def _spans(tokens: Sequence[str], tags: Sequence[str]) -> Iterator[Span]:
    """Character spans of the B/I tags in the sentence, its tokens joined by spaces."""
    span: Span | None = None
    position = 0
    for token, tag in zip(tokens, tags, strict=True):
        end = position + len(token)
        if tag == "I" and span:
            span = (span[0], end)
        else:
            if span:
                yield span
            span = (position, end) if tag == "B" else None
        position = end + 1
    if span:
        yield span


def _overlap(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def summarise(rows: Sequence[Observation]) -> Metrics:
    """Overlap F1 from precision over the found and recall over the labelled spans; strict F1 counts equal spans only."""
    found = sum(row.found for row in rows)
    expected = sum(row.expected for row in rows)
    precision = sum(row.overlapping for row in rows) / found if found else 0.0
    recall = sum(row.touched for row in rows) / expected if expected else 0.0
    overlap = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    strict = f1(sum(row.same for row in rows), found, expected)
    return {"f1_overlap": overlap, "f1_strict": strict, "precision_overlap": precision, "recall_overlap": recall}
