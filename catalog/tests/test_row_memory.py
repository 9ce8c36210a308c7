from __future__ import annotations

from collections.abc import Mapping, Sequence

from catalog import row_memory
from catalog.row_memory import RowMemory


def asked(memory: RowMemory[int, str], rows: Mapping[int, str]) -> tuple[Sequence[int], Sequence[int]]:
    """Keys of which the version is looked up, and keys that are made, when these rows are asked for by key and version."""
    looked_up: list[int] = []
    made: list[int] = []

    def versions(keys: Sequence[int]) -> Mapping[int, str]:
        looked_up.extend(keys)
        return {key: rows[key] for key in keys}

    def make(keys: Sequence[int]) -> Mapping[int, tuple[str, str]]:
        made.extend(keys)
        return {key: (rows[key], rows[key].upper()) for key in keys}

    assert memory.values(list(rows), versions, make) == [version.upper() for version in rows.values()]
    return looked_up, made


def test_a_value_is_made_once_for_a_version_and_only_for_a_while(monkeypatch):
    memory = RowMemory[int, str](most=10)
    assert asked(memory, {1: "a", 2: "b"}) == ([], [1, 2])
    assert asked(memory, {3: "d", 2: "b", 1: "c"}) == ([2, 1], [3, 1])
    assert asked(memory, {1: "c", 2: "b", 3: "d"}) == ([1, 2, 3], [])
    now = row_memory.monotonic()
    monkeypatch.setattr(row_memory, "monotonic", lambda: now + row_memory.SECONDS + 1)
    assert asked(memory, {1: "c"}) == ([], [1])


def test_no_more_is_kept_than_fits():
    memory = RowMemory[int, str](most=2)
    assert asked(memory, {1: "a", 2: "b"}) == ([], [1, 2])
    assert asked(memory, {3: "c"}) == ([], [3])
    assert asked(memory, {1: "a", 2: "b", 3: "c"}) == ([3], [1, 2])


def test_what_is_gone_is_left_out():
    memory = RowMemory[int, str](most=2)
    asked(memory, {1: "a", 2: "b"})
    assert memory.values([1, 2, 3], lambda keys: {2: "b"}, lambda keys: {}) == ["B"]
