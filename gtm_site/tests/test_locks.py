"""Advisory locks: apps that do not know each other share one database."""

from __future__ import annotations

import catalog.locks
import extraction.locks
import ingestion.locks


def test_no_two_locks_have_one_number():
    numbers = [number for app in (catalog, extraction, ingestion) for name, number in vars(app.locks).items() if name.isupper()]
    assert numbers
    assert sorted(set(numbers)) == sorted(numbers)
    assert max(numbers) < 2**31  # a lock of two keys takes no more
