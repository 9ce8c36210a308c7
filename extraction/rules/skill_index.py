"""Finds every form of the vocabulary in a text, in time that depends on the text and not on the vocabulary.

The text is folded to one byte a character (so that offsets stay those of the text) in which every character that cannot
be inside a word is a space. A form is searched as " form ", therefore a hit always is a whole word or group of words.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from ahocorasick_rs import BytesAhoCorasick, Implementation

from catalog.vocabulary.values import SkillTerm

# "C++", "C#", "R&D": these belong to a word. Everything else that is neither letter nor digit separates.
_WORD_PUNCTUATION = "+#&"
# Below this length, small letters ("js", "qt", "ml") are more often something else than the name.
_SHORT = 2
_LONGEST_ACRONYM = 4


def _fold_table() -> bytes:
    table = bytearray(b" " * 256)
    for code in range(256):
        char = chr(code)
        if char.isalnum() or char in _WORD_PUNCTUATION:
            lower = char.lower()
            table[code] = ord(lower) if ord(lower) < 256 else code
    return bytes(table)


_FOLD = _fold_table()


def fold(text: str) -> bytes:
    """One byte a character: lower-case letters, digits, `+#&`; a space for all others, letters beyond Latin-1 included."""
    return text.encode("latin-1", "replace").translate(_FOLD)


def folded_key(text: str) -> bytes:
    """The folded form without outer spaces: what two spellings of one form have in common."""
    return fold(text).strip()


class Case(Enum):
    """How the letters of a form must be written to be that form."""

    ANY = "any"
    EXACT = "exact"
    EXACT_OR_LOWER = "exact or lower"


# Named for each name of a text, where a member of an enum takes ten times as long as a constant.
_ANY, _EXACT_OR_LOWER = Case.ANY, Case.EXACT_OR_LOWER


@dataclass(frozen=True, slots=True)
class Form:
    """One surface form of a term and how strictly it must be written."""

    text: str
    term: SkillTerm
    ambiguous: bool
    case: Case
    leading_dot: bool
    is_plain: bool
    """In any letters: nothing but its neighbours must be looked at."""
    is_phrase: bool
    """Of several words, which must stand on one line."""


Span = tuple[int, int]
Name = tuple[int, int, Form]
"""(start, end, form): `text[start:end]` is written as the form is."""


Found = tuple[list[Name], dict[str, list[Span]]]
"""The names of a text, and its cues by kind; both in order of their ends."""


class Entry(NamedTuple):
    """What one folded key stands for: forms of names, kinds of cues, or both."""

    forms: tuple[Form, ...]
    kinds: tuple[str, ...]
    only: str | None
    """How the name must be written where there is one way only; most words that look like a name fail here, at once."""
    plain_form: Form | None
    """The form, when nothing but its neighbours must be looked at."""


def forms_of(term: SkillTerm) -> Iterator[Form]:
    """All forms of a term; unambiguous skills also in the plural, because postings say "sales cycles" for "sales cycle"."""
    for text in (term.name, *term.aliases):
        ambiguous = text in term.ambiguous
        yield _form(text, term, _case(text, term, ambiguous), ambiguous)
        if term.kind == "skill" and not ambiguous and len(text) > _LONGEST_ACRONYM and text[-1].isalpha() and not text.endswith("s"):
            yield _form(f"{text}s", term, Case.ANY, ambiguous)


def _form(text: str, term: SkillTerm, case: Case, ambiguous: bool) -> Form:
    dotted = text.startswith(".")
    return Form(text, term, ambiguous, case, dotted, case is Case.ANY and not dotted, b" " in folded_key(text))


def _case(text: str, term: SkillTerm, ambiguous: bool) -> Case:
    if text.startswith("."):
        return Case.ANY
    if len(text) <= _SHORT or (ambiguous and term.kind == "tool"):
        return Case.EXACT
    if len(text) <= _LONGEST_ACRONYM and not text[1:].islower():
        # "SEM" is no "sem" (Portuguese: without), but nobody shouts "sql" to name the language.
        return Case.EXACT_OR_LOWER if term.kind == "tool" else Case.EXACT
    return Case.ANY


def _entry(forms: Sequence[Form], kinds: Sequence[str]) -> Entry:
    only = forms[0].text if len(forms) == 1 and forms[0].case is Case.EXACT else None
    plain_form = forms[0] if forms and forms[0].is_plain and not forms[0].is_phrase else None
    return Entry(tuple(forms), tuple(kinds), only, plain_form)


class SkillIndex:
    """The automaton over all forms and cues. Building costs about 10 microseconds a form."""

    def __init__(self, terms: Iterable[SkillTerm], cues: Iterable[tuple[str, str]]) -> None:
        forms: dict[bytes, list[Form]] = {}
        kinds: dict[bytes, list[str]] = {}
        for term in terms:
            for form in forms_of(term):
                forms.setdefault(folded_key(form.text), []).append(form)
        for phrase, kind in cues:
            kinds.setdefault(folded_key(phrase), []).append(kind)
        keys = sorted((forms.keys() | kinds.keys()) - {b""})
        self._entries = [_entry(forms.get(key, ()), kinds.get(key, ())) for key in keys]
        self._automaton = BytesAhoCorasick([b" " + key + b" " for key in keys], implementation=Implementation.ContiguousNFA)

    def find(self, text: str) -> Found:
        """Every place where a form stands as whole words, overlapping ones too, and the cues by kind."""
        return self._found(text, self._hits(text))

    def find_all(self, texts: Sequence[str]) -> list[Found]:
        """The same for many texts: one after the other through the automaton first, which so stays in the processor's caches."""
        hits = list(map(self._hits, texts))
        return list(map(self._found, texts, hits))

    def _hits(self, text: str) -> list[tuple[int, int, int]]:
        return self._automaton.find_matches_as_indexes(fold(f" {text} "), overlapping=True)

    def _found(self, text: str, hits: Iterable[tuple[int, int, int]]) -> Found:
        names: list[Name] = []
        cues: dict[str, list[Span]] = defaultdict(list)
        entries = self._entries
        padded = f" {text} "  # offsets in it are one more than in the text, which a key's own leading space takes away again
        for index, start, stop in hits:
            forms, kinds, only, plain_form = entries[index]
            for kind in kinds:
                cues[kind].append((start, stop - 2))
            if not forms or (only is not None and text[start : stop - 2] != only):
                continue
            after = padded[stop - 1]
            plain = padded[start] in _PLAIN_NEIGHBOURS and (
                after in _PLAIN_NEIGHBOURS or (after in ".:" and padded[stop : stop + 1] in _SENTENCE_GOES_ON)
            )
            # Most forms are found so: in any letters, between plain neighbours. The rest needs a closer look.
            if plain and plain_form is not None:
                names.append((start, stop - 2, plain_form))
                continue
            for form in forms:
                if _is_written(text, start, stop - 2, form, plain):
                    names.append((start - form.leading_dot, stop - 2, form))
                    break
        return names, cues


