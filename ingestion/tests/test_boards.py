from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.ats.registry import adapter
from ingestion.boards import HASH_LENGTH, BadItem, Changes, Item, Known, compare, difference, items_of, once, parse
from ingestion.tests.factories import greenhouse_job

THEN = datetime(2026, 8, 1, tzinfo=UTC)
READER = adapter("greenhouse")


def hash_of(letter: str) -> str:
    return letter * HASH_LENGTH


def item(job_id: str, letter: str = "a") -> Item:
    return Item("sha", 0, job_id, hash_of(letter), {})


def known(pk: int, letter: str = "a", missing: bool = False, closed: bool = False, unseen: bool = False) -> Known:
    return Known(pk, hash_of(letter), THEN if missing or closed else None, THEN if closed else None, not (missing or closed or unseen))


def compared(items: list[Item], rows: dict[str, Known], *, may_close: bool = True) -> Changes:
    """Compare with all that is known, of which only what is asked for is given."""
    present = frozenset(key + row.content_hash for key, row in rows.items() if row.is_seen)
    absent = {key for key, row in rows.items() if not row.is_seen and row.closed_at is None}
    read = difference(items, present)
    asked = {item.source_job_id for item in read.items} - read.changed | read.absent | absent
    return compare(read, {key: row for key, row in rows.items() if key in asked}, may_close=may_close)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (None, {"new"}),
        (known(1), {"unchanged"}),
        (known(1, "b"), {"changed"}),
        (known(1, missing=True), {"unchanged", "returned"}),
        (known(1, "b", missing=True), {"changed", "returned"}),
        (known(1, unseen=True), {"unchanged", "found"}),
        (known(1, "b", unseen=True), {"changed", "found"}),
        (known(1, closed=True), {"unchanged", "reopened"}),
        (known(1, "b", closed=True), {"changed", "reopened"}),
    ],
)
def test_a_posting_that_is_there(row: Known | None, expected: set[str]):
    changes = compared([item("1")], {"1": row} if row else {})
    lists = ("new", "changed", "unchanged", "found", "returned", "reopened", "unseen", "missing", "closed")
    assert {name for name in lists if getattr(changes, name)} == expected
    assert changes.open_count == 1


def test_absence_is_missing_first_and_closed_second():
    rows = {"1": known(1), "2": known(2, missing=True), "3": known(3, closed=True), "4": known(4, unseen=True)}
    changes = compared([], rows)
    assert (sorted(changes.missing), changes.closed, changes.open_count) == ([1, 4], [2], 0)


def test_a_read_with_unknown_items_closes_nothing():
    rows = {"1": known(1), "2": known(2, missing=True), "3": known(3, unseen=True)}
    changes = compared([item("9")], rows, may_close=False)
    assert (changes.missing, changes.closed, changes.unseen, changes.open_count) == ([], [], [1], 3)


@pytest.mark.parametrize(
    ("read", "other", "absent"),
    [
        (["same", "changed", "absent"], [], set()),
        (["same", "changed"], [], {"absent"}),
        (["same", "changed:z", "new"], ["changed", "new"], {"absent"}),
        (["same", "changed:z", "absent", "new"], ["changed", "new"], set()),
        ([], [], {"same", "changed", "absent"}),
    ],
)
def test_a_read_differs_in_what_is_new_changed_or_absent(read: list[str], other: list[str], absent: set[str]):
    items = [item(key, letter or "a") for key, _, letter in (word.partition(":") for word in read)]
    found = difference(items, frozenset(key + hash_of("a") for key in ("same", "changed", "absent")))
    assert ([one.source_job_id for one in found.items], found.absent, found.same) == (other, absent, len(read) - len(other))
    assert found.changed == set(other) & {"changed"}


def test_each_posting_counts_once_and_bad_items_do_not_hurt():
    payloads: list[Any] = [greenhouse_job(1), greenhouse_job(1, title="again"), None, {"id": []}, greenhouse_job(2), {"id": "3\n4"}]
    items, bad = items_of(READER, "sha", payloads)
    assert [(i.source_job_id, i.index) for i in items] == [("1", 0), ("2", 4)]
    assert once([*items, *items]) == items
    assert [(b.index, b.source_job_id) for b in bad] == [(2, ""), (3, ""), (5, "")]


def test_an_adapter_that_trips_spoils_one_item_only(monkeypatch: pytest.MonkeyPatch):
    def trip(payload: Any) -> None:
        raise ZeroDivisionError("odd")

    monkeypatch.setattr(type(READER), "parse", lambda self, payload: trip(payload))
    result = parse(READER, item("1"))
    assert result == BadItem("sha", 0, "1", "ZeroDivisionError: odd")


@given(st.lists(st.sets(st.integers(0, 6)), max_size=8))
def test_any_history_keeps_the_books(reads: list[set[int]]):
    """Open is what the last read had; a posting is closed exactly when two reads in a row lacked it."""
    rows: dict[str, Known] = {}
    absent: dict[str, int] = {}
    for read in reads:
        changes = compared([item(str(n)) for n in read], rows)
        by_id = {row.id: key for key, row in rows.items()}
        for new in changes.new:
            rows[new.source_job_id] = known(len(rows))
        for pk in [*changes.returned, *changes.reopened]:
            rows[by_id[pk]] = known(pk)
        for pk in changes.missing:
            rows[by_id[pk]] = known(pk, missing=True)
        for pk in changes.closed:
            rows[by_id[pk]] = known(pk, closed=True)
        absent = {key: 0 if int(key) in read else absent.get(key, 0) + 1 for key in rows}
        assert changes.open_count == len(read)
        assert {key for key, row in rows.items() if row.closed_at} == {key for key, times in absent.items() if times >= 2}
