"""The places that somebody may be typing: those that open jobs are in, the most frequent first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When

from catalog.models import Place
from catalog.search.places import fold_place
from catalog.search.postgres.alike import through_indexes
from catalog.suggest.skills import MAX_QUERY_LENGTH


@dataclass(frozen=True, slots=True)
class PlaceSuggestion:
    """A place, and the way to write it that matched. `name` is what the filter `location` takes.

    `job_count` are the open jobs that this filter found when they were last counted.
    """

    name: str
    kind: str
    matched: str
    job_count: int


def places_suggest(*, q: str, limit: int = 10) -> list[PlaceSuggestion]:
    """At most `limit` cities, metro areas, states, countries and regions: first what is called exactly so, then what begins
    so, then what contains it, and when there are none of these, what looks like it; of equals the one with the most open
    jobs. Blank `q` gives the places with the most.
    """
    typed = fold_place(q[:MAX_QUERY_LENGTH].replace("\0", ""))
    found: dict[str, PlaceSuggestion] = {}
    if not typed:
        _add(found, Place.objects.filter(form=F("name")).order_by("-job_count", "form", "id")[:limit], limit)
        return list(found.values())
    for matching in (Place.objects.filter(folded__startswith=typed), Place.objects.filter(folded__contains=typed)):
        _add(found, _ranked(matching, typed)[: 3 * limit], limit)
        if len(found) == limit:
            return list(found.values())
    if not found:
        with through_indexes():
            _add(found, _alike(typed)[: 3 * limit], limit)
    return list(found.values())


def _ranked(places: QuerySet[Place], typed: str) -> QuerySet[Place]:
    exactness = Case(When(folded=typed, then=Value(0)), default=Value(1), output_field=IntegerField())
    own_name = Case(When(form=F("name"), then=Value(0)), default=Value(1), output_field=IntegerField())
    return places.order_by(exactness, "-job_count", own_name, "form", "id")


def _alike(typed: str) -> QuerySet[Place]:
    alike = Place.objects.filter(Q(folded__trigram_similar=typed) | Q(folded__trigram_word_similar=typed))
    return alike.order_by(TrigramWordSimilarity(typed, "folded").desc(), "-job_count", "id")


def _add(found: dict[str, PlaceSuggestion], rows: Iterable[Place], limit: int) -> None:
    """A place may match by several of its forms: the first one counts."""
    for row in rows:
        if len(found) == limit:
            return
        found.setdefault(row.name, PlaceSuggestion(row.name, row.kind, row.form, row.job_count))
