"""A sentence becomes a search by rules: always there, the same sentence gives the same search on the same day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from django.utils import timezone

from catalog.search.query import MAX_TEXT_LENGTH
from catalog.search.sentence.lexicon import Correct, correction_of, corrections_of, skills_in, towns_in, towns_meant, usd_rate
from catalog.search.sentence.parts import Kind, Known, Part, Sentence
from catalog.search.sentence.places import is_known_place
from catalog.search.sentence.reading import parts_of, said_in, unknown_words
from catalog.search.sentence.understanding import Reading, Understanding, understood
from catalog.search.sentence.words import Word, corrected, words_of

MAX_SENTENCE_LENGTH = MAX_TEXT_LENGTH


def read_sentence(text: str, *, today: date | None = None, correct: Correct | None = correction_of) -> Understanding:
    """The search that a sentence asks for. Of a text that is too long the beginning is read. Two queries, more for unknown words.

    `correct`: what a word is meant for; None takes every word as it is typed, which no query is slow for.
    """
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())[:MAX_SENTENCE_LENGTH]
    sentence, parts = _parts(text, words_of(text), today or timezone.now().date())
    corrections = _corrections(sentence, parts, correct) if correct else {}
    if corrections:
        sentence, parts = _parts(text, corrected(sentence.words, corrections), sentence.known.today)
    found = understood(text, said_in(parts), sentence.known.today)
    return replace(found, readings=tuple(_with_correction(reading, corrections) for reading in found.readings))


def _parts(text: str, words: Sequence[Word], today: date) -> tuple[Sentence, list[Part]]:
    known = Known(today, usd_rate(), skills_in(words, text), towns_in(words))
    sentence = Sentence(text, words, known)
    return sentence, parts_of(sentence)


def _corrections(sentence: Sentence, parts: Sequence[Part], correct: Correct) -> Mapping[str, str]:
    """What unknown words are meant for, by folded word: a word of ours, a skill, a town."""
    unknown = {sentence.words[part.first].folded for part in unknown_words(parts)}
    words = corrections_of(unknown, correct)
    places = {part.filters[0][1] for part in parts if part.kind is Kind.PLACE and not is_known_place(part.filters[0][1], sentence.known)}
    return {**words, **towns_meant((unknown - words.keys()) | places)}


def _with_correction(reading: Reading, corrections: Mapping[str, str]) -> Reading:
    typed = next((word for word, meant in corrections.items() if meant.casefold() in reading.words.casefold()), None)
    return replace(reading, note=reading.note or f"typed “{typed}”") if typed else reading
