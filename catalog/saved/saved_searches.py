"""Writes of saved searches. Whose they are is the callers' business: they give a user's own ones only."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import datetime

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.http import QueryDict
from django.urls import reverse

from catalog.changes import settled_until
from catalog.choices import SearchSubject
from catalog.errors import SavedSearchError
from catalog.models import SavedSearch
from catalog.saved.saved_state import PAGES, search_understood, searches_of
from catalog.search_form import ActiveSearch, active_search
from catalog.violations import violated

MAX_SAVED = 50  # the list of a user's searches counts what is new in each
MAX_NAME_LENGTH = 200


def search_canonical(*, subject: str, query: QueryDict) -> ActiveSearch:
    """The search that an address asks for. Raises SavedSearchError for filters that are not understood."""
    if subject not in SearchSubject.values:
        raise SavedSearchError("subject", f"one of {', '.join(SearchSubject.values)}")
    found, problems = search_understood(subject, query)
    if problems:
        raise SavedSearchError("query", problems[0])
    return active_search(found, query, reverse(PAGES[subject]))


@transaction.atomic
def saved_search_create(*, user: User, name: str, subject: str, query: QueryDict) -> SavedSearch:
    """Keep a search; what is in it now counts as looked at. Raises SavedSearchError."""
    parameters = query_of(search_canonical(subject=subject, query=query))
    User.objects.select_for_update(no_key=True).get(pk=user.pk)  # two at once would both find room for one more
    if searches_of(user).count() >= MAX_SAVED:
        raise SavedSearchError("name", f"there may be {MAX_SAVED} saved searches; delete one that is no longer needed")
    made = SavedSearch(user=user, name=_named(name), subject=subject, query=parameters, looked_at=settled_until())
    _write(made)
    return made


def saved_search_rename(*, search: SavedSearch, name: str) -> None:
    """Raises SavedSearchError for a blank name and one that another search of the user has."""
    search.name = _named(name)
    _write(search, ["name"])  # alone: what was changed meanwhile, as the feed's address, stays


def saved_search_look(*, search: SavedSearch, at: datetime) -> None:
    """From this moment on, that of `SavedState.until` or any other, what is published is new."""
    search.looked_at = at
    search.save(update_fields=["looked_at"])


def saved_search_delete(*, search: SavedSearch) -> None:
    search.delete()


def saved_search_renew_feed(*, search: SavedSearch) -> None:
    """Give its feed a secret address; who knows the old one learns nothing any more."""
    search.feed_token = secrets.token_urlsafe(32)
    search.save(update_fields=["feed_token"])


def query_of(search: ActiveSearch) -> str:
    """The filters alone, without the page: what is kept."""
    return search.url.first_page().partition("?")[2]


def _named(name: str) -> str:
    named = " ".join(name.replace("\0", "").split())[:MAX_NAME_LENGTH]
    if not named:
        raise SavedSearchError("name", "give the search a name")
    return named


def _write(search: SavedSearch, fields: Collection[str] | None = None) -> None:
    """`fields`: these alone, of one that is there."""
    try:
        with transaction.atomic():
            search.save(update_fields=fields)
    except IntegrityError as error:
        if violated(error) != "savedsearch_name":
            raise
        raise SavedSearchError("name", f"you have a search called “{search.name}” already") from error
