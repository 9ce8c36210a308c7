"""Where the work is done: onsite, hybrid, remote, or unknown when nothing is said.

Order: the ATS's own field unless the text plainly contradicts it, the place, the title, the posting's tags, then the text's clues
(`data/remote_clues.tsv`). A bare city, a home-office stipend, "remote teams" or "distributed systems" say nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from extraction.document import Document
from extraction.evidence import Evidence, Finding, span_of
from extraction.rules.clues import Clue, load_clues
from extraction.rules.needed_words import GatedPattern
from extraction.rules.place_words import denies_work, without_denied_work
from extraction.schema import RemoteType

ONSITE, HYBRID, REMOTE = RemoteType.ONSITE, RemoteType.HYBRID, RemoteType.REMOTE

_OUTRIGHT = 3
_CONFIDENCE = {3: 0.88, 2: 0.75, 1: 0.6}
_NOTHING_SAID = Finding(RemoteType.UNKNOWN, "remote.nothing_said", 0.6)

_FIELD_NAME = re.compile(
    r"remote|work\s?place|work(?:ing)? (?:model|arrangement|mode|location type|style|setting|type)|location type|hybrid"
    r"|office (?:type|policy)",
    re.IGNORECASE,
)
_REMOTE_WORD = re.compile(
    r"\b(?:remote(?:ly)?|wfh|work(?:ing)?[ -]from[ -]home|home[ -]?based|home[ -]?office"
    r"|anywhere|télétravail|teletrabajo|remot[oa]|distributed|virtual)\b",
    re.IGNORECASE,
)
_HYBRID_WORD = re.compile(r"\b(?:hybrid\w*|híbrid[oa]|ibrid[oa]|flex(?:ible)?)\b", re.IGNORECASE)
_ONSITE_WORD = re.compile(
    r"\b(?:on[ -]?site|in[ -](?:office|person)|office|présentiel|presencial|vor ort|no remote|non[ -]remote|not remote)\b", re.IGNORECASE
)
_ANSWERS = {"yes": True, "true": True, "no": False, "false": False}
_TITLE_WORDS = (
    (HYBRID, GatedPattern(r"\bhybrid\b(?! cloud)", re.IGNORECASE)),
    (
        REMOTE,
        GatedPattern(
            r"\b(?:remote(?! sens| support| monitor| site)|wfh|work[ -]from[ -]home|home[ -]?based|télétravail|remoto)\b", re.IGNORECASE
        ),
    ),
    (ONSITE, GatedPattern(r"\bon-?\s?site\b(?! (?:support|manager))|\bin[- ]office\b", re.IGNORECASE)),
)
_TAG = re.compile(r"#\s?li[-_ ](?:[\w,]+[-_ ])?(remote|hybrid|on-?site)", re.IGNORECASE)


def remote_type(document: Document) -> Finding[RemoteType]:
    """The arrangement of this job; `unknown` with no evidence when the posting says nothing."""
    stated, place = _stated(document), _place(document)
    if stated and stated.value is HYBRID:  # also where one of the places is "Remote"
        return stated
    if place and not (stated and place.value is ONSITE):
        return place
    if stated:
        return _contradiction(document, stated) or stated
    return _title(document) or _tag(document) or _said(document) or _NOTHING_SAID


def _contradiction(document: Document, stated: Finding[RemoteType]) -> Finding[RemoteType] | None:
    """What the text says outright against the ATS's field; boilerplate on hybrid work does not make a remote job hybrid."""
    clue = next(iter(load_clues("remote").read(document)), None)
    if clue is None or clue.strength < _OUTRIGHT or clue.value == stated.value.value:
        return None
    return None if stated.value is REMOTE and clue.value == HYBRID.value else _finding(clue)


def _said(document: Document) -> Finding[RemoteType] | None:
    clue = next(iter(load_clues("remote").read(document)), None)
    return _finding(clue) if clue else None


def _finding(clue: Clue) -> Finding[RemoteType]:
    return Finding(RemoteType(clue.value), f"remote.text_{clue.strength}", _CONFIDENCE[clue.strength], (clue.evidence,))


def _stated(document: Document) -> Finding[RemoteType] | None:
    for name, value, pointer in _fields(document):
        found = _of_field(name, value)
        if found:
            return Finding(found, "remote.ats_field", 0.93, (Evidence(quote=value, pointer=pointer),))
    return None


def _fields(document: Document) -> Iterator[tuple[str, str, str | None]]:
    """(name, value, pointer): the workplace field, fields named after it, and the commitment ("Full-time: Remote")."""
    posting = document.posting
    if posting.work_place_type:
        yield "work place", posting.work_place_type, posting.pointers.get("work_place_type")
    yield from ((field.name, field.value, field.pointer) for field in posting.fields if _is_called_after_work_place(field.name))
    if posting.employment_type:
        yield "employment", posting.employment_type, posting.pointers.get("employment_type")


@lru_cache(maxsize=4096)
def _is_called_after_work_place(field: str) -> bool:
    return _FIELD_NAME.search(field) is not None


def _of_field(name: str, value: str) -> RemoteType | None:
    """A yes means what the field is called: "Is Remote?"; a no leaves open what the job is instead."""
    answer = _ANSWERS.get(value.lower())
    if answer is None:
        return _of_value(value)
    return _of_value(name) if answer else None


@lru_cache(maxsize=4096)
def _of_value(value: str) -> RemoteType | None:
    """A field's value read as an arrangement; a value that names two ("Onsite or Remote") is none."""
    if _HYBRID_WORD.search(value):
        return HYBRID
    remote, onsite = bool(_REMOTE_WORD.search(value)), bool(_ONSITE_WORD.search(value))
    return None if remote == onsite else REMOTE if remote else ONSITE


def _place(document: Document) -> Finding[RemoteType] | None:
    posting = document.posting
    places = [(posting.job_location, posting.pointers.get("job_location"))]
    places += [(place, posting.pointers.get("additional_locations")) for place in posting.additional_locations]
    told = [(found, place, pointer) for place, pointer in places if (found := _of_place(place))]
    # One place's denial says nothing where another one offers it.
    told.sort(key=lambda one: one[0] is ONSITE)
    for found, place, pointer in told[:1]:
        return Finding(found, "remote.place", 0.9 if found is HYBRID else 0.92, (Evidence(quote=place, pointer=pointer),))
    return None


@lru_cache(maxsize=4096)
def _of_place(place: str) -> RemoteType | None:
    """A place's own words; work elsewhere that is denied and not offered beside it leaves the office."""
    offered = without_denied_work(place)
    if _HYBRID_WORD.search(offered):
        return HYBRID
    if _REMOTE_WORD.search(offered):
        return REMOTE
    return ONSITE if denies_work(place) else None


def _title(document: Document) -> Finding[RemoteType] | None:
    title = document.posting.title
    for value, words in _TITLE_WORDS:
        found = words.search(title)
        if found:
            pointer = document.posting.pointers.get("title", "/title")
            return Finding(value, "remote.title", 0.92, (Evidence(found[0], pointer, found.start(), found.end()),))
    return None


def _tag(document: Document) -> Finding[RemoteType] | None:
    found = _TAG.search(document.text) if "#" in document.text else None
    if not found:
        return None
    value = {"remote": REMOTE, "hybrid": HYBRID}.get(found[1].lower(), ONSITE)
    return Finding(value, "remote.tag", 0.9, (span_of(document.text, *found.span()),))
