"""A summary of at most 60 words made of the posting's own sentences about the role.

Sentences are weighed by where they stand and by what they speak of: the role ("you will", "we are looking for", the title's own
words) counts for them, the company's history, legal notices and pay against them.
"""

from __future__ import annotations

import csv
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from itertools import islice
from operator import attrgetter
from typing import NamedTuple

from extraction.data_files import DATA
from extraction.document import Document, Section, SectionKind
from extraction.evidence import Finding, span_of
from extraction.rules.needed_words import GatedPattern
from extraction.rules.phrase_finder import PhraseGroup
from extraction.schema import SUMMARY_MAX_WORDS
from extraction.text import BULLET

_MIN_WORDS = 6
_MIN_CHARS = 40
_ENOUGH_WORDS = 30  # no need to add sentences to a summary of this length
_SENTENCES_PER_SECTION = 12

_SECTION_WEIGHT = {
    SectionKind.SUMMARY: 3.0,
    SectionKind.RESPONSIBILITIES: 2.5,
    SectionKind.OTHER: 1.0,
    SectionKind.ABOUT: 0.5,
    SectionKind.REQUIREMENTS: 0.0,
    SectionKind.PREFERRED: -1.0,
    SectionKind.BENEFITS: -2.0,
    SectionKind.COMPENSATION: -3.0,
    SectionKind.LEGAL: -4.0,
}
_SPEAKS_OF_ROLE, _SPEAKS_OF_OTHERS, _NAMES_TITLE, _IS_ITEM = 2.0, -2.5, 1.0, -1.0
_IS_SHORT, _FEW_WORDS = -1.0, 10
_ENDS = (".", "!", "?", ".)", "…")
_IS_FRAME = -2.0  # whom one reports to, why the role is open, what happens in the first months: true, yet not what one does
_NAMES_ROLE = 1.5  # the whole role, not just one of its words: "As Sales Manager you own ..."
_BEST_BONUS = _SPEAKS_OF_ROLE + _NAMES_TITLE + _NAMES_ROLE

_OPENINGS = ("as a ", "as an ", "as our ", "as the ")
# The company, the team or the reader's wishes are the subject, and nobody is looked for: "Our team is responsible for ...".
_MAY_BE_OF_US = ("we", "our ", "the ", "this helps ", "if you")
_OF_US = re.compile(
    r"(?:we(?:['’]re)?|our|this helps|the [^.,;:]{0,60}?\bteam (?:at \w+ )?(?:is|are|owns?|plays|protects|works|builds|helps))\b"
    r"(?!.{0,60}\b(?:looking|hiring|seeking|searching|recruit))|if you(?:['’]re| are)\b"
)
_TELLING = (*_OPENINGS, *_MAY_BE_OF_US)
_YOU_WILL = GatedPattern(r"\byou(?:['’]ll| will)\b")

# Begins with the sentence's last sign rather than looks back at it: twice as quick to find.
_SENTENCE_END = re.compile(r"[.!?…][\"”’)]?\s+(?=[\"“‘(]?[^\Wa-zß-ÿ_])")
# Behind these a sentence goes on, unless the next word begins one by itself.
_ABBREVIATIONS = frozenset(
    {
        *("sr", "jr", "mr", "mrs", "ms", "dr", "prof", "st", "e.g", "i.e", "eg", "ie", "vs", "approx", "dept"),
        *("u.s", "u.k", "bzw", "z.b", "ca", "d.h", "u.a", "inkl", "p.ej"),
    }
)
_LONGEST_ABBREVIATION = 8  # with the space and the bracket before it
_OPENS_SENTENCE = re.compile(
    r"(?:You(?:r|['’]ll|['’]re)?|We(?:['’]re)?|Our|The|This|These|As|In|It|If|At|To|From|With|What|When|Here|Join|Sie|Du|Wir|Vous|Nous)\b"
)
_CUES = DATA / "summary_cues.tsv"
_TITLE_PART = re.compile(r"[,(\[|/]|\s[-–—]\s")
_TITLE_WORD = re.compile(r"[^\W\d_]{4,}")


