"""What a page offers beside its search: the words put right where it finds nothing, and the words read as a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from django.http import QueryDict
from django.urls import reverse

from catalog.choices import SearchSubject
from catalog.companies.company_filters import CompanyFilter
from catalog.filters import JobFilter
from catalog.models import SkillAlias
from catalog.pages.sentence_pages import listed_by, read_within
from catalog.search.counts import Count
from catalog.search.postgres.text_rank import has_words
from catalog.search.query import Search
from catalog.search.remembered import search_count
from catalog.search.sentence.lexicon import Correct, correction_of
from catalog.search.sentence.read import read_sentence
from catalog.search.sentence.spelling import respelt
from catalog.search.sentence.understanding import Understanding
from catalog.search_form import ActiveSearch, active_search
from catalog.search_url import SearchUrl

# Words of which one filter can be read may well be meant as words; of which two can, hardly.
_FILTERS_OF_A_SENTENCE = 2
_SENTENCES = {SearchSubject.JOBS: "catalog:sentence", SearchSubject.COMPANIES: "catalog:company_sentence"}


@dataclass(frozen=True, slots=True)
class SecondTry:
    """Another search, by its address; it finds `count` jobs, None where these are not counted. `parts` are (label, value) of its filters.
    `of_companies`: it lists companies.
    """

    href: str
    text: str
    count: Count | None = None
    parts: Sequence[tuple[str, str]] = ()
    of_companies: bool = False


def why_resembling(search: Search, instead: str, *, is_found: bool) -> str:
    """Why a search shows what resembles its text, as `instead` says; where nothing does, only that the text has no words. A query."""
    if not search.resembling:
        return ""
    if has_words(search.text):
        return f"No job has exactly these words. {instead}" if is_found else ""
    none = f"“{search.text}” has no word to look for: signs are none, nor are words as common as “the”."
    return f"{none} {instead if is_found else 'Name a title, a tool or a company.'}"


def second_tries(search: ActiveSearch, *, is_read: bool) -> dict[str, SecondTry | None]:
    """Both, for the template `_second_tries.html`, of a search for jobs that finds nothing. `is_read`: it was a sentence already."""
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
    count = search_count(_jobs(href).search)
    return SecondTry(href, text, count) if count.value else None


def read_instead(search: ActiveSearch, correct: Correct) -> SecondTry | None:
    """The words read as a sentence, within the other filters; None where no filter is in them, or no job is found so either."""
    found = read_sentence(search.url.get("q"), correct=correct)
    if found.parameters.keys() <= {"q"}:
        return None
    if found.subject is SearchSubject.COMPANIES:
        return _offer(search, found, SearchSubject.JOBS)
    filters = _jobs(_href(search, found, SearchSubject.JOBS))
    count = search_count(filters.search)
    return SecondTry(_sentence_href(search, SearchSubject.JOBS), found.sentence, count, _parts(filters)) if count.value else None


def read_beside(search: ActiveSearch, subject: SearchSubject, *, is_read: bool) -> SecondTry | None:
    """The words read as a sentence, where that gives several filters: offered beside what the words find on a page of these.

    Most searches are a word or are meant as words. So nothing is counted, and no misspelt word looked up.
    """
    text = search.url.get("q")
    if is_read or len(text.split()) < _FILTERS_OF_A_SENTENCE:
        return None
    found = read_sentence(text, correct=None)
    return _offer(search, found, subject) if len(found.parameters.keys() - {"q"}) >= _FILTERS_OF_A_SENTENCE else None


def named_skill(search: ActiveSearch) -> SecondTry | None:
    """The filter of the skill that the text is a name of, instead of the text: of `C#` and `C++` the words are the same."""
    known = SkillAlias.objects.filter(folded=search.url.get("q").casefold(), skill__is_active=True).select_related("skill").first()
    if known is None or known.skill.name in search.values("skill"):
        return None
    parameters = {**_others(search), "skill": [*search.values("skill"), known.skill.name]}
    return SecondTry(SearchUrl(parameters, search.url.path).first_page(), known.skill.name)


def _offer(search: ActiveSearch, found: Understanding, subject: SearchSubject) -> SecondTry:
    href, of_companies = _href(search, found, subject), listed_by(found, subject) is SearchSubject.COMPANIES
    filters = (CompanyFilter if of_companies else JobFilter).understood(_asked(href))[0]
    return SecondTry(_sentence_href(search, subject), found.sentence, None, _parts(filters), of_companies)


def _href(search: ActiveSearch, found: Understanding, subject: SearchSubject) -> str:
    return SearchUrl(read_within(_others(search), found, subject)).first_page()


def _sentence_href(search: ActiveSearch, subject: SearchSubject) -> str:
    return SearchUrl({**_others(search), "q": [search.url.get("q")]}, reverse(_SENTENCES[subject])).first_page()


def _others(search: ActiveSearch) -> dict[str, list[str]]:
    return {name: list(values) for name, values in search.url.at_first_page().parameters.items() if name != "q"}


def _jobs(href: str) -> JobFilter:
    return JobFilter.understood(_asked(href))[0]


def _asked(href: str) -> QueryDict:
    return QueryDict(href.partition("?")[2])


def _parts(filters: JobFilter) -> list[tuple[str, str]]:
    search = active_search(filters, QueryDict())
    words = [("Words", text)] if (text := search.url.get("q")) else []
    return [*words, *((chip.label, chip.value) for chip in search.chips())]
