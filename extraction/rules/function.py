"""Job function: what the title calls the job, then the department, then the text.

Source of the rules: the labelling guideline of the extraction gold set. `data/title_functions.csv` says what a phrase
means and how much it decides:
`role`  names the job by itself wherever it stands ("account executive");
`head`  a profession that beats the field it works in ("Marketing Designer" designs);
`area`  a field of work, decisive behind a neutral word ("Marketing Specialist");
`field` a neutral job that takes the function of the area beside it ("Credit Operations Associate");
`weak`  a hint that gives way to the department ("Coordinator").
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache, lru_cache
from typing import NamedTuple

from extraction.document import Document
from extraction.evidence import Evidence, Finding, span_of
from extraction.rules.phrases import Match, Word, fold, load_table, words_of
from extraction.schema import JobFunction

_WEIGHTS = {"role": 100, "head": 80, "area": 60, "field": 45, "weak": 30}
_SEGMENT_COST, _MAX_SEGMENTS = 12, 2
_STRONG_FROM, _DECISIVE_FROM = 70, 33
_PREPOSITIONS = frozenset({"for", "to", "with", "in", "at", "within", "supporting", "fur", "pour", "para"})
_SECURITY, _RESEARCH = JobFunction.SECURITY, JobFunction.RESEARCH
_TECHNICAL = frozenset({JobFunction.ENGINEERING, JobFunction.DATA, JobFunction.IT})
_TABLE = "title_functions.csv"
_UNSPACED = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]+")
"""Japanese and Chinese, written without spaces between words."""
_ADVERT = re.compile("诚聘|招聘(?!专员|经理|主管|顾问|总监|负责人|官|助理|实习|$)")
"""Chinese for "hiring" in front of the job itself; behind a recruiter's own words it is the job."""
_TEXT_END = 2500
_ENOUGH_IN_TEXT = 2


class FunctionMatch(NamedTuple):
    """The function that a short label (title, department) names, its weight 0..100, and the span of the words."""

    function: JobFunction
    weight: int
    start: int
    end: int


@lru_cache(maxsize=8192)
def function_of(label: str) -> FunctionMatch | None:
    """The function named by a title, department or team; None when no known word stands in it."""
    readings = [words_of(label)] if label.isascii() else [words_of(label), _unspaced_words(label)]
    found = [best for words in readings if (best := _best(words))]
    return max(found, key=lambda match: match.weight, default=None)


def _best(words: tuple[Word, ...]) -> FunctionMatch | None:
    matches = [match for match in load_table(_TABLE).find(words) if match.label != "ignore"]
    if not matches:
        return None
    best = max(matches, key=lambda m: (_weight(m, words), m.phrase.count(" "), m.start))
    function = _specialised(JobFunction(best.label), best, matches)
    return FunctionMatch(function, _weight(best, words), best.start, best.end)


def _unspaced_words(label: str) -> tuple[Word, ...]:
    """The known words inside runs without spaces, the longest at each place; every run is a segment."""
    runs = enumerate(_UNSPACED.finditer(fold(label)))
    known = _known_unspaced()
    return tuple(
        Word(found[0], run.start() + found.start(), run.start() + found.end(), segment)
        for segment, run in runs
        for found in known.finditer(run[0], _start_of_job(run[0]))
    )


def _start_of_job(run: str) -> int:
    advert = _ADVERT.match(run)
    return advert.end() if advert else 0


@cache
def _known_unspaced() -> re.Pattern[str]:
    phrases = [phrase for phrase in load_table(_TABLE).phrases() if _UNSPACED.fullmatch(phrase)]
    return re.compile("|".join(sorted(phrases, key=len, reverse=True)))


def _weight(match: Match, words: tuple[Word, ...]) -> int:
    asides = sum(word.stem in _PREPOSITIONS for word in words if word.end <= match.start)
    return _WEIGHTS[match.kind] - _SEGMENT_COST * min(_MAX_SEGMENTS, match.segment + asides)


def _specialised(function: JobFunction, best: Match, matches: list[Match]) -> JobFunction:
    """Security in a technical title, or a natural science beside "Scientist", decides ("Software Engineer, Security")."""
    labels = {match.label for match in matches}
    if function in _TECHNICAL and _SECURITY in labels:
        return _SECURITY
    if best.phrase == "scientist" and _RESEARCH in labels:
        return _RESEARCH
    return function


def job_function(document: Document) -> Finding[JobFunction]:
    """Function of the posting; `unknown` when title, department, team and text all name none."""
    posting = document.posting
    titled = function_of(posting.title)
    if titled and titled.weight >= _DECISIVE_FROM:
        return _from_field("title", posting.title, document, titled, 0.9 if titled.weight >= _STRONG_FROM else 0.75)
    for name, value in (("department", posting.department), ("team", posting.team)):
        found = function_of(value) if value else None
        if found and value:
            return _from_field(name, value, document, found, 0.8 if found.weight >= _DECISIVE_FROM else 0.6)
    if titled:
        return _from_field("title", posting.title, document, titled, 0.5)
    return _from_text(document)


def _from_field(name: str, value: str, document: Document, found: FunctionMatch, confidence: float) -> Finding[JobFunction]:
    pointer = document.posting.pointers.get(name, f"/{name}")
    evidence = Evidence(value[found.start : found.end], pointer, found.start, found.end)
    return Finding(found.function, f"function.{name}", confidence, (evidence,))


def _from_text(document: Document) -> Finding[JobFunction]:
    """The function whose role phrases stand most often at the start of the text; a weak guess."""
    matches = [_moved(match, start) for start, line in _lines(document.text[:_TEXT_END]) for match in _naming(line)]
    counts = Counter(match.label for match in matches).most_common(1)
    if not counts or counts[0][1] < _ENOUGH_IN_TEXT:
        return Finding(JobFunction.UNKNOWN, "function.nothing", 0.3)
    label = counts[0][0]
    first = next(match for match in matches if match.label == label)
    evidence = span_of(document.text, first.start, first.end)
    return Finding(JobFunction(label), "function.text", 0.45, (evidence,))


def _naming(line: str) -> list[Match]:
    """Phrases of a line that name a job or a profession."""
    found = load_table(_TABLE).find(words_of(line))
    return [match for match in found if match.kind in {"role", "head"} and match.label not in {"ignore", "unknown"}]


def _lines(text: str) -> list[tuple[int, str]]:
    lines, start = [], 0
    for line in text.split("\n"):
        if line.strip():
            lines.append((start, line))
        start += len(line) + 1
    return lines


def _moved(match: Match, offset: int) -> Match:
    return Match(match.phrase, match.label, match.kind, match.start + offset, match.end + offset, match.segment)