class _Sentence(NamedTuple):
    start: int
    end: int
    section: int
    paragraph: int
    words: int
    score: float
    is_whole: bool
    speaks_of_role: bool


_start = attrgetter("start")


def job_summary(document: Document) -> Finding[str]:
    """The best sentence and those after it in its paragraph, up to 60 words; empty when no sentence speaks of the role."""
    sentences, score = _scored(document)
    if score <= 0:
        return Finding("", "summary.no_sentence", 0.0)
    best = min([s for s in sentences if s.score == score], key=_start)
    chosen = _with_followers(best, [s for s in sentences if s.section == best.section and s.start > best.start])
    spans = tuple(span_of(document.text, s.start, s.end) for s in chosen)
    confidence = round(min(0.9, 0.55 + 0.07 * best.score), 2)
    return Finding(" ".join(span.quote for span in spans), "summary.role_sentences", confidence, spans)


def _with_followers(best: _Sentence, following: list[_Sentence]) -> list[_Sentence]:
    """The best sentence and, while there is room and need, those following it in its section that are about the role too.

    Across paragraphs only whole sentences follow each other: items of a list and lines cut short stay alone.
    """
    chosen, words = [best], best.words
    for sentence in following:
        if not _belongs(sentence, best) or sentence.score <= best.score - _BEST_BONUS:
            continue
        if words >= _ENOUGH_WORDS or words + sentence.words > SUMMARY_MAX_WORDS:
            break
        chosen.append(sentence)
        words += sentence.words
    return chosen


def _belongs(sentence: _Sentence, best: _Sentence) -> bool:
    if sentence.paragraph == best.paragraph:
        return True
    return sentence.is_whole and best.is_whole and sentence.speaks_of_role


def _scored(document: Document) -> tuple[list[_Sentence], float]:
    """Sentences section by section, the most promising first, where one can do better; and the best score, at least 0."""
    scorer = _Scorer(document)
    sentences: list[_Sentence] = []
    best = 0.0
    for section in sorted(document.sections, key=_promise):
        weight = _SECTION_WEIGHT[section.kind]
        if best >= weight + _BEST_BONUS:
            break
        if best and best > weight + scorer.best_bonus(section):
            continue
        spans = islice(_spans(document.text, section), _SENTENCES_PER_SECTION)
        found = [scored for span in spans if (scored := scorer.sentence(weight, section.start, *span))]
        sentences += found
        best = max([best, *[sentence.score for sentence in found]])
    return sentences, best


def _promise(section: Section) -> tuple[float, int]:
    """Sorts the most promising sections first."""
    return -_SECTION_WEIGHT[section.kind], section.start


class _Scorer:
    """Finds all cues of the text, then scores its sentences."""

    def __init__(self, document: Document) -> None:
        self._text, self._lower = document.text, document.lower
        self._title_words = _title_words(document.posting.title)
        self._role_name = _role_name(document.posting.title)
        places = _PLACES.find(document)
        self._starts = [start for _, start in places]
        about = _cues().about
        self._about = [about[index] for index, _ in places]

    def best_bonus(self, section: Section) -> float:
        """What no sentence of a section can earn more than, by the words that stand anywhere in it."""
        lower = self._lower[section.start : section.end]
        may_speak = "role" in self._spoken_of(section.start, section.end) or any(opening in lower for opening in _OPENINGS)
        return self._named(lower) + (_SPEAKS_OF_ROLE if may_speak else 0.0)

    def sentence(self, weight: float, section: int, start: int, end: int, line: int) -> _Sentence | None:
        """None for one that is too short or too long to be shown."""
        lower = self._lower[start:end]
        words = lower.count(" ") + 1
        if not _MIN_WORDS <= words <= SUMMARY_MAX_WORDS:
            return None
        spoken_of = self._spoken_of(start, end)
        speaks_of_role, score = False, weight + self._named(lower)
        if spoken_of or lower.startswith(_TELLING):  # most sentences begin otherwise, and hold no cue
            speaks_of_role, earned = _subject(lower, spoken_of)
            score += earned
        is_item = self._text.startswith(BULLET, line)
        if is_item:  # a fragment: taken when there is nothing better
            score += _IS_ITEM
        if (words < _FEW_WORDS and not is_item) or lower[-1] == ":":
            score += _IS_SHORT
        return _Sentence(start, end, section, line, words, score, not is_item and lower.endswith(_ENDS), speaks_of_role)

    def _spoken_of(self, start: int, end: int) -> Sequence[str]:
        """Of what the cues speak that begin in a stretch of the text, or at the space before it."""
        return self._about[bisect_left(self._starts, start - 1) : bisect_left(self._starts, end)]

    def _named(self, lower: str) -> float:
        """What words of the title earn in a stretch of the text; a loop, since a pattern or generator takes twice the time."""
        bonus = _NAMES_ROLE if self._role_name and self._role_name in lower else 0.0
        for word in self._title_words:
            if word in lower:
                return bonus + _NAMES_TITLE
        return bonus


