"""Two tables of other names of places: the one that jobs are placed by, and the one that searches are read by."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from catalog.search.places import fold_place, job_places, metro_towns, place_keys

_PLACED_BY = Path(__file__).parent.parent / "data" / "metros.csv"

# A posting that names no town of the valley is placed in its great city; who searches for the valley means its own towns.
_DIFFER = {"silicon valley"}


def shared() -> list[dict[str, str]]:
    searched = {fold_place(name) for name in metro_towns()} - _DIFFER
    with _PLACED_BY.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if fold_place(row["name"]) in searched]


@pytest.mark.parametrize("row", shared(), ids=lambda row: row["name"])
def test_a_name_finds_the_jobs_that_are_placed_by_it(row):
    assert set(job_places(locations=[row], location_text="")) & set(place_keys(row["name"]))


def test_the_tables_share_names():
    assert len(shared()) > 40
