"""What the tables know about the words of a sentence: skills by every form, towns that jobs are in. A query each, by index."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence, Set
from functools import reduce
from operator import or_

from django.conf import settings
from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import Q
from django.utils.module_loading import import_string

from catalog.choices import PlaceKind
from catalog.models import Place, SkillAlias
from catalog.search.places import fold_place
from catalog.search.sentence.meanings import vocabulary_words
from catalog.search.sentence.parts import SkillForm, UsdRate
from catalog.search.sentence.skills import forms_in
from catalog.search.sentence.typing_errors import MIN_LENGTH, is_misspelt, meant_word
from catalog.search.sentence.words import Word, singular

_TOWN_WORDS = 3
_ALIKE = 20
_MAX_CORRECTED = 6
"""Words of one sentence that are looked up for typing errors: each costs a search by trigrams."""


def skills_in(words: Sequence[Word], text: str) -> Mapping[str, SkillForm]:
    """The forms of skills in the text, by folded form."""
    rows = SkillAlias.objects.filter(folded__in=set(forms_in(words, text)), skill__is_active=True).select_related("skill")
    return {row.folded: _form(row) for row in rows}


def towns_in(words: Sequence[Word]) -> Set[str]:
    """The folded names in the text that are towns with open jobs."""
    names = set(_names(words))
    if not names:
        return frozenset()
    # A town is written with its area: "Berlin, Germany".
    begins = reduce(or_, (Q(folded__startswith=f"{name} ") for name in sorted(names)))
    forms = Place.objects.filter(begins, kind=PlaceKind.CITY).values_list("form", flat=True)
    return {fold_place(form.partition(",")[0]) for form in forms} & names


def correction_of(word: str) -> str | None:
    """What a folded word is meant for, where it is a known word or skill with a typing error. A query or two."""
    return meant_word(singular(word), vocabulary_words()) or _skill_meant(word)


Correct = Callable[[str], str | None]
"""`correction_of`, perhaps one that remembers what it was asked."""


def corrections_of(words: Collection[str], correct: Correct = correction_of) -> Mapping[str, str]:
    """Folded words -> what they are meant for, of the first words that a typing error may be in."""
    asked = sorted(word for word in words if len(word) >= MIN_LENGTH and word.isalpha())[:_MAX_CORRECTED]
    return {word: meant for word in asked if (meant := correct(word))}


def towns_meant(names: Collection[str]) -> Mapping[str, str]:
    """Folded words of names of places that are no town we know -> what they are meant for, where a town's name has them."""
    folded = sorted(name for name in map(fold_place, names) if len(name) >= MIN_LENGTH)[:_MAX_CORRECTED]
    if not folded:
        return {}
    alike = reduce(or_, (Q(folded__trigram_word_similar=name) for name in folded))
    rows = Place.objects.filter(alike, kind=PlaceKind.CITY).order_by("-job_count", "id").values_list("form", flat=True)
    towns = [form.partition(",")[0] for form in rows[: _ALIKE * len(folded)]]
    found: dict[str, str] = {}
    for name in folded:
        meant = next((town for town in towns if is_misspelt(name, fold_place(town))), "")
        found |= {typed: right for typed, right in zip(name.split(), meant.split(), strict=False) if typed != fold_place(right)}
    return found


def usd_rate() -> UsdRate:
    """The exchange rates that salaries of jobs are converted by (setting USD_RATE)."""
    rate: Callable[..., float | None] = import_string(settings.USD_RATE)
    return rate


def _names(words: Sequence[Word]) -> Iterator[str]:
    for at, word in enumerate(words):
        run = words[at : at + _TOWN_WORDS]
        for size in range(1, len(run) + 1):
            if not (run[size - 1].is_sign or word.is_sign):
                name = fold_place(" ".join(part.text for part in run[:size]))
                if len(name) > 2:
                    yield name


def _skill_meant(word: str) -> str | None:
    rows = SkillAlias.objects.filter(folded__trigram_similar=word, skill__is_active=True)
    rows = rows.filter(Q(ambiguous=False) | Q(skill__kind="tool")).annotate(alike=TrigramSimilarity("folded", word))
    forms = rows.order_by("-alike", "-skill__job_count", "id").values_list("form", "folded")[:_ALIKE]
    meant = next((form for form, folded in forms if is_misspelt(word, folded)), None)
    return None if meant is None or _is_word(word) else meant


def _is_word(word: str) -> bool:
    """Whether a word is part of the name of a skill, which makes it one: "market" is no misspelt Marketo."""
    return SkillAlias.objects.filter(folded__regex=rf"\m{re.escape(word)}\M").exists()


def _form(row: SkillAlias) -> SkillForm:
    skill = row.skill
    return SkillForm(skill.name, row.form, skill.kind, skill.category, row.ambiguous)