def _subject(lower: str, spoken_of: Sequence[str]) -> tuple[bool, float]:
    """Whether a sentence speaks of the role, and what it earns by whom or what it speaks of."""
    of_us = lower.startswith(_MAY_BE_OF_US) and _OF_US.match(lower) is not None
    of_others = "others" in spoken_of
    you_will = (of_us or of_others) and _YOU_WILL.search(lower) is not None
    of_role = "role" in spoken_of or "frame" in spoken_of
    speaks_of_role = lower.startswith(_OPENINGS) or (of_role and (you_will or not of_us))
    score = _SPEAKS_OF_ROLE if speaks_of_role else 0.0
    if of_us or (of_others and not you_will) or "reader" in spoken_of:
        score += _SPEAKS_OF_OTHERS
    if "frame" in spoken_of:
        score += _IS_FRAME
    return speaks_of_role, score


def _spans(text: str, section: Section) -> Iterator[tuple[int, int, int]]:
    """(start, end, start of its line) of the sentences of a section, its heading left out."""
    line = section.start + len(section.heading)
    while line < section.end:
        newline = text.find("\n", line, section.end)
        end = section.end if newline < 0 else newline
        if end - line >= _MIN_CHARS:
            start = _first_sign(text, line, end)
            for match in _SENTENCE_END.finditer(text, start, end):
                if _is_abbreviation(text, start, match):
                    continue
                yield start, match.start() + 1, line
                start = match.end()
            if start < end:
                yield start, end, line
        line = end + 1


def _is_abbreviation(text: str, start: int, sign: re.Match[str]) -> bool:
    """Whether a point belongs to the word before it and its sentence goes on: "our Sr. Manager", not "at Acme Inc. You ..."."""
    end = sign.start()
    space = text.rfind(" ", max(start, end - _LONGEST_ABBREVIATION), end)
    if space < 0:
        return False
    return text[space + 1 : end].lower().lstrip('(“"') in _ABBREVIATIONS and not _OPENS_SENTENCE.match(text, sign.end())


def _first_sign(text: str, line: int, end: int) -> int:
    start = line + len(BULLET) if text.startswith(BULLET, line) else line
    while start < end and text[start] in " :":
        start += 1
    return start


@lru_cache(maxsize=4096)
def _title_words(title: str) -> tuple[str, ...]:
    return tuple(sorted({word.lower() for word in _TITLE_WORD.findall(title)}))


@lru_cache(maxsize=4096)
def _role_name(title: str) -> str:
    """The first part of a title in small letters, "" when it is a single word."""
    name = _TITLE_PART.split(title.strip(), maxsplit=1)[0].strip().lower()
    return name if " " in name else ""


class _Cues(NamedTuple):
    """The cues, and of what each speaks: `role`, `frame` of the role, `others`, or `reader`: what the reader gets out of it."""

    phrases: tuple[str, ...]
    about: tuple[str, ...]


@cache
def _cues() -> _Cues:
    """In the file an underscore stands for a space."""
    with _CUES.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return _Cues(tuple(row["cue"].replace("_", " ") for row in rows), tuple(row["about"] for row in rows))


_PLACES = PhraseGroup(lambda: _cues().phrases)
