"""A sentence on the pages: it becomes the address of a search, and the page says how it was read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.views.decorators.http import require_safe

from catalog.search.sentence.model import understand
from catalog.search.sentence.read import MAX_SENTENCE_LENGTH, read_sentence
from catalog.search_url import PAGING

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
def sentence(request: HttpRequest) -> HttpResponse:
    """To the search that the sentence `q` asks for."""
    typed = request.GET.get("q", "").strip()[:MAX_SENTENCE_LENGTH]
    home = reverse("catalog:jobs")
    if not typed:
        return HttpResponseRedirect(home)
    # Everybody may read a page, and pages have no throttle: a model, which may cost money, is asked for those who are logged in.
    found = understand(typed) if request.user.is_authenticated else read_sentence(typed)
    told = urlencode({SENTENCE: typed, **({} if found.reader == "rules" else {READER: found.reader})})
    return HttpResponseRedirect(f"{home}?{'&'.join(filter(None, (found.query, told)))}")


def sentence_line(asked: QueryDict) -> SentenceLine | None:
    """What to say of the sentence that the address has; None when it has none."""
    typed = asked.get(SENTENCE, "").strip()[:MAX_SENTENCE_LENGTH]
    if not typed:
        return None
    by_rules = READER not in asked
    remarks: list[tuple[str, str]] = []
    if by_rules:
        found = read_sentence(typed)
        remarks = [(f"“{words}” is not used", reason) for words, reason in found.unused]
        remarks += dict.fromkeys((f"“{reading.words}”", reading.note) for reading in found.readings if reading.note)
    return SentenceLine(typed, by_rules, remarks, f"{reverse('catalog:jobs')}?{urlencode({'q': typed})}")
