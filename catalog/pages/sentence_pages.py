"""A sentence on the pages: it becomes the address of a search, and the page says how it was read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.views.decorators.http import require_safe

from catalog.choices import SearchSubject
from catalog.companies.company_filters import CompanyFilter, CompanySort
from catalog.filters import JobFilter
from catalog.saved.saved_state import PAGES
from catalog.search.query import Sort
from catalog.search.sentence.model import understand
from catalog.search.sentence.read import MAX_SENTENCE_LENGTH, read_sentence
from catalog.search.sentence.understanding import Understanding
from catalog.search_url import PAGING, SearchUrl

SENTENCE = "sentence"
READER = "reader"
"""Parameters of a page of results beside the filters: what was typed, and who read it."""

PAGE_PARAMETERS = (*PAGING, SENTENCE, READER)
"""All that an address of results may have beside filters."""


@dataclass(frozen=True, slots=True)
class SentenceLine:
    """What the page says of a sentence it shows the search of: `remarks` on how words were read or why they are not used."""

    sentence: str
    by_rules: bool
    remarks: Sequence[tuple[str, str]]
    words_href: str


@require_safe
def sentence(request: HttpRequest, subject: SearchSubject) -> HttpResponse:
    """To the search that the sentence `q` asks for, within the filters that are set; without a sentence to these filters.

    `subject`: what the page lists that it was typed on, and what is listed unless the sentence can only be asked of companies.
    """
    typed = _typed(request.GET.get("q", ""))
    set_already = _filters(request.GET)
    if not typed:
        return HttpResponseRedirect(SearchUrl(set_already, reverse(PAGES[subject])).first_page())
    # Everybody may read a page, and pages have no throttle: a model, which may cost money, is asked for those who are logged in.
    found = understand(typed) if request.user.is_authenticated else read_sentence(typed)
    told = {SENTENCE: [typed], **({} if found.reader == "rules" else {READER: [found.reader]})}
    return HttpResponseRedirect(SearchUrl({**read_within(set_already, found, subject), **told}, page_of(found, subject)).first_page())


def sentence_line(asked: QueryDict, subject: SearchSubject) -> SentenceLine | None:
    """What to say of the sentence that the address of a page has, which lists this; None when it has none."""
    typed = _typed(asked.get(SENTENCE, ""))
    if not typed:
        return None
    if READER in asked:
        return SentenceLine(typed, by_rules=False, remarks=[], words_href=SearchUrl({"q": [typed]}, reverse(PAGES[subject])).first_page())
    found = read_sentence(typed)
    remarks = [(f"“{words}” is not used", reason) for words, reason in found.unused]
    remarks += dict.fromkeys((f"“{reading.words}”", reading.note) for reading in found.readings if reading.note)
    return SentenceLine(typed, by_rules=True, remarks=remarks, words_href=_words_href(asked, found, subject))


def _typed(text: str) -> str:
    return text.strip()[:MAX_SENTENCE_LENGTH]


def _filters(asked: QueryDict) -> dict[str, list[str]]:
    """The filters of an address that have a value, without the text of the search."""
    names = [name for name in asked if name in CompanyFilter.base_filters and name != "q"]
    return {name: values for name in names if (values := list(filter(None, asked.getlist(name))))}


def _understood(filters: Mapping[str, list[str]], subject: SearchSubject) -> dict[str, list[str]]:
    """Those that the page of this subject has, with the order only if it is one of its own."""
    known, orders = (CompanyFilter, CompanySort.values) if subject is SearchSubject.COMPANIES else (JobFilter, Sort.values)
    return {name: values for name, values in filters.items() if name in known.base_filters and (name != "sort" or values[-1] in orders)}


def listed_by(found: Understanding, subject: SearchSubject) -> SearchSubject:
    """What a sentence lists that was typed on a page of these: who started hiring is asked of companies alone."""
    return SearchSubject.COMPANIES if SearchSubject.COMPANIES in (found.subject, subject) else SearchSubject.JOBS


def page_of(found: Understanding, subject: SearchSubject) -> str:
    return reverse(PAGES[listed_by(found, subject)])


def read_within(set_already: Mapping[str, list[str]], found: Understanding, subject: SearchSubject) -> dict[str, list[str]]:
    """The filters of a sentence that was typed on a page of these, within those that were set there."""
    listed = listed_by(found, subject)
    said = _understood({name: list(values) for name, values in found.parameters.items()}, listed)
    return within(_understood(set_already, listed), said)


def within(set_already: Mapping[str, list[str]], said: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """What a sentence says, within what is set: it adds to filters whose values narrow the search, and takes the place of others."""
    added = {name: dict.fromkeys([*set_already.get(name, ()), *values]) for name, values in said.items() if _narrows(name)}
    return {**set_already, **{name: list(added.get(name, values)) for name, values in said.items()}}


def _narrows(name: str) -> bool:
    """Whether more values of a filter find less."""
    return name in ("skill", "has") or name.endswith("_not")


def _words_href(asked: QueryDict, found: Understanding, subject: SearchSubject) -> str:
    """The search for the words as typed, within the filters that are not from the sentence."""
    said = found.parameters
    unsaid = {name: [value for value in values if value not in said.get(name, ())] for name, values in _filters(asked).items()}
    kept = _understood({name: values for name, values in unsaid.items() if values}, subject)
    return SearchUrl({"q": [found.sentence], **kept}, reverse(PAGES[subject])).first_page()
