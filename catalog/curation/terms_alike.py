"""Which skills of the vocabulary a new one may be a second name of."""

from __future__ import annotations

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import Q

from catalog.models import SkillAlias
from catalog.vocabulary.skills import fold

_SIMILAR = 0.6
_SHOWN = 3


def skills_alike(name: str) -> list[str]:
    """Names of active skills with a form that is nearly the name, or begins or ends with it; the likest first.

    The very form is no likeness: that one is refused.
    """
    key = fold(name.strip())
    longer = Q(folded__startswith=f"{key} ") | Q(folded__endswith=f" {key}")
    forms = SkillAlias.objects.filter(skill__is_active=True).exclude(folded=key).annotate(alike=TrigramSimilarity("folded", key))
    found = forms.filter(longer | Q(alike__gte=_SIMILAR)).order_by("-alike", "folded").values_list("skill__name", flat=True)
    return list(dict.fromkeys(found))[:_SHOWN]
