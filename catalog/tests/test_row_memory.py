from __future__ import annotations

from catalog import row_memory
from catalog.row_memory import RowMemory


def asked(memory: RowMemory[int, str], versions: dict[int, str]) -> list[int]:
    """The keys that have to be made."""
    made: list[int] = []

    def make(keys):
        made.extend(keys)
        return {key: versions[key].upper() for key in keys}

    assert memory.values(versions, make) == {key: version.upper() for key, version in versions.items()}
    return made


def test_a_value_is_made_once_for_a_version_and_only_for_a_while(monkeypatch):
    memory = RowMemory[int, str](most=10)
    assert asked(memory, {1: "a", 2: "b"}) == [1, 2]
    assert asked(memory, {2: "b", 1: "c", 3: "d"}) == [1, 3]
    assert asked(memory, {1: "c", 2: "b", 3: "d"}) == []
    now = row_memory.monotonic()
    monkeypatch.setattr(row_memory, "monotonic", lambda: now + row_memory.SECONDS + 1)
    assert asked(memory, {1: "c"}) == [1]


def test_no_more_is_kept_than_fits():
    memory = RowMemory[int, str](most=2)
    assert asked(memory, {1: "a", 2: "b"}) == [1, 2]
    assert asked(memory, {3: "c"}) == [3]
    assert asked(memory, {1: "a", 2: "b", 3: "c"}) == [1, 2]


def test_what_cannot_be_made_is_left_out():
    assert RowMemory[int, str](most=2).values({1: "a"}, lambda keys: {}) == {}
