"""Who hires: the company's name as its board states it, and its own web domain where the posting shows it."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache, lru_cache
from urllib.parse import urlsplit

import pycountry

from extraction.data_files import DATA
from extraction.document import Document
from extraction.evidence import Evidence, Finding, span_of

# Second-level registries: `acme.co.uk` is registered below `co.uk`, not below `uk`.
_SECOND_LEVELS = frozenset(["co", "com", "org", "net", "gov", "edu", "ac", "or", "ne", "go", "gob", "gouv"])
# Nearly every address of a posting: the host, then its path. The rest (ports, users, brackets) is left to urlsplit.
_PLAIN_URL = re.compile(r"https?://([a-z0-9.-]+)(?:[/?#]|$)", re.ASCII)
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}")
# Generic registries that companies use, what stands beside ISO 3166 for the United Kingdom and the Union, and what is kept for examples.
_GENERIC = (
    "com|net|org|info|biz|io|ai|app|dev|tech|cloud|digital|software|agency|studio|health|care|finance|capital|bank|xyz|online|store|shop"
    "|games|eu|uk|example"
)
_NOT_KEY = re.compile(r"[^a-z0-9]+")
_SHORTEST_KEY = 4  # "hr.com" or "go.io" in a text need not be the company
# What boards add to the name in their key: "acmecareers", "acme-eu".
_ADDED = re.compile(r" ?(?:careers?|jobs?|hq|inc|llc|ltd|gmbh|hiring|team|talent|external)$| (?:eu|us|uk|emea|apac|\d{1,2})$")
# What names a board and no company, at the end of the board's name.
_SITE = r"(?:jobs?|careers?) ?(?:board|page|site|website|portal|listings?)"
_BOARD = re.compile(
    rf"(?<!\bthe)(?:\s*[-–—|:]\s*|\s+)\(?(?:(?:external |official |global )?(?:{_SITE}|careers)|job openings)\)?$"
    r"|\s*[-–—|]\s*\(?(?:jobs|linked ?in|indeed|glassdoor)\)?$",
    re.IGNORECASE,
)
_BOARD_KEY = re.compile(r"[a-z0-9]+__[A-Z][A-Za-z0-9]*")
_LEAST_NAMED = 2
_IN_ADDRESS = re.compile(r"[\w@./#-]")
_GOES_ON = re.compile(r"[\w@/-]|\.\w")
_BEGINS = re.compile(r"(?<![\w-])")


def company_name(document: Document) -> Finding[str]:
    """The board's name, else the payload's own organisation, else words made of the source key (low confidence)."""
    posting = document.posting
    name = stated_employer(document)
    if name:
        return Finding(name, "board_name", 0.97, (_on_board(document, name),))
    if posting.hiring_organization:
        name = " ".join(posting.hiring_organization.split())
        return Finding(name, "hiring_organization", 0.95, (Evidence(quote=name, pointer=posting.pointers.get("hiring_organization")),))
    named = _named(document)
    if named:
        return Finding(named.quote, "name_in_text", 0.9, (named,))
    name = _spaced(document.source_key).title()
    return Finding(name, "source_key", 0.5 if name else 0.0, ())


def stated_employer(document: Document) -> str:
    """The employer's name in what its board is called: "Acme" of "Acme - Careers Website", "" of "acme__Somebody42".

    Without such an ending only where the source key or the text calls the company so: "Medical Careers" may be its name.
    """
    name, employer = _names_on_board(document.company_name)
    if name == employer or _is_called(document, employer):
        return employer
    return name


@lru_cache(maxsize=4096)
def _names_on_board(stated: str) -> tuple[str, str]:
    """(the name, the name without what boards are called); both "" for a key in place of a name."""
    name = " ".join(stated.split())
    if _BOARD_KEY.fullmatch(name):
        return "", ""
    shorter = name
    while (stripped := _BOARD.sub("", shorter)) and stripped != shorter:
        shorter = stripped
    return name, shorter


def _is_called(document: Document, name: str) -> bool:
    key = _spaced(document.source_key).lower()
    if _NOT_KEY.sub("", name.lower()) in {_NOT_KEY.sub("", key), _NOT_KEY.sub("", _ADDED.sub("", key))}:
        return True
    return any(document.text[start:end] == name for start, end in _places_of_name(document, name.lower()))


def _spaced(source_key: str) -> str:
    return " ".join(re.split(r"[-_\s]+", source_key)).strip()


def _named(document: Document) -> Evidence | None:
    """The source key as the text writes it, else the key without what boards add, where it stands there at least twice."""
    key = _spaced(document.source_key).lower()
    for word in dict.fromkeys((key, _ADDED.sub("", key))):
        places = _places_of_name(document, word) if len(word) >= _SHORTEST_KEY else []
        if len(places) >= _LEAST_NAMED:
            written = Counter(document.text[start:end] for start, end in places).most_common(1)[0][0]
            first = next(place for place in places if document.text[slice(*place)] == written)
            return span_of(document.text, *first)
    return None


def _places_of_name(document: Document, word: str) -> list[tuple[int, int]]:
    """Where a word stands alone, no part of an address; nowhere when it is also written small: then it is no name."""
    found = []
    at = document.lower.find(word)
    while at >= 0:
        end = at + len(word)
        if not _IN_ADDRESS.search(document.text[max(at - 1, 0) : at]) and not _GOES_ON.match(document.text, end):
            if document.text[at].islower():
                return []
            found.append((at, end))
        at = document.lower.find(word, end)
    return found


def _on_board(document: Document, name: str) -> Evidence:
    """Where the payload names the employer; the address of its board where the payload does not, as at Lever."""
    posting = document.posting
    pointer = posting.pointers.get("hiring_organization")
    return Evidence(name, pointer) if pointer else Evidence(posting.url, posting.pointers.get("url"))


def company_domain(document: Document) -> Finding[str] | None:
    """The registered domain of the company's own site: from the posting's URL, the name itself, or the text."""
    return _from_url(document) or _from_name(document) or _from_text(document)


def registered_domain(host: str) -> str | None:
    """`careers.acme.co.uk` -> `acme.co.uk`; None for what is no public host name."""
    host = host.lower().strip(".")
    if not _HOST.fullmatch(host):
        return None
    labels = host.split(".")
    below = 3 if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVELS else 2
    return ".".join(labels[-below:])


def _from_url(document: Document) -> Finding[str] | None:
    domain = _own_domain(document.posting.url)
    if domain is None:
        return None
    return Finding(domain, "own_url", 0.95, (Evidence(quote=document.posting.url, pointer=document.posting.pointers.get("url")),))


@lru_cache(maxsize=4096)
def _domain_of_host(host: str) -> str | None:
    domain = registered_domain(host)
    return domain if domain and domain not in _shared_hosts() else None


def _own_domain(url: str) -> str | None:
    plain = _PLAIN_URL.match(url)
    if plain:
        return _domain_of_host(plain[1])
    try:
        host = urlsplit(url).hostname
    except ValueError:  # such as an unclosed IPv6 bracket
        return None
    return _domain_of_host(host) if host else None


def _from_name(document: Document) -> Finding[str] | None:
    written = stated_employer(document)
    name = written.lower()
    if not _name_as_domain().fullmatch(name):
        return None
    return Finding(
        name,
        "name_is_domain",
        0.85,
        (Evidence(quote=written, pointer=document.posting.pointers.get("hiring_organization")),),
    )


def _from_text(document: Document) -> Finding[str] | None:
    """A domain in the text whose label is the company's name or source key ("acme.com" for Acme)."""
    for key in _labels(stated_employer(document), document.source_key):
        place = _place_of_domain(document.lower, key)
        if place and document.lower[slice(*place)] not in _shared_hosts() and _is_one_word(document.text[slice(*place)]):
            return Finding(document.lower[slice(*place)], "domain_in_text", 0.8, (span_of(document.text, *place),))
    return None


