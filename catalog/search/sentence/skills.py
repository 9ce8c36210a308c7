"""Skills in a sentence, by every form of the vocabulary. Forms that are ordinary words too need a reason to be meant. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from catalog.search.sentence.meanings import meaning_at
from catalog.search.sentence.parts import JOINTS, MAX_PHRASE_WORDS, Kind, Part, Sentence, SkillForm, last_content
from catalog.search.sentence.words import Word, fold

# Words that lead to a skill, those that follow one, and those that make a tongue of a nation.
_LEADS = frozenset({
    "using", "use", "uses", "used", "with", "without", "know", "knows", "knowing", "knowledge", "experience", "experienced", "skilled",
    "proficient", "proficiency", "expertise", "familiar", "mention", "mentions", "mentioning", "require", "requires", "requiring",
    "required", "stack", "via", "on", "speak", "speaks", "speaking", "fluent", "run", "runs", "running", "has", "have", "having",
    "knowledgeable", "certified", "like", "need", "needs",
})  # fmt: skip
_BEHIND = frozenset(
    {"experience", "experienced", "skill", "skills", "knowledge", "expertise", "background", "user", "users", "stack", "certified"}
)
_SPOKEN = "spoken_language"
_SPEAKING = frozenset({"speaking", "speaker", "speakers", "native", "fluency", "fluent", "language", "required", "preferred", "needed"})
_MAKERS = frozenset({"engineering", "data", "revops"})
"""Functions whose people are called by their tool: "Go developers", "Snowflake engineers"."""


def forms_in(words: Sequence[Word], text: str) -> Iterator[str]:
    """Every run of words as the vocabulary may have it, folded: what to look up."""
    for at, word in enumerate(words):
        for stop in range(at + 1, min(at + MAX_PHRASE_WORDS, len(words)) + 1):
            if not word.is_sign:
                yield from _spellings(words[at:stop], text)


def recognise_skill(sentence: Sentence, at: int, before: Sequence[Part]) -> Part | None:
    """The longest form of a skill that begins at a word, if it is meant as one."""
    for stop in range(min(at + MAX_PHRASE_WORDS, len(sentence.words)), at, -1):
        form = _form(sentence, at, stop)
        if form and not _names_occupation(form, sentence, stop) and (not form.ambiguous or _is_meant(form, sentence, at, stop, before)):
            end = stop + (form.category == _SPOKEN and sentence.folded(stop) in _SPEAKING)
            return replace(sentence.part(Kind.SKILL, at, end), filters=(("skill", form.name),))
    return None


def _names_occupation(form: SkillForm, sentence: Sentence, stop: int) -> bool:
    """Competences called like those who have them: "SaaS sales", "Salesforce admin" are read word by word."""
    last = meaning_at(sentence.words[:stop], stop - 1)
    return form.kind == "skill" and " " in form.form and last is not None and last.kind is Kind.ROLE


def _form(sentence: Sentence, at: int, stop: int) -> SkillForm | None:
    words = sentence.words[at:stop]
    if words[0].is_sign:
        return None
    return next((sentence.known.skills[s] for s in _spellings(words, sentence.text) if s in sentence.known.skills), None)


def _spellings(words: Sequence[Word], text: str) -> Iterator[str]:
    """As typed (with its hyphens), with single spaces, and in the singular; folded."""
    gaps = [text[before.end : after.start] for before, after in pairwise(words)]
    yield "".join(word.text + gap for word, gap in zip(words, [*gaps, ""], strict=True)).casefold()
    if len(words) > 1:
        yield " ".join(word.text for word in words).casefold()
    yield " ".join([*(word.text for word in words[:-1]), words[-1].stem]).casefold()


def _is_meant(form: SkillForm, sentence: Sentence, at: int, stop: int, before: Sequence[Part]) -> bool:
    """Whether an ordinary word is the skill here: by the words around it, or a tool's name by its capitals."""
    if sentence.folded(stop) in (_SPEAKING if form.category == _SPOKEN else _BEHIND):
        return True
    if _is_led(sentence, at, before):
        return True
    if form.kind != "tool":
        return False
    return _is_written_as_name(form, sentence, at, stop) or _names_makers(sentence, stop)


def _is_led(sentence: Sentence, at: int, before: Sequence[Part]) -> bool:
    """Behind a word that leads to skills ("with Go", "fluent in French"), "not", or another skill of the same list."""
    if sentence.folded(at - 1) in _LEADS or (before and before[-1].kind is Kind.NOT):
        return True
    if sentence.folded(at - 1) in ("in", "of", "either", "both") and sentence.folded(at - 2) in _LEADS:
        return True
    content = last_content(before)
    if content is None or content.kind is not Kind.SKILL:
        return False
    return all(part.kind in JOINTS | {Kind.NOT} for part in before[before.index(content) + 1 :])


def _is_written_as_name(form: SkillForm, sentence: Sentence, at: int, stop: int) -> bool:
    """With the capitals of the name, where these tell something: not those that every sentence begins with."""
    typed = sentence.typed(at, stop)
    if typed != form.form or typed == typed.lower() or sentence.is_shouted:
        return False
    return at > 0 or sum(c.isupper() for c in typed) > 1 or stop == len(sentence.words) or _is_joined(sentence, stop)


def _is_joined(sentence: Sentence, stop: int) -> bool:
    """Whether a list goes on here."""
    meaning = meaning_at(sentence.words, stop)
    return meaning is not None and meaning.kind in JOINTS


def _names_makers(sentence: Sentence, stop: int) -> bool:
    meaning = meaning_at(sentence.words, stop)
    if meaning is None or meaning.kind is not Kind.ROLE:
        return False
    functions = {value for name, value in meaning.filters if name == "function"}
    return bool(functions & _MAKERS) or (not functions and fold(meaning.words[0]) == "admin")
