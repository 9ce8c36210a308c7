"""Where a job can be done: the ATS's place fields, then its offices, the title, the text, its country (spec E1, E2)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from extraction.document import Document
from extraction.evidence import Evidence, Finding, span_of
from extraction.rules import place_parser
from extraction.rules.place_parser import Place
from extraction.rules.place_tokens import Token, tokens
from extraction.schema import LocationDetails

IS_PLACE_MIN_POPULATION = 40_000
"""Below it a town's name is as likely a word of a title ("Enterprise", "Commerce")."""

IS_PLACE_MAX_LENGTH = 120

# Words of job titles that are also places over that size, or countries' divisions.
_TITLE_WORDS = frozenset(
    {
        "bar", "bath", "best", "central", "commerce", "data", "date", "enterprise", "global", "hope", "independence", "industry",
        "international", "java", "lake", "lead", "liberty", "male", "march", "media", "mobile", "most", "nice", "normal", "orange",
        "paradise", "progress", "reading", "sale", "same", "sandy", "split", "temple", "union", "van", "victoria",
    }
)  # fmt: skip
_TITLE_CODES = frozenset({"US", "USA", "UK", "UAE", "EU", "NYC", "SF", "LA", "DC", "KSA"})
"""Codes that mean a place in a title even alone; "IT", "HR", "AI" and "PR" are countries only in a place field."""


class _Source(NamedTuple):
    """A string that may name places: the rule that looks there, how far it is trusted, and where the string stands."""

    rule: str
    trust: float
    text: str
    pointer: str | None
    offset: int = 0


def is_place(text: str) -> bool:
    """Whether a part of a title is nothing but places ("Cape Town", "Remote - US", "EMEA", "NYC / London")."""
    if len(text) > IS_PLACE_MAX_LENGTH:
        return False
    told = [token for token in tokens(text) if not token.is_noise]
    return bool(told) and all(_is_certain(token, alone=len(told) == 1) for token in told)


def _is_certain(token: Token, *, alone: bool) -> bool:
    if token.text.lower() in _TITLE_WORDS:
        return False
    if alone and len(token.text) <= 3 and any(reading.is_code for reading in token.readings):
        return token.text.upper().replace(".", "") in _TITLE_CODES
    kinds = {reading.kind for reading in token.readings}
    if kinds & {"country", "state", "region"}:
        return True
    return any(city.population >= IS_PLACE_MIN_POPULATION for reading in token.readings for city in reading.cities)


def _many(name: str, values: Iterable[str], document: Document, trust: float) -> Iterator[_Source]:
    base = document.posting.pointers.get(name, f"/{name}")
    for index, text in enumerate(values):
        yield _Source(f"location.{name}", trust, text, f"{base}/{index}")


def _fields(document: Document) -> Iterator[_Source]:
    """The ATS's own place fields, the main one first."""
    posting = document.posting
    if posting.job_location:
        pointer = posting.pointers.get("job_location", "/job_location")
        yield _Source("location.job_location", 1.0, posting.job_location, pointer)
    yield from _many("additional_locations", posting.additional_locations, document, 1.0)


_BRACKETS = re.compile(r"[(\[]([^()\[\]]{2,80})[)\]]")
_PARTS = re.compile(r"\s+[-–—|]\s+|,\s+")


def _title_parts(title: str) -> Iterator[tuple[int, str]]:
    """What stands in brackets, and what follows a dash or a comma."""
    for match in _BRACKETS.finditer(title):
        yield match.start(1), match[1]
    for match in _PARTS.finditer(title):
        yield match.end(), _PARTS.split(title[match.end() :], maxsplit=1)[0]


def _title(document: Document, country: str | None = None) -> Iterator[_Source]:
    """Parts of the title that are places; with the country known, a city of it may also be the last word."""
    title, pointer = document.posting.title, document.posting.pointers.get("title", "/title")
    for offset, part in _title_parts(title):
        if is_place(part):
            yield _Source("location.title", 0.75, part, pointer, offset)
    last = title.split()[-1:]
    if country and last and is_place(last[0]):
        yield _Source("location.title", 0.75, last[0], pointer, title.rindex(last[0]))


_LABEL = re.compile(
    r"^[ \t•*]*(?:job |work |office |primary )?(?:locations?|lieu(?: de travail)?|(?:arbeits|einsatz|stand)ort|ubicación|lugar"
    r"|localização|local|sede|standplaats|luogo(?: di lavoro)?)\s*:[ \t]*(\S[^\n]{1,100})$",
    re.IGNORECASE | re.MULTILINE,
)


def _text(document: Document) -> Iterator[_Source]:
    """A line that says "Location: ..."."""
    match = _LABEL.search(document.text) if ":" in document.text else None
    if match is not None:
        yield _Source("location.text", 0.7, match[1], None, match.start(1))


def _evidence(document: Document, source: _Source, place: Place) -> Evidence:
    start, end = source.offset + place.start, source.offset + place.end
    if source.pointer is None:
        return span_of(document.text, start, end)
    return Evidence(quote=source.text[place.start : place.end], pointer=source.pointer, start=start, end=end)


@lru_cache(maxsize=8192)
def _details(city: str | None, state: str | None, country: str | None, region: str | None) -> LocationDetails:
    return LocationDetails(city=city, state=state, country=country, region=region)


def _read(document: Document, sources: Iterable[_Source]) -> list[Finding[LocationDetails]]:
    read = [(source, place) for source in sources for place in place_parser.places(source.text)]
    settled = place_parser.settle([place for _, place in read], document.posting.country)
    found: dict[LocationDetails, Finding[LocationDetails]] = {}
    for place, (source, _) in zip(settled, read, strict=True):
        if not (place.city or place.country or place.region):  # "Georgia", and nothing tells which
            continue
        value = _details(place.city, place.state, place.country, place.region)
        evidence = (_evidence(document, source, place),)
        found.setdefault(value, Finding(value, source.rule, place.confidence * source.trust, evidence))
    return list(found.values())


def _of_country(document: Document) -> list[Finding[LocationDetails]]:
    """The ATS's country field, where no place is named at all."""
    country = (document.posting.country or "").upper()
    if not re.fullmatch("[A-Z]{2}", country):
        return []
    pointer = document.posting.pointers.get("country", "/country")
    evidence = (Evidence(quote=country, pointer=pointer),)
    return [Finding(LocationDetails(country=country), "location.country", 0.8, evidence)]


def locations(document: Document) -> list[Finding[LocationDetails]]:
    """All places of the posting, the main one first, each once; empty where nothing names one.

    The first of these that names a place decides: the place fields, the offices, the title, a line "Location: ...", the country.
    """
    offices = _many("offices", document.posting.offices, document, 0.8)
    for sources in (_fields(document), offices):
        found = _read(document, sources)
        if found:
            return _narrowed(found, document)
    for sources in (_title(document), _text(document)):
        found = [finding for finding in _read(document, sources) if _agrees(finding.value, document.posting.country)]
        if found:
            return found
    return _of_country(document)


def _agrees(place: LocationDetails, country: str | None) -> bool:
    return country is None or place.country in (None, country)


def _narrowed(found: list[Finding[LocationDetails]], document: Document) -> list[Finding[LocationDetails]]:
    """With the title's city in place of a lone country: "Algeria (West)", "Sales Representative (Tlemcen)"."""
    country = found[0].value.country
    if len(found) > 1 or country is None or found[0].value.city or found[0].value.state:
        return found
    named = [f for f in _read(document, _title(document, country)) if f.value.country == country and f.value.city]
    return named or found
