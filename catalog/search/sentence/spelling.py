"""Words of a search with typing errors, put right: for a search that finds nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping

from catalog.search.sentence.lexicon import Correct, correction_of, corrections_of
from catalog.search.sentence.meanings import vocabulary_words
from catalog.search.sentence.typing_errors import MIN_LENGTH, is_misspelt
from catalog.search.sentence.words import fold, singular
from catalog.suggest.companies import companies_suggest

_WORD = re.compile(rf"[^\W\d_]{{{MIN_LENGTH},}}")
_MOST_WORDS = 6
"""Each may cost a search by trigrams."""
_MOST_COMPANY_WORDS = 2
"""More unknown words are no name of a company, and looking for one costs three searches."""


def respelt(text: str, correct: Correct = correction_of) -> str:
    """The text with words as they were meant: names of jobs, skills and companies that we know; "" where none is misspelt."""
    unknown = {fold(word) for word in _WORD.findall(text) if singular(fold(word)) not in vocabulary_words()}
    meant = _meant(sorted(unknown)[:_MOST_WORDS], correct)
    right = _WORD.sub(lambda word: meant.get(fold(word[0]), word[0]), text)
    return right if right != text else ""


def _meant(unknown: list[str], correct: Correct) -> Mapping[str, str]:
    """Folded words -> what they are meant for."""
    found = corrections_of(unknown, correct)
    left = [word for word in unknown if word not in found]
    if len(left) > _MOST_COMPANY_WORDS:
        return found
    return {**found, **{word: name for word in left if (name := _company_word(word))}}


def _company_word(word: str) -> str:
    """The word of a company's name that it is meant for; "" where there is none."""
    names = (part for company in companies_suggest(q=word) for part in company.name.split())
    return next((part for part in names if is_misspelt(word, fold(part))), "")
