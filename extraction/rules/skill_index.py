"""Finds every form of the vocabulary in a text, in time that depends on the text and not on the vocabulary.

The text is folded to one byte a character (so that offsets stay those of the text) in which every character that cannot
be inside a word is a space. A form is searched as " form ", therefore a hit always is a whole word or group of words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from ahocorasick_rs import BytesAhoCorasick, Implementation

from catalog.vocabulary import SkillTerm

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


@dataclass(frozen=True, slots=True)
class Form:
    """One surface form of a term and how strictly it must be written."""

    text: str
    term: SkillTerm
    ambiguous: bool
    case: Case
    leading_dot: bool


@dataclass(frozen=True, slots=True)
class Cue:
    """A phrase of `data/skill_cues.csv` that says something about the names around it."""

    kind: str


@dataclass(slots=True)
class Hit:
    """`text[start:end]` is written as one of the forms, or is a cue."""

    start: int
    end: int
    what: Form | Cue


Entry = tuple[Form | Cue, ...]


def forms_of(term: SkillTerm) -> Iterator[Form]:
    """All forms of a term; unambiguous skills also in the plural, because postings say "sales cycles" for "sales cycle"."""
    for text in (term.name, *term.aliases):
        ambiguous = text in term.ambiguous
        yield Form(text, term, ambiguous, _case(text, term, ambiguous), text.startswith("."))
        if term.kind == "skill" and not ambiguous and len(text) > _LONGEST_ACRONYM and text[-1].isalpha() and not text.endswith("s"):
            yield Form(f"{text}s", term, ambiguous, Case.ANY, leading_dot=False)


def _case(text: str, term: SkillTerm, ambiguous: bool) -> Case:
    if len(text) <= _SHORT or (ambiguous and term.kind == "tool"):
        return Case.EXACT
    if len(text) <= _LONGEST_ACRONYM and not text[1:].islower():
        # "SEM" is no "sem" (Portuguese: without), but nobody shouts "sql" to name the language.
        return Case.EXACT_OR_LOWER if term.kind == "tool" else Case.EXACT
    return Case.ANY


class SkillIndex:
    """The automaton over all forms and cues. Building costs about 10 microseconds a form."""

    def __init__(self, terms: Iterable[SkillTerm], cues: Iterable[tuple[str, str]]) -> None:
        entries: dict[bytes, list[Form | Cue]] = {}
        for phrase, kind in cues:
            entries.setdefault(folded_key(phrase), []).append(Cue(kind))
        for term in terms:
            for form in forms_of(term):
                entries.setdefault(folded_key(form.text), []).append(form)
        entries.pop(b"", None)
        self._entries: list[Entry] = [tuple(entry) for entry in entries.values()]
        self._automaton = BytesAhoCorasick([b" " + key + b" " for key in entries], implementation=Implementation.ContiguousNFA)

    def hits(self, text: str) -> Iterator[Hit]:
        """Every place where a form or a cue stands as whole words, overlapping ones too, by their end."""
        # The padding adds one character in front, the key's own leading space takes it away again.
        for index, start, end in self._automaton.find_matches_as_indexes(b" " + fold(text) + b" ", overlapping=True):
            stop = end - 2
            for what in self._entries[index]:
                first = start if isinstance(what, Cue) else _written(text, start, stop, what)
                if first is not None:
                    yield Hit(first, stop, what)


def _written(text: str, start: int, end: int, form: Form) -> int | None:
    """Where the form starts if `text[start:end]` is written as it must be, else None."""
    surface = text[start:end]
    if form.leading_dot:
        if start == 0 or text[start - 1] != ".":
            return None
        start -= 1
        surface = "." + surface
    if form.case is not Case.ANY and surface != form.text and not (form.case is Case.EXACT_OR_LOWER and surface.islower()):
        return None
    if "\n" in surface or _inside_word(text, start, end) or _inside_address(text, start, end):
        return None
    return start


def _inside_word(text: str, start: int, end: int) -> bool:
    """Whether a letter that folding does not know (Polish, Cyrillic ...) touches the span.

    Scripts written without spaces are no words: a Latin name next to Japanese stands alone.
    """
    before, after = text[start - 1 : start], text[end : end + 1]
    return _is_far_letter(before) or _is_far_letter(after)


def _is_far_letter(char: str) -> bool:
    return char > "\xff" and char < "\u1200" and char.isalpha()


_ADDRESS_CHARS = frozenset("@/.:_=-")


def _inside_address(text: str, start: int, end: int) -> bool:
    """Whether the span is part of a web or e-mail address."""
    if text[start - 1 : start] not in _ADDRESS_CHARS and text[end : end + 1] not in _ADDRESS_CHARS:
        return False
    left = max(text.rfind(" ", 0, start), text.rfind("\n", 0, start)) + 1
    right = min((p for p in (text.find(" ", end), text.find("\n", end)) if p >= 0), default=len(text))
    word = text[left:right]
    return "://" in word or "www." in word or ("@" in word and "." in word)
