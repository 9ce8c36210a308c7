"""Field by field: what a labelled row says about one value that a provider gave, and how sure the provider was."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from extraction.calibration import NOTHING, Bin, bin_of, origin_of
from extraction.evaluate import ats_full, scorers
from extraction.evaluate.answers import ODD_ROW, Answer, Bench
from extraction.evaluate.rows import Row
from extraction.evaluate.run import AnsweredFile
from extraction.providers.base import Result
from extraction.schema import EmploymentType, LocationDetails, SalaryDetails

Judgement = tuple[str, bool, Any]
"""(field, whether our value is right, what the label says)."""
Judge = Callable[[Answer, Bench], Iterator[Judgement]]

_UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One field of one labelled row. `stated`: the provider gave a value; else it said nothing, which may be right or wrong too."""

    file: str
    row_id: str
    group: str
    """Rows of one employer share their habits, and never stand on both sides of a fold."""
    bin: Bin
    tier: int
    confidence: float
    stated: bool
    right: bool
    expected: str
    found: str

    @property
    def field(self) -> str:
        return self.bin.field


def verdicts_of(stem: str, answer: Answer, bench: Bench) -> Iterator[Verdict]:
    """The verdicts of one row; none for a file or a row that judges no single field.

    Raises KeyError, TypeError or ValueError for a row that has not the form of its file.
    """
    row = answer.row
    row_id = str(row.get("id") or row.get("title", ""))
    for field, right, expected in _JUDGES[stem](answer, bench) if stem in _JUDGES else ():
        found = _value(answer.result, field)
        entry = answer.result.evidence.get(field)
        yield Verdict(
            file=stem,
            row_id=row_id,
            group=group_of(row),
            bin=bin_of(field, entry.rule if entry else NOTHING, origin_of(answer.document.posting), found),
            tier=entry.tier if entry else bench.provider.tier,
            confidence=entry.confidence if entry else 0.0,
            stated=entry is not None and found != _UNKNOWN,
            right=right,
            expected=_shown(expected),
            found=found,
        )


def group_of(row: Row) -> str:
    """The employer where the row names one, else the row itself."""
    return str(row.get("company") or f"{row.get('source')}/{row.get('id') or row.get('title', '')}")


def _value(result: Result, field: str) -> str:
    if field == "salary":
        return _shown(result.details.salary)
    if field == "location":
        record = result.record
        return _shown(LocationDetails(city=record.location_city, state=record.location_state, country=record.location_country))
    return _shown(getattr(result.record, field))


def _shown(value: Any) -> str:
    """A value in a few words, for people."""
    if value is None:
        return "nothing"
    if isinstance(value, LocationDetails | SalaryDetails):
        value = value.model_dump(mode="json", exclude_none=True, exclude={"ote"})
    if isinstance(value, Mapping):
        return ", ".join(str(part) for part in value.values() if part not in (None, "")) or "nothing"
    return str(value)


def _every_field(answer: Answer, bench: Bench) -> Iterator[Judgement]:
    gold = answer.row["gold"]
    for field, right in ats_full.observe(answer, bench).right.items():
        expected = next(iter(gold["locations"]), None) if field == "location" else gold[field]
        yield field, right, expected


def _scored(stem: str, field: str, is_right: Callable[[Any], bool]) -> Judge:
    """As the file's own metric scores it; `is_right` reads what its scorer observed."""

    def judge(answer: Answer, bench: Bench) -> Iterator[Judgement]:
        observed = scorers.SCORERS[stem].observe(answer, bench)
        if observed is not None:
            yield field, is_right(observed), answer.row["gold"]

    return judge


def _by_employer(answer: Answer, bench: Bench) -> Iterator[Judgement]:
    """The employer's own label, which no word of the posting need support: it judges what we state, not our silence."""
    if answer.result.record.employment_type is not EmploymentType.UNKNOWN:
        yield from _scored("employment_type_uber", "employment_type", bool)(answer, bench)


def _leading_title(answer: Answer, bench: Bench) -> Iterator[Judgement]:
    """Labels tell directors and above; that both are below says nothing of which level it is."""
    expected, found = scorers.title_classes(answer, bench)
    below = bench.maps["title_level"]["*"]
    if (expected, found) != (below, below):
        yield "seniority_level", expected == found, answer.row["gold"]


def _is_first(observed: Sequence[bool]) -> bool:
    return observed[0]


def _is_same(observed: tuple[str, str]) -> bool:
    return observed[0] == observed[1]


def _is_all(observed: Mapping[str, bool]) -> bool:
    return all(observed.values())


_JUDGES: Mapping[str, Judge] = {
    "ats_full": _every_field,
    "remote_type": _scored("remote_type", "remote_type", bool),
    "salary_usd": _scored("salary_usd", "salary", _is_first),
    "salary_non_usd": _scored("salary_non_usd", "salary", _is_first),
    "employment_type": _scored("employment_type", "employment_type", _is_same),
    "employment_type_uber": _by_employer,
    "seniority_6level": _scored("seniority_6level", "seniority_level", bool),
    "seniority_seek": _scored("seniority_seek", "seniority_level", bool),
    "title_level": _leading_title,
    "function": _scored("function", "job_function", bool),
    "location": _scored("location", "location", _is_all),
}
"""By file stem. Grades of an employer (ranks, not levels) and spans of single sentences judge no field of a record."""

JUDGED_FILES = frozenset(_JUDGES)


def all_verdicts(files: Iterable[AnsweredFile], bench: Bench) -> list[Verdict]:
    """The verdicts of whole files. Rows of another form than their file's give none: `file_report` names them."""
    found: list[Verdict] = []
    for file in files:
        for answer in file.answers:
            with contextlib.suppress(*ODD_ROW):
                found += verdicts_of(file.path.stem, answer, bench)
    return found
