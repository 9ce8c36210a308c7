from __future__ import annotations

from catalog import row_memory
from catalog.row_memory import RowMemory


def test_a_value_is_kept_with_its_version_for_a_while(monkeypatch):
    memory = RowMemory[int, str](most=10)
    assert memory.get(1) is None
    memory.put(1, "a", "first")
    memory.put(1, "b", "second")
    assert memory.get(1) == ("b", "second")
    now = row_memory.monotonic()
    monkeypatch.setattr(row_memory, "monotonic", lambda: now + row_memory.SECONDS + 1)
    assert memory.get(1) is None


def test_no_more_is_kept_than_fits():
    memory = RowMemory[int, str](most=2)
    for key in range(3):
        memory.put(key, "", "value")
    assert [key for key in range(3) if memory.get(key)] == [2]
