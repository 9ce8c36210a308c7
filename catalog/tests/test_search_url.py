"""Addresses of searches and of their pages."""

import pytest
from django.http import QueryDict

from catalog.search_url import FIRST_PAGE, MAX_TRAIL, SearchUrl


def follow(href):
    return SearchUrl(dict(QueryDict(href.partition("?")[2]).lists()))


def test_a_chip_removes_one_value_and_goes_to_the_first_page():
    url = SearchUrl({"remote": ["hybrid", "remote"], "q": ["a b"], "cursor": ["C"], "trail": ["-"], "page": ["2"]})
    assert url.without("remote", "hybrid") == "/?remote=remote&q=a+b"
    assert url.only(["q", "sort"]) == "/?q=a+b"
    assert SearchUrl({"q": ["x"]}).without("q", "x") == "/"


def test_pages_lead_forward_and_back_to_where_one_came_from():
    first = SearchUrl({"q": ["x"]})
    second = follow(first.next_page("C2"))
    third = follow(second.next_page("C3"))
    assert (first.page, second.page, third.page) == (1, 2, 3)
    assert third.trail == [FIRST_PAGE, "C2"]
    assert follow(third.previous_page()) == second
    assert follow(second.previous_page()) == first
    assert first.previous_page() == ""
    assert third.first_page() == "/?q=x"


def test_a_long_walk_keeps_its_page_number_and_goes_back_as_far_as_its_trail():
    url = SearchUrl({})
    for number in range(2, 32):
        url = follow(url.next_page(f"C{number}"))
    assert (url.page, len(url.trail)) == (31, MAX_TRAIL)
    for _ in range(MAX_TRAIL):
        url = follow(url.previous_page())
    assert (url.page, url.get("cursor"), url.previous_page()) == (11, "C11", "")


@pytest.mark.parametrize("page", ["", "x", "-1", "0", "1", "9" * 40, "²"])
def test_a_cursor_without_a_number_tells_no_number(page):
    url = SearchUrl({"cursor": ["C"], "page": [page]})
    assert url.page is None
    assert "page=" not in url.next_page("D")
    assert follow(url.next_page("D")).previous_page() == "/?cursor=C"


def test_another_value_of_a_filter_begins_anew():
    url = SearchUrl({"q": ["a b"], "remote": ["remote"], "cursor": ["x"], "page": ["2"], "trail": ["-"]})
    assert url.instead("q", "a OR b") == "/?q=a+OR+b&remote=remote"
