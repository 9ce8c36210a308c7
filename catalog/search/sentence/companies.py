"""Employers by name in a sentence: "at Stripe", "working for Acme Corp". Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from catalog.search.sentence.meanings import meaning_at
from catalog.search.sentence.parts import JOINTS, Kind, Part, Sentence, last_content

_LEADS = frozenset({"at", "@"})
_WORK = frozenset({"work", "working", "works", "employed"})
_KINDS = frozenset({"startup", "startups", "company", "companies", "firm", "firms", "business", "businesses", "portfolio"})
_MAX_WORDS = 4


def recognise_company(sentence: Sentence, at: int, before: Sequence[Part]) -> Part | None:
    """A name behind "at" (capitalised, or a single word that means nothing else), and further ones of a list of companies."""
    led, listed = _is_led(sentence, at), _is_listed(before)
    if not led and not listed:
        return None
    stop = at
    while (word := sentence.word(stop)) and word.is_capital and stop - at < _MAX_WORDS and meaning_at(sentence.words, stop) is None:
        stop += 1
    if stop == at and led and _may_be_name(sentence, at):
        stop = at + 1
    if stop == at or sentence.folded(stop) in _KINDS:
        return None
    return replace(sentence.part(Kind.COMPANY, at, stop), filters=(("company_name", sentence.typed(at, stop)),))


def _is_led(sentence: Sentence, at: int) -> bool:
    behind_work = sentence.folded(at - 1) in ("for", "by") and sentence.folded(at - 2) in _WORK
    return sentence.folded(at - 1) in _LEADS or behind_work


def _is_listed(before: Sequence[Part]) -> bool:
    content = last_content(before)
    return content is not None and content.kind is Kind.COMPANY and before[-1].kind in JOINTS and before[-2] is content


def _may_be_name(sentence: Sentence, at: int) -> bool:
    """A small word that may name one company: no plural ("at startups"), no number, nothing that we know."""
    word = sentence.words[at]
    after = sentence.word(at + 1)
    if after and not after.is_sign and meaning_at(sentence.words, at + 1) is None:
        return False
    return word.text.isalpha() and len(word.text) > 2 and word.stem == word.folded and meaning_at(sentence.words, at) is None
