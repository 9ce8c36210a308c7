"""The kind of employment: from the ATS's own field, the title, then what the text says of this very job.

Benefits "for full-time employees", a hope of "transition to full-time" and the company's contractors say nothing. Two kinds
offered side by side (permanent or contract) are `unknown`, except that part-time work on a contract is a contract.
The words that name each kind stand in `data/employment_words.tsv`, the text's clues in `data/employment_clues.tsv`.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from functools import cache, lru_cache

from extraction.data_files import DATA
from extraction.document import Document
from extraction.evidence import Evidence, Finding
from extraction.rules.clues import Clue, load_clues
from extraction.rules.needed_words import GatedPattern, GatedPatterns
from extraction.schema import EmploymentType

FULL, PART, CONTRACT = EmploymentType.FULL_TIME, EmploymentType.PART_TIME, EmploymentType.CONTRACT

_WORDS = DATA / "employment_words.tsv"
_CONFIDENCE = {3: 0.85, 2: 0.65}
_NOTHING_SAID = Finding(EmploymentType.UNKNOWN, "employment.nothing_said", 0.6)

_FIELD_NAME = re.compile(
    r"employ\w* (?:type|status|category)|commitment|contract|(?:job|time|worker|position|requisition|req|work(?:ing)? time) ?type"
    r"|full[- /]?time|flsa|worker",
    re.IGNORECASE,
)
_LASTING_CONTRACT = re.compile(
    r"(?:unlimited|permanent|indefinite) contract|contrat (?:à durée indéterminée|cdi)|unbefristet\w*|contrato indefinido", re.IGNORECASE
)
_OWN_ACCOUNT = re.compile(
    r"freelanc|freiberuf|freie[rn]? mit|selbst|zzp|zelfstandig|self.employed|independent|1099|régie|portage", re.IGNORECASE
)
# Part-time work that lasts is still part-time: "Teilzeit, unbefristet".
_LASTING = re.compile(
    r"\W*(?:unbefristet\w*|festanstellung|(?:en |contrat )?cdi|durée indéterminée|(?:contrato )?indefinido|vast contract|onbepaalde tijd"
    r"|tillsvidare)\W*",
    re.IGNORECASE,
)
# Nor is it part-time work where one may choose: "Teilzeit oder Vollzeit, unbefristet".
_EITHER_TIME = re.compile(r"(?:voll|teil)zeit\W*(?:oder|und|/)\W*(?:voll|teil)zeit|\b(?:full|part)[- ]time or (?:full|part)", re.IGNORECASE)
_EITHER = re.compile(r"/|\b(?:or|ou|oder|und|o)\b", re.IGNORECASE)
_MONTHS_CONTRACT = re.compile(
    r"\b\d+[- ]?(?:months?|mths?|mos?)\b[^,;]{0,12}(?:contract|ftc|fixed)|\bcontract\b[^,;]{0,12}\b\d+[- ]?(?:months?|mths?)", re.IGNORECASE
)


def employment_type(document: Document) -> Finding[EmploymentType]:
    """The kind of employment of this job; `unknown` with no evidence when the posting says nothing about it."""
    return _stated(document) or _in_title_or_own_account(document) or _said(document) or _NOTHING_SAID


def _in_title_or_own_account(document: Document) -> Finding[EmploymentType] | None:
    """What the title says; an interim manager on own account has a contract."""
    title = _title(document)
    if title is None or title.value is not EmploymentType.TEMPORARY:
        return title
    said = _said(document)
    return said if said and said.value is CONTRACT and _OWN_ACCOUNT.search(said.evidence[0].quote) else title


def _stated(document: Document) -> Finding[EmploymentType] | None:
    for value, pointer in _fields(document):
        kind = _of_value(value)
        if kind:
            rule = "employment.ats_field_offers_two" if kind is EmploymentType.UNKNOWN else "employment.ats_field"
            return Finding(kind, rule, 0.95, (Evidence(quote=value, pointer=pointer),))
    return None


def _fields(document: Document) -> Iterator[tuple[str, str | None]]:
    posting = document.posting
    if posting.employment_type:
        yield posting.employment_type, posting.pointers.get("employment_type")
    yield from ((field.value, field.pointer) for field in posting.fields if _is_called_after_employment(field.name))


@lru_cache(maxsize=4096)
def _is_called_after_employment(field: str) -> bool:
    return _FIELD_NAME.search(field) is not None


@lru_cache(maxsize=4096)
def _of_value(value: str) -> EmploymentType | None:
    """A commitment or contract field read as a kind; `unknown` when it offers two, None when it speaks of something else."""
    if _LASTING_CONTRACT.search(value):
        return FULL
    kinds = [kind for kind, words in _words("field") if words.pattern.search(value)]
    if FULL in kinds and len(kinds) > 1:  # "Full-time Contract" and "Intern (full-time)" are the other kind
        if PART in kinds or _EITHER.search(value):
            return EmploymentType.UNKNOWN
        kinds.remove(FULL)
    if CONTRACT in kinds and PART in kinds:
        return CONTRACT
    return kinds[0] if kinds else None


def _title(document: Document) -> Finding[EmploymentType] | None:
    title = document.posting.title
    months = _MONTHS_CONTRACT.search(title)
    if months:
        return Finding(EmploymentType.TEMPORARY, "employment.title_months", 0.85, (_in_title(document, months),))
    kinds, gates = _words("title"), _title_gates()
    found = [(kind, match) for kind, words in map(kinds.__getitem__, gates.with_words(title)) if (match := words.pattern.search(title))]
    if not found or {kind for kind, _ in found} >= {FULL, PART}:
        return None
    kind, match = found[0]
    return Finding(kind, "employment.title", 0.9, (_in_title(document, match),))


def _in_title(document: Document, match: re.Match[str]) -> Evidence:
    pointer = document.posting.pointers.get("title", "/title")
    return Evidence(quote=match[0], pointer=pointer, start=match.start(), end=match.end())


def _said(document: Document) -> Finding[EmploymentType] | None:
    clues = load_clues("employment").read(document)
    if not clues:
        return None
    plainest = [clue for clue in clues if clue.strength == clues[0].strength]
    if {clue.value for clue in plainest} >= {FULL.value, PART.value}:
        lasting = all(_LASTING.fullmatch(clue.evidence.quote) for clue in plainest if clue.value == FULL.value)
        if lasting and not _EITHER_TIME.search(document.text):
            return _as_said(next(clue for clue in plainest if clue.value == PART.value))
        both = tuple(clue.evidence for clue in plainest if clue.value in (FULL, PART))
        return Finding(EmploymentType.UNKNOWN, "employment.text_offers_two", 0.6, both)
    return _as_said(clues[0])


def _as_said(clue: Clue) -> Finding[EmploymentType]:
    return Finding(EmploymentType(clue.value), f"employment.text_{clue.strength}", _CONFIDENCE[clue.strength], (clue.evidence,))


@cache
def _words(place: str) -> tuple[tuple[EmploymentType, GatedPattern], ...]:
    """(kind, words) for `field` or `title`. Their order decides: "Part-time contract" is read as part-time first."""
    with _WORDS.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if row["place"] == place]
    kinds = dict.fromkeys(row["value"] for row in rows)
    return tuple(
        (
            EmploymentType(kind),
            GatedPattern(r"\b(?:" + "|".join(row["pattern"] for row in rows if row["value"] == kind) + ")", re.IGNORECASE),
        )
        for kind in kinds
    )


@cache
def _title_gates() -> GatedPatterns:
    return GatedPatterns([words for _, words in _words("title")])
