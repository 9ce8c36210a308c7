"""The role title without noise: ids, places, (m/f/d), remote and contract words, programme, season, shift, company."""

from __future__ import annotations

import html
import re
from functools import lru_cache

from extraction.document import Document
from extraction.evidence import Evidence, Finding
from extraction.rules.company import stated_employer
from extraction.rules.phrases import fold
from extraction.rules.title_noise import ends_with_place, is_noise, strip_inline

# A part is what stands between brackets, or behind a comma, a spaced dash, a pipe or a colon at the end.
_BRACKET = re.compile(r"\s*[(\[{]([^()\[\]{}]*)[)\]}]")
_LAST_DASH = re.compile(r"^(?P<rest>.*\S)(?P<mark>\s*[|•]\s*|\s+[-–—~/@]+\s*|\s*[–—]\s*|-\s+|\s*:\s+)(?P<part>[^|–—():]+?)$")
_LAST_PART = re.compile(
    r"^(?P<rest>.*\S)(?P<mark>\s*[|•·;_]\s*|\s+[-–—~/@]+\s*|\s*[–—]\s*|[-–—]\s+|\s*,\s*|\s*:\s+)(?P<part>[^|•·;_,:–—]+?)$"
)
_FIRST_PART = re.compile(r"^(?P<part>[^|•·;,–—()]{2,60}?)(?P<mark>\s*[|•·]\s*|\s+[-–—]+\s*|\s*[–—]\s*|-\s+|\s*:\s+)(?P<rest>\S.*)$")
_PARTS = (
    (_LAST_DASH, frozenset("|•-–—~/@:")),
    (_LAST_PART, frozenset("|•·;_-–—~/@,:")),
    (_FIRST_PART, frozenset("|•·-–—:")),
)
"""Each with the marks that it needs one of."""
_BETWEEN_PLACES = re.compile(r"[,;|/&()\-–]|\bor\b|\band\b|\bremote\b")
_PREPOSITION = re.compile(r"\s+(?:based in|in|at|for|[-–,])$", re.IGNORECASE)
_CODE_LENGTH = 2  # "US" and "IT" may be words of the role
_BRACKETS = frozenset("([{")
_EDGES = " \t,;:|-–—~/•·*#&@"
# Symbols, dingbats, arrows, emoji, the letters of flags, and what joins or colours them.
_PICTURE = "[\u2190-\u21ff\u2300-\u23ff\u2460-\u27bf\u2900-\u297f\u2b00-\u2bff\ufe0f\u200d\U0001f000-\U0001faff]"
_PICTURES = re.compile(rf"^(?:{_PICTURE}\s*)+|(?:\s*{_PICTURE})+$")
_ROUNDS = 6
_MAX_TITLE = 500  # as long as the record's field allows


def role_title(document: Document) -> Finding[str]:
    """The cleaned title; the title as received when nothing would be left."""
    title = document.posting.title
    cleaned = clean_title(title, _places(document), stated_employer(document))
    pointer = document.posting.pointers.get("title", "/title")
    start = title.find(cleaned)
    span = (start, start + len(cleaned)) if start >= 0 else (0, len(title))
    evidence = (Evidence(title[span[0] : span[1]], pointer, *span),) if title else ()
    return Finding(cleaned, "role_title.cleaned", 0.9 if title else 0.0, evidence)


@lru_cache(maxsize=8192)
def clean_title(title: str, places: frozenset[str] = frozenset(), company: str = "") -> str:
    """`title` without noise. `places` are folded names of the posting's own places, `company` its employer."""
    text = " ".join(html.unescape(title).split())[:_MAX_TITLE].strip()
    company = fold(company).strip()
    for _ in range(_ROUNDS):
        shorter = _once(text, places, company)
        if shorter == text:
            break
        text = shorter
    return text or title.strip()[:_MAX_TITLE]


def _once(text: str, places: frozenset[str], company: str) -> str:
    stripped = strip_inline(text)
    signs = set(stripped)
    if _BRACKETS & signs:
        stripped = _BRACKET.sub(lambda m: "" if is_noise(m.group(1), places, company) else m.group(), stripped)
    for pattern, marks in _PARTS:
        match = pattern.match(stripped) if marks & signs else None
        if match and _is_closed(match["rest"]) and is_noise(match["part"], places, company):
            stripped = match["rest"]
    stripped = _trailing_place(stripped, places)
    return _balanced(_without_pictures(" ".join(stripped.split()).replace(" ,", ",").strip(_EDGES))) or text


def _without_pictures(text: str) -> str:
    """Without emoji and other symbols at the edges."""
    return text if text.isascii() else _PICTURES.sub("", text)


def _is_closed(text: str) -> bool:
    return text.count("(") == text.count(")")


def _trailing_place(text: str, places: frozenset[str]) -> str:
    """Leave out a place at the very end without a mark: one of the posting's own, or a clear one behind a job word."""
    folded = fold(text)
    for place in places:
        if len(place) > _CODE_LENGTH and folded.endswith(" " + place):
            return _PREPOSITION.sub("", text[: -len(place)].rstrip())
    return text.rsplit(" ", 1)[0] if ends_with_place(text) else text


def _balanced(text: str) -> str:
    return text.removesuffix("(").removeprefix(")").strip()


def _places(document: Document) -> frozenset[str]:
    """Folded names of all places of the posting: whole strings and their parts."""
    posting = document.posting
    return _names((posting.job_location, *posting.additional_locations, *posting.offices, posting.country or ""))


@lru_cache(maxsize=8192)
def _names(places: tuple[str, ...]) -> frozenset[str]:
    names = {part.strip() for place in places for part in (fold(place), *_BETWEEN_PLACES.split(fold(place)))}
    return frozenset(name for name in names if len(name) > 1)
