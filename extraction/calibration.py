"""Confidence that means something (spec E7): of values given with confidence 0.8, about eight in ten are right.

Rules state by hand how sure they are; that is a guess. `data/calibration.csv` says how often a rule's values were right on labelled
rows (`manage.py calibrate` writes it: figures only). Pure: a few look-ups, no database.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from ingestion.ats.base import Posting

CALIBRATION_PATH = Path(__file__).parent / "data" / "calibration.csv"

NOTHING = "nothing"
"""The rule of a field without evidence: nothing was found, and saying so may be right or wrong too."""
CLOSED_FIELDS = frozenset({"seniority_level", "job_function", "remote_type", "employment_type"})
"""Fields with a closed list of values, some of which are told apart more surely than others."""


class Origin(StrEnum):
    """What a posting is like: with fields of an ATS beside its text, or a text alone, as people paste it."""

    BOARD = "board"
    TEXT = "text"


class Bin(NamedTuple):
    """Findings that are alike. Empty members mean any: `(field, rule, "", "")` holds all findings of a rule."""

    field: str
    rule: str
    origin: str = ""
    value: str = ""

    @property
    def wider(self) -> Bin:
        """The bin around this one: any value, then any origin."""
        return self._replace(value="") if self.value else self._replace(origin="")


@dataclass(frozen=True, slots=True)
class Rate:
    """How often findings of a bin are right, after shrinking towards the bin around it, and the labelled rows it rests on."""

    probability: float
    rows: int


@dataclass(frozen=True)
class Calibration:
    """Rates by bin; bins of few rows are left out, the bin around them counts."""

    rates: Mapping[Bin, Rate]
    _met: dict[Bin, Rate | None] = field(default_factory=dict, compare=False, repr=False)

    def probability(self, found: Bin, score: float) -> float:
        """How probably a finding is right; `score` is the rule's own guess, which stands where no labelled row met the rule."""
        try:
            rate = self._met[found]
        except KeyError:
            around = (self.rates.get(wider) for wider in (found, found.wider, found.wider.wider))
            rate = self._met[found] = next((rate for rate in around if rate), None)
        return rate.probability if rate else score


UNCALIBRATED = Calibration({})


def origin_of(posting: Posting) -> Origin:
    """By the fields it carries: `BOARD` when the ATS states at least one beside title, place and text."""
    stated = posting.department or posting.team or posting.employment_type or posting.work_place_type or posting.fields or posting.salaries
    return Origin.BOARD if stated else Origin.TEXT


def bin_of(field: str, rule: str, origin: Origin, value: object) -> Bin:
    """The narrowest bin of a finding."""
    return _bin_named(field, rule, origin, str(value) if field in CLOSED_FIELDS and rule != NOTHING else "")


@lru_cache(maxsize=4096)
def _bin_named(field: str, rule: str, origin: Origin, value: str) -> Bin:
    """Every posting asks for ten, of some hundreds that there are."""
    return Bin(field, rule, origin, value)


@cache
def load_calibration() -> Calibration:
    """The table of the project. Raises KeyError or ValueError for a file of another form."""
    with CALIBRATION_PATH.open(encoding="utf-8", newline="") as file:
        return Calibration({_bin(row): Rate(float(row["probability"]), int(row["rows"])) for row in csv.DictReader(file)})


def _bin(row: Mapping[str, str]) -> Bin:
    return Bin(*(row[name] for name in Bin._fields))


def save_calibration(calibration: Calibration, path: Path = CALIBRATION_PATH) -> None:
    """In a fixed order, so that the same rates make the same file; whole or not at all, since every worker reads it at its start."""
    draft = path.with_name(f"{path.name}.part")
    with draft.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow((*Bin._fields, "probability", "rows"))
        writer.writerows((*found, f"{rate.probability:.3f}", rate.rows) for found, rate in sorted(calibration.rates.items()))
    draft.replace(path)
