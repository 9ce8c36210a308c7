"""Words of a search with typing errors, put right: for a search that finds nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping

from catalog.search.sentence.lexicon import corrections_of
from catalog.search.sentence.meanings import vocabulary_words
from catalog.search.sentence.typing_errors import MIN_LENGTH, is_misspelt
from catalog.search.sentence.words import fold, singular
from catalog.search.suggest_companies import companies_suggest

_WORD = re.compile(rf"[^\W\d_]{{{MIN_LENGTH},}}")
_MOST_WORDS = 6
"""Each may cost a search by trigrams."""


def respelt(text: str) -> str:
    """The text with words as they were meant: names of jobs, skills and companies that we know; "" where none is misspelt."""
    unknown = {fold(word) for word in _WORD.findall(text) if singular(fold(word)) not in vocabulary_words()}
    meant = _meant(sorted(unknown)[:_MOST_WORDS])
    right = _WORD.sub(lambda word: meant.get(fold(word[0]), word[0]), text)
    return right if right != text else ""


def _meant(unknown: list[str]) -> Mapping[str, str]:
    """Folded words -> what they are meant for."""
    found = dict(corrections_of(unknown))
    for word in unknown:
        if word not in found and (name := _company_word(word)):
            found[word] = name
    return found


def _company_word(word: str) -> str:
    """The word of a company's name that it is meant for; "" where there is none."""
    names = (part for company in companies_suggest(q=word) for part in company.name.split())
    return next((part for part in names if is_misspelt(word, fold(part))), "")
