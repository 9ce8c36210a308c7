"""Pages of saved searches: a signed-in user's own ones."""

from __future__ import annotations

from datetime import datetime
from textwrap import shorten
from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog.choices import SearchSubject
from catalog.errors import SavedSearchError
from catalog.pages.sentence_pages import SENTENCE
from catalog.saved.saved_searches import search_canonical
from catalog.saved.saved_state import SavedState, saved_state, search_parts, searches_of
from catalog.search.conditions import MomentField
from catalog.services import (
    saved_search_create,
    saved_search_delete,
    saved_search_look,
    saved_search_rename,
    saved_search_renew_feed,
)

_SUGGESTED_LENGTH = 80
_SPEAKING = frozenset(
    {"Words", "Skill", "Function", "Seniority", "Workplace", "Employment", "Country", "Company", "Company name", "Place", "City"}
)
"""Labels of filters whose values speak for themselves."""


@login_required
@require_safe
def saved(request: HttpRequest) -> HttpResponse:
    """All saved searches, the newest first, with what is new in each."""
    rows = [saved_state(search) for search in searches_of(request.user)]
    return render(request, "catalog/saved.html", {"section": "saved", "rows": rows})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def saved_new(request: HttpRequest) -> HttpResponse:
    """Name the search of this address and keep it: `?subject=jobs&` and the filters."""
    query = request.GET.copy()
    subject = (query.pop("subject", [SearchSubject.JOBS]) or [""])[-1]
    sentence = (query.pop(SENTENCE, [""]) or [""])[-1].replace("\0", "")
    name, problem = request.POST.get("name", ""), ""
    try:
        search = search_canonical(subject=subject, query=query)
        if request.method == "POST":
            made = saved_search_create(user=cast("User", request.user), name=name, subject=subject, query=query)
            messages.success(request, f"Saved “{made.name}”.")
            return redirect("catalog:saved")
    except SavedSearchError as error:
        problem = str(error)
        if error.field != "name":
            return render(request, "catalog/saved_refused.html", {"section": "saved", "problem": problem}, status=400)
    parts = search_parts(search)
    context = {
        "section": "saved",
        "subject": subject,
        "parts": parts,
        "name": name or _suggested(subject, parts, sentence),
        "problem": problem,
    }
    return render(request, "catalog/saved_new.html", context, status=400 if problem else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def saved_open(request: HttpRequest, search_id: int) -> HttpResponse:
    """Lead to the search. By POST lead to what is new in it, which counts as looked at then, until the moment that `until` says.

    Only a button does that: addresses are also asked for by browsers that think ahead and by programs that check links.
    """
    search = get_object_or_404(searches_of(request.user), pk=search_id)
    state = saved_state(search)
    if request.method != "POST":
        return redirect(state.url)
    saved_search_look(search=search, at=_seen_until(request.POST.get("until", ""), state))
    return redirect(state.new_url)


@login_required
@require_POST
def saved_rename(request: HttpRequest, search_id: int) -> HttpResponse:
    search = get_object_or_404(searches_of(request.user), pk=search_id)
    try:
        saved_search_rename(search=search, name=request.POST.get("name", ""))
    except SavedSearchError as error:
        messages.error(request, f"Not renamed: {error}.")
    return redirect("catalog:saved")


@login_required
@require_POST
def saved_delete(request: HttpRequest, search_id: int) -> HttpResponse:
    search = get_object_or_404(searches_of(request.user), pk=search_id)
    saved_search_delete(search=search)
    messages.success(request, f"Deleted “{search.name}”.")
    return redirect("catalog:saved")


@login_required
@require_POST
def saved_feed(request: HttpRequest, search_id: int) -> HttpResponse:
    """Make the address of its feed, or another instead of it."""
    search = get_object_or_404(searches_of(request.user), pk=search_id)
    saved_search_renew_feed(search=search)
    messages.success(request, f"“{search.name}” has an address for feed readers, shown beside it. Who has the address can read it.")
    return redirect("catalog:saved")


def _seen_until(told: str, state: SavedState) -> datetime:
    """What the list that was shown held: later ones, however long it stood there, stay new. Never before the last look."""
    try:
        shown = MomentField(required=False).clean(told)
    except ValidationError:
        shown = None
    return max(state.search.looked_at, min(shown or state.until, state.until))


def _suggested(subject: str, parts: list[tuple[str, str]], sentence: str) -> str:
    """A name to begin with: the sentence that the search was read from, else what it asks for."""
    asked = ", ".join(value if label in _SPEAKING else f"{label.lower()} {value}" for label, value in parts if label != "Sort")
    return _shortened(sentence or asked) or f"All {subject}"


def _shortened(text: str) -> str:
    """Its first words, as many as there is room for."""
    whole = shorten(text, _SUGGESTED_LENGTH, placeholder="…")
    return whole if whole != "…" else f"{text[: _SUGGESTED_LENGTH - 1]}…"  # of a single word too long
