"""Where a job can be done: the ATS's place fields, then its offices, then the title (spec E1, E2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from extraction.document import Document
from extraction.evidence import Evidence, Finding
from extraction.rules import place_parser
from extraction.rules.place_parser import Place
from extraction.rules.place_tokens import Kind, tokens
from extraction.schema import LocationDetails

IS_PLACE_MIN_POPULATION = 40_000
"""Below it a town's name is as likely a word of a title ("Enterprise", "Commerce")."""

# Words of job titles that are also cities over that size.
_TITLE_WORDS = frozenset(
    "mobile reading split nice bath orange media enterprise commerce industry liberty union independence march best van male bar date lead central most progress"
    " victoria paradise sale same data sandy temple normal hope lake media".split()
)


def is_place(text: str) -> bool:
    """Whether a part of a title is nothing but places ("Cape Town", "Remote - US", "EMEA", "NYC / London")."""
    told = [token for token in tokens(text) if not token.is_noise]
    if not told or len(text) > 120:
        return False
    return all(_is_certain(token.text, [r.kind for r in token.readings], token.readings) for token in told)


def _is_certain(text: str, kinds: list[Kind], readings: tuple[place_parser.Reading, ...]) -> bool:
    if text.lower() in _TITLE_WORDS or kinds == [Kind.UNKNOWN]:
        return False
    if any(kind in (Kind.COUNTRY, Kind.STATE, Kind.DIVISION, Kind.REGION) for kind in kinds):
        return True
    return any(city.population >= IS_PLACE_MIN_POPULATION for reading in readings for city in reading.cities)


def _fields(document: Document) -> Iterator[tuple[str, str]]:
    """(pointer, text) of the ATS's own place fields, the main one first."""
    posting = document.posting
    if posting.job_location:
        yield posting.pointers.get("job_location", "/location"), posting.job_location
    base = posting.pointers.get("additional_locations", "/additional_locations")
    for index, text in enumerate(posting.additional_locations):
        yield f"{base}/{index}", text


def _finding(place: Place, pointer: str, text: str) -> Finding[LocationDetails]:
    value = LocationDetails(city=place.city, state=place.state, country=place.country, region=place.region)
    quote = text[place.start : place.end]
    evidence = Evidence(quote=quote, pointer=pointer, start=place.start, end=place.end)
    return Finding(value, "location.field", place.confidence, (evidence,))


def locations(document: Document) -> list[Finding[LocationDetails]]:
    """All places of the posting, the main one first, each once."""
    read = [(place, pointer, text) for pointer, text in _fields(document) for place in place_parser.places(text)]
    settled = place_parser.settle([place for place, _, _ in read], document.posting.country)
    found: dict[LocationDetails, Finding[LocationDetails]] = {}
    for place, (_, pointer, text) in zip(settled, read, strict=True):
        finding = _finding(replace(place), pointer, text)
        found.setdefault(finding.value, finding)
    return list(found.values())
