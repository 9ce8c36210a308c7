"""The companies that somebody may be typing: by name and web domain, those with the most open jobs first."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Upper

from catalog.models import Company
from catalog.search.postgres.alike import through_indexes
from catalog.suggest.skills import MAX_QUERY_LENGTH


@dataclass(frozen=True, slots=True)
class CompanySuggestion:
    """A company; `job_count` are its open jobs when last counted. Its id is what the filter `company` takes."""

    id: int
    name: str
    domain: str | None
    job_count: int


def companies_suggest(*, q: str, limit: int = 10) -> list[CompanySuggestion]:
    """At most `limit` companies: first the one that is called exactly so, then names and domains that begin so, then names
    that contain it, and when there are none of these, names that look like it; of equals the one with the most open jobs.
    Blank `q` gives the companies with the most open jobs.
    """
    typed = q.strip()[:MAX_QUERY_LENGTH].replace("\0", "")
    if not typed:
        return _suggestions(Company.objects.order_by("-job_count", "name", "id"), limit)
    beginning = Company.objects.filter(Q(name__istartswith=typed) | Q(domain__startswith=typed.lower()))
    found = _suggestions(_ranked(beginning, typed), limit)
    if len(found) < limit:
        containing = Company.objects.filter(name__icontains=typed).exclude(pk__in=[one.id for one in found])
        found += _suggestions(_ranked(containing, typed), limit - len(found))
    if found:
        return found
    with through_indexes():
        return _suggestions(_alike(typed), limit)


def _ranked(companies: QuerySet[Company], typed: str) -> QuerySet[Company]:
    exactness = Case(When(name__iexact=typed, then=Value(0)), default=Value(1), output_field=IntegerField())
    return companies.order_by(exactness, "-job_count", "name", "id")


def _alike(typed: str) -> QuerySet[Company]:
    folded = typed.upper()
    alike = Q(name_upper__trigram_similar=folded) | Q(name_upper__trigram_word_similar=folded)
    companies = Company.objects.alias(name_upper=Upper("name")).filter(alike)
    return companies.order_by(TrigramWordSimilarity(folded, Upper("name")).desc(), "-job_count", "id")


def _suggestions(companies: QuerySet[Company], limit: int) -> list[CompanySuggestion]:
    return [CompanySuggestion(*row) for row in companies.values_list("pk", "name", "domain", "job_count")[:limit]]