# With one of these on both sides, a name can be no part of a longer word or an address.
_PLAIN_NEIGHBOURS = frozenset(' \n,;()•&!?"“”*[]|')
# Nor with a full stop or colon behind it that one of these follows, or nothing.
_SENTENCE_GOES_ON = frozenset((" ", "\n", ""))


def _is_written(text: str, start: int, end: int, form: Form, plain: bool) -> bool:
    """Whether `text[start:end]` is written as the form must be and, unless `plain`, is no part of something else."""
    if form.case is not _ANY and not _has_its_case(text[start:end], form):
        return False
    if form.leading_dot:
        return text[start - 1 : start] == "."
    if "\n" in text[start:end]:
        return False
    return plain or not (
        _is_far_letter(text[start - 1 : start]) or _is_far_letter(text[end : end + 1]) or _is_inside_address(text, start, end)
    )


def _has_its_case(surface: str, form: Form) -> bool:
    return surface == form.text or (form.case is _EXACT_OR_LOWER and surface.islower())


def _is_far_letter(char: str) -> bool:
    """A letter that folding does not know (Polish, Cyrillic ...), so that it looks like a space.

    Scripts written without spaces are left out: a Latin name next to Japanese stands alone.
    """
    return "\xff" < char < "\u1200" and char.isalpha()


_ADDRESS_CHARS = frozenset("@/.:_=-")


def _is_inside_address(text: str, start: int, end: int) -> bool:
    """Whether the span is part of a web or e-mail address."""
    if text[start - 1 : start] not in _ADDRESS_CHARS and text[end : end + 1] not in _ADDRESS_CHARS:
        return False
    left = max(text.rfind(" ", 0, start), text.rfind("\n", 0, start)) + 1
    right = min((p for p in (text.find(" ", end), text.find("\n", end)) if p >= 0), default=len(text))
    word = text[left:right]
    return "://" in word or "www." in word or ("@" in word and "." in word)
