"""What a page of jobs offers where its search finds nothing: the words put right, and the words read as a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from django.http import QueryDict
from django.urls import reverse

from catalog.choices import SearchSubject
from catalog.filters import JobFilter
from catalog.pages.sentence_pages import within
from catalog.search.counts import Count
from catalog.search.remembered import search_count
from catalog.search.sentence.lexicon import Correct, correction_of
from catalog.search.sentence.read import read_sentence
from catalog.search.sentence.spelling import respelt
from catalog.search_form import ActiveSearch, active_search
from catalog.search_url import SearchUrl


@dataclass(frozen=True, slots=True)
class SecondTry:
    """Another search, by its address; it finds `count` jobs, None where it lists companies. `parts` are (label, value) of its filters."""

    href: str
    text: str
    count: Count | None
    parts: Sequence[tuple[str, str]] = ()


def second_tries(search: ActiveSearch, *, is_read: bool) -> dict[str, SecondTry | None]:
    """Both, for the template `_second_tries.html`. `is_read`: the search was a sentence already."""
    if not search.url.get("q"):
        return {}
    correct = cache(correction_of)  # both ask about the same words
    return {"meant": meant_instead(search, correct), "reading": None if is_read else read_instead(search, correct)}


def meant_instead(search: ActiveSearch, correct: Correct) -> SecondTry | None:
    """The same search with its words put right; None where nothing is misspelt, or that finds no job either."""
    text = respelt(search.url.get("q"), correct)
    if not text:
        return None
    href = search.url.instead("q", text)
    count = search_count(_filters(href).search)
    return SecondTry(href, text, count) if count.value else None


def read_instead(search: ActiveSearch, correct: Correct) -> SecondTry | None:
    """The words read as a sentence, within the other filters; None where no filter is in them, or no job is found so either."""
    text = search.url.get("q")
    found = read_sentence(text, correct=correct)
    if found.parameters.keys() <= {"q"}:
        return None
    others = {name: list(values) for name, values in search.url.at_first_page().parameters.items() if name != "q"}
    href = SearchUrl({**others, "q": [text]}, reverse("catalog:sentence")).first_page()
    if found.subject is SearchSubject.COMPANIES:
        return SecondTry(href, text, None)
    filters = _filters(SearchUrl(within(others, found.parameters)).first_page())
    count = search_count(filters.search)
    return SecondTry(href, text, count, _parts(filters)) if count.value else None


def _filters(href: str) -> JobFilter:
    return JobFilter.understood(QueryDict(href.partition("?")[2]))[0]


def _parts(filters: JobFilter) -> list[tuple[str, str]]:
    search = active_search(filters, QueryDict())
    words = [("Words", text)] if (text := search.url.get("q")) else []
    return [*words, *((chip.label, chip.value) for chip in search.chips())]
