from __future__ import annotations

import pytest

from catalog.search import remembered
from catalog.search.counts import Count
from catalog.search.query import Search


class Counting:
    """A backend whose every answer is another."""

    def __init__(self, *, is_exact: bool) -> None:
        self.is_exact = is_exact
        self.asked = 0

    def count(self, search):
        self.asked += 1
        return Count(self.asked, self.is_exact)

    def facets(self, search, names):
        return {name: [("senior", self.count(search))] for name in names}


@pytest.fixture
def backend(monkeypatch):
    def use(*, is_exact):
        found = Counting(is_exact=is_exact)
        monkeypatch.setattr(remembered, "search_backend", lambda: found)
        return found

    remembered.forget()
    yield use
    remembered.forget()


def seniors(search, name):
    return remembered.search_facet_values(search, [name], lambda facets: facets[name][0][1].value)


def test_an_exact_number_is_counted_whenever_it_is_asked_for(backend):
    use = backend(is_exact=True)
    assert [remembered.search_count(Search()).value for _ in range(2)] == [1, 2]
    assert [seniors(Search(), "seniority") for _ in range(2)] == [3, 4]
    assert use.asked == 4


def test_a_lower_bound_is_remembered_for_its_own_search_and_only_for_a_while(backend, monkeypatch):
    backend(is_exact=False)
    assert [remembered.search_count(Search(text)).value for text in ("a", "a", "b", "a")] == [1, 1, 2, 1]
    assert [seniors(Search("a"), name) for name in ("x", "x", "y")] == [3, 3, 4]
    now = remembered.monotonic()
    monkeypatch.setattr(remembered, "monotonic", lambda: now + remembered.SECONDS + 1)
    assert remembered.search_count(Search("a")).value == 5


def test_threads_make_room_beside_each_other(monkeypatch):
    """What one of them has found to be over, another one has taken away meanwhile."""
    kept = {Search(text): (0.0, Count(1, is_exact=False)) for text in "abc"}
    now = remembered.monotonic()

    def meanwhile():
        kept.pop(Search("c"), None)
        return now

    monkeypatch.setattr(remembered, "monotonic", meanwhile)
    remembered._make_room(kept)
    assert kept == {}


def test_no_more_is_kept_than_fits(backend, monkeypatch):
    monkeypatch.setattr(remembered, "_MOST", 2)
    backend(is_exact=False)
    assert [remembered.search_count(Search(text)).value for text in ("a", "b", "c", "c", "a")] == [1, 2, 3, 3, 4]