def _place_of_domain(lower: str, label: str) -> tuple[int, int] | None:
    """The first domain of that label. A pattern of its own for each label would take as long to make as three postings to read."""
    at = lower.find(f"{label}.")
    while at >= 0:
        rest = _BEGINS.match(lower, at) and _top_level_behind().match(lower, at + len(label))
        if rest:
            return at, rest.end()
        at = lower.find(f"{label}.", at + 1)
    return None


def _is_one_word(written: str) -> bool:
    """Whether no lost space has made a domain of two sentences: "Work at Acme.In this role"."""
    return written.isupper() or not written.partition(".")[2][0].isupper()


@lru_cache(maxsize=4096)
def _labels(company_name: str, source_key: str) -> list[str]:
    """What the company's domain may be called."""
    key = _spaced(source_key).lower()
    keys = {_NOT_KEY.sub("", name.lower()) for name in (company_name, key, _ADDED.sub("", key))}
    return sorted(key for key in keys if len(key) >= _SHORTEST_KEY)


@cache
def _top_level_behind() -> re.Pattern[str]:
    return re.compile(rf"\.(?:{_top_levels()})(?![\w-]|\.\w)")


@cache
def _name_as_domain() -> re.Pattern[str]:
    return re.compile(rf"[a-z0-9-]+\.(?:{_top_levels()})")


@cache
def _top_levels() -> str:
    """As a pattern: the generic ones, and every country's (ISO 3166), with its own second level or without."""
    countries = "|".join(country.alpha_2.lower() for country in pycountry.countries)
    return rf"{_GENERIC}|(?:(?:{'|'.join(sorted(_SECOND_LEVELS))})\.)?(?:{countries}|uk)"


@cache
def _shared_hosts() -> frozenset[str]:
    lines = (DATA / "shared_hosts.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))
