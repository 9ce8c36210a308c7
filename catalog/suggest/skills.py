"""The skills that somebody may be typing: by name and alias, the most used first.

Somebody types a letter every few hundred milliseconds, and waits: so each web process keeps all forms in memory, and reads
them again every SECONDS. Only what looks like no form of them is looked for in PostgreSQL.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain
from time import monotonic

from django.contrib.postgres.search import TrigramSimilarity

from catalog.models import SkillAlias

MAX_QUERY_LENGTH = 100
SECONDS = 60.0
_COLUMNS = ("skill_id", "skill__name", "skill__kind", "skill__category", "form")
# A folded form, and the values of _COLUMNS.
_Form = tuple[str, int, str, str, str, str]


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
    typed = q.strip().casefold()[:MAX_QUERY_LENGTH].replace("\0", "").replace("\n", " ")
    forms = _forms()
    return _skills(chain(forms.exactly(typed), forms.beginning(typed), forms.containing(typed)), limit) or _skills(_alike(typed), limit)


class Forms:
    """Texts without line breaks, each with what its suggestion is made of, in the order of suggestions; found by their parts."""

    def __init__(self, forms: Sequence[_Form]) -> None:
        self._forms = forms
        # One text: looking through it takes a tenth of the time that looking into each of its lines does.
        self._lines = "".join(f"\n{form[0]}" for form in forms) + "\n"
        self._starts = list(accumulate((len(form[0]) + 1 for form in forms), initial=0))

    def exactly(self, text: str) -> Iterator[SkillSuggestion]:
        return self.containing(f"\n{text}\n")

    def beginning(self, text: str) -> Iterator[SkillSuggestion]:
        return self.containing(f"\n{text}")

    def containing(self, text: str) -> Iterator[SkillSuggestion]:
        at = self._lines.find(text)
        while 0 <= at < self._starts[-1]:
            line = bisect_right(self._starts, at) - 1
            yield SkillSuggestion(*self._forms[line][1:])
            at = self._lines.find(text, self._starts[line + 1])


class _Kept:
    """The forms as they were read last in this process."""

    until = 0.0
    forms = Forms([])


def forget() -> None:
    """Read the forms anew."""
    _Kept.until = 0.0


def _forms() -> Forms:
    if monotonic() >= _Kept.until:
        _Kept.forms, _Kept.until = _read(), monotonic() + SECONDS
    return _Kept.forms


def _read() -> Forms:
    """Own names before aliases, then the most used first."""
    aliases = SkillAlias.objects.filter(skill__is_active=True).order_by("-skill__job_count", "skill__name", "id")
    return Forms(sorted(aliases.values_list("folded", *_COLUMNS), key=lambda form: form[0] != form[2].casefold()))


def _alike(typed: str) -> Iterator[SkillSuggestion]:
    alike = SkillAlias.objects.filter(skill__is_active=True, folded__trigram_similar=typed)
    ranked = alike.order_by(TrigramSimilarity("folded", typed).desc(), "-skill__job_count", "id")
    # A skill may match by several of its forms: a few more rows than anybody is shown nearly always make up for that.
    return (SkillSuggestion(*row) for row in ranked.values_list(*_COLUMNS)[:200])


def _skills(suggestions: Iterator[SkillSuggestion], limit: int) -> list[SkillSuggestion]:
    """The first `limit` skills, each by the form that comes first."""
    found: dict[int, SkillSuggestion] = {}
    for suggestion in suggestions:
        found.setdefault(suggestion.id, suggestion)
        if len(found) == limit:
            break
    return list(found.values())
