"""A summary of at most 60 words made of the posting's own sentences about the role.

Sentences are weighed by where they stand and by what they speak of: the role ("you will", "we are looking for", the title's own
words) counts for them, the company's history, legal notices and pay against them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from extraction.document import Document, SectionKind
from extraction.evidence import Finding, span_of
from extraction.schema import SUMMARY_MAX_WORDS
from extraction.text import BULLET

_MIN_WORDS = 6
_ENOUGH_WORDS = 30  # no need to add sentences to a summary of this length
_MAX_SENTENCES = 40

_SECTION_WEIGHT = {
    SectionKind.SUMMARY: 3.0,
    SectionKind.RESPONSIBILITIES: 2.5,
    SectionKind.ABOUT: 0.5,
    SectionKind.OTHER: 1.0,
    SectionKind.REQUIREMENTS: 0.0,
    SectionKind.PREFERRED: -1.0,
    SectionKind.BENEFITS: -2.0,
    SectionKind.COMPENSATION: -3.0,
    SectionKind.LEGAL: -4.0,
}
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"”’)]?\s+(?=[\"“‘(]?[^\Wa-zß-ÿ_])")
_ABOUT_ROLE = re.compile(
    r"\bas (?:an?|our|the) |\b(?:we(?:'| a)re|is|are) (?:currently |now |actively )?(?:looking for|seeking|hiring|searching for|recruiting)"
    r"|\bthis (?:role|position|person|job|team member|internship|opportunity)|\bthe (?:role|position|successful candidate|ideal candidate|incumbent)"
    r"|\byou(?:'ll| will|’ll)\b|\byour (?:role|mission|main)|\bin this (?:role|position)|\b(?:role|position|job) (?:is|will|involves)|\bresponsible for|\breport(?:s|ing)? to\b"
    r"|\bjoin (?:our|the|us)\b|\blooking for an?\b"
    r"|\ben tant que|\bnous recherchons|\bvous (?:serez|aurez|êtes)|\btu (?:seras|auras)|\brattaché|\bau sein de|\ble poste|\brecherchons"
    r"|\bals \w+|\bwir suchen|\bsuchen wir|\bdu (?:bist|wirst|übernimmst|verantwortest)|\bbuscamos|\bserás|\bte encargar|\bprocuramos|\bvocê será|\bcerchiamo|\bsarai|\bzoeken wij|\bje (?:bent|gaat|wordt)",
    re.IGNORECASE,
)
_ABOUT_OTHERS = re.compile(
    r"\bfounded in|\bheadquarter|\bmillions of|\bour (?:mission|vision|values|story) is|\bwe believe|\bequal opportunit|\bregardless of|\bsalary|\bcompensation|\bbenefits"
    r"|\bapply\b|\bapplication|\bresume\b|\bvisit us|\bhttps?:|\bwww\.|\bleading (?:provider|company|global)|\bposition is for|\bfraud|\bprivacy",
    re.IGNORECASE,
)
_TITLE_WORD = re.compile(r"[^\W\d_]{4,}")


@dataclass(frozen=True, slots=True)
class _Sentence:
    start: int
    end: int
    paragraph: int
    words: int
    score: float


def job_summary(document: Document) -> Finding[str]:
    """The best sentence and those after it in its paragraph, up to 60 words; empty when no sentence speaks of the role."""
    sentences = [s for s in _scored(document) if _MIN_WORDS <= s.words <= SUMMARY_MAX_WORDS]
    best = max(sentences, key=lambda s: (s.score, -s.start), default=None)
    if best is None or best.score <= 0:
        return Finding("", "no_sentence", 0.0)
    chosen = _with_followers(best, sentences)
    spans = tuple(span_of(document.text, s.start, s.end) for s in chosen)
    confidence = min(0.9, 0.55 + 0.07 * best.score)
    return Finding(" ".join(" ".join(span.quote.split()) for span in spans), "role_sentences", confidence, spans)


def _with_followers(best: _Sentence, sentences: list[_Sentence]) -> list[_Sentence]:
    """The best sentence and, while there is room and need, the next ones of its paragraph that are about the role too."""
    chosen, words = [best], best.words
    for sentence in sentences:
        if sentence.start <= best.start or sentence.paragraph != best.paragraph or sentence.score <= 0:
            continue
        if words >= _ENOUGH_WORDS or words + sentence.words > SUMMARY_MAX_WORDS:
            break
        chosen.append(sentence)
        words += sentence.words
    return chosen


def _scored(document: Document) -> Iterator[_Sentence]:
    title_words = _title_pattern(document.posting.title)
    for count, (start, end, paragraph, weight) in enumerate(_sentences(document)):
        if count >= _MAX_SENTENCES:
            return
        sentence = document.text[start:end]
        score = weight + 2.0 * bool(_ABOUT_ROLE.search(sentence)) - 2.5 * bool(_ABOUT_OTHERS.search(sentence))
        if title_words and title_words.search(sentence):
            score += 1.5
        yield _Sentence(start, end, paragraph, len(sentence.split()), score)


def _sentences(document: Document) -> Iterator[tuple[int, int, int, float]]:
    """(start, end, paragraph, weight) of the sentences; the sections that speak of the role come first."""
    ordered = sorted(document.sections, key=lambda s: (-_SECTION_WEIGHT[s.kind], s.start))
    for section in ordered:
        weight = _SECTION_WEIGHT[section.kind]
        position = section.start + len(section.heading)
        for line in document.text[position : section.end].split("\n"):
            if len(line) > 40:
                yield from _sentences_of_line(line, position, weight)
            position += len(line) + 1


def _sentences_of_line(line: str, position: int, weight: float) -> Iterator[tuple[int, int, int, float]]:
    first = len(BULLET) if line.startswith(BULLET) else 0
    if first:  # an item of a list is a fragment: taken when there is nothing better
        weight -= 1.5
    start = first + len(line[first:]) - len(line[first:].lstrip(" :"))
    for match in _SENTENCE_END.finditer(line, start):
        yield position + start, position + match.start(), position, weight
        start = match.end()
    if line[start:].strip():
        yield position + start, position + len(line), position, weight


@lru_cache(maxsize=4096)
def _title_pattern(title: str) -> re.Pattern[str] | None:
    words = sorted({re.escape(word.lower()) for word in _TITLE_WORD.findall(title)})
    return re.compile(r"\b(?:" + "|".join(words) + r")\b", re.IGNORECASE) if words else None
