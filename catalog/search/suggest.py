"""The skills that somebody may be typing: by name and alias, the most used first."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import Case, F, IntegerField, QuerySet, Value, When

from catalog.models import SkillAlias

MAX_QUERY_LENGTH = 100


@dataclass(frozen=True, slots=True)
class SkillSuggestion:
    """A skill, and the form of it that matched (its own name, or an alias)."""

    id: int
    name: str
    kind: str
    category: str
    matched: str


def skills_suggest(*, q: str, limit: int = 10) -> list[SkillSuggestion]:
    """At most `limit` active skills: first the one that is called exactly so, then forms that begin so, then forms that
    contain it, and when there are none of these, forms that look like it; own names before aliases, then the most used
    first. Blank `q` gives the most used skills.
    """
    typed = q.strip().casefold()[:MAX_QUERY_LENGTH].replace("\0", "")
    found: dict[int, SkillSuggestion] = {}
    for matching in (SkillAlias.objects.filter(folded__startswith=typed), SkillAlias.objects.filter(folded__contains=typed)):
        _add(found, _ranked(matching, typed), limit)
        if len(found) == limit:
            return list(found.values())
    if not found:
        alike = SkillAlias.objects.filter(skill__is_active=True, folded__trigram_similar=typed).select_related("skill")
        _add(found, alike.order_by(TrigramSimilarity("folded", typed).desc(), "-skill__job_count", "id"), limit)
    return list(found.values())


def _ranked(aliases: QuerySet[SkillAlias], typed: str) -> QuerySet[SkillAlias]:
    own_name = When(form__iexact=F("skill__name"), then=Value(1))
    exactness = Case(When(folded=typed, then=Value(0)), own_name, default=Value(2), output_field=IntegerField())
    return aliases.filter(skill__is_active=True).select_related("skill").order_by(exactness, "-skill__job_count", "skill__name", "id")


def _add(found: dict[int, SkillSuggestion], aliases: QuerySet[SkillAlias], limit: int) -> None:
    # A skill may match by several of its forms: a few more rows than wanted nearly always make up for that.
    for alias in aliases[: 4 * limit]:
        if len(found) == limit:
            return
        skill = alias.skill
        found.setdefault(skill.pk, SkillSuggestion(skill.pk, skill.name, skill.kind, skill.category, alias.form))
