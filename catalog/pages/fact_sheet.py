"""A job as a sheet of facts, each with where it was read (spec E6): what the job page shows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.text import slugify

from catalog import formats
from catalog.models import Job, JobContent, JobSkill
from catalog.pages.marked_text import Block, Mark, Piece, marked_blocks, marked_line

SOURCES = {"structured": "ATS field", "title": "Title", "text": "Text", "curator": "Curator"}
LONG_CHARS = 70
PLACE_JOINT = " · "
# Which entries of `evidence` stand behind one line of the sheet; the first one present gives source and confidence.
_LINES: Sequence[tuple[str, str, Sequence[str]]] = (
    ("role_title", "Role", ("role_title",)),
    ("seniority_level", "Seniority", ("seniority_level",)),
    ("job_function", "Function", ("job_function",)),
    ("location", "Location", ("location", "locations", "location_city", "location_state", "location_country")),
    ("remote_type", "Workplace", ("remote_type",)),
    ("employment_type", "Employment", ("employment_type",)),
    ("salary", "Pay", ("salary", "salary_min_usd", "salary_max_usd")),
    ("company_name", "Company", ("company_name",)),
    ("company_domain", "Domain", ("company_domain",)),
    ("job_summary", "Summary", ("job_summary",)),
)
_DUTIES = "key_functions_hired_for"


@dataclass(frozen=True, slots=True)
class Quote:
    """One place that supports a fact: an anchor on this page, or a JSON pointer into the ATS's own payload."""

    text: str
    anchor: str = ""
    pointer: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the sheet. `value` is empty when the posting does not state it."""

    key: str
    label: str
    value: str
    note: str = ""
    source: str = ""
    rule: str = ""
    tier: int | None = None
    confidence: float | None = None
    quotes: Sequence[Quote] = ()

    @property
    def anchor(self) -> str:
        """The first place on this page that supports it."""
        return next((quote.anchor for quote in self.quotes if quote.anchor), "")

    @property
    def percent(self) -> int | None:
        return None if self.confidence is None else round(100 * self.confidence)

    @property
    def is_long(self) -> bool:
        """Prose rather than a value."""
        return len(self.value) > LONG_CHARS


@dataclass(frozen=True, slots=True)
class SkillFact:
    """A skill of the job under its canonical name; `anchor` leads to where it stands in the text, else in the title."""

    skill_id: int
    name: str
    surface: str
    kind: str
    anchor: str
    key: str
    mentions: int


@dataclass(frozen=True, slots=True)
class HighlightGroup:
    """All highlights of one label that no fact or skill marks already."""

    key: str
    label: str
    anchor: str
    count: int


@dataclass(frozen=True, slots=True)
class FactSheet:
    """Everything of the job page that is derived from evidence."""

    facts: Sequence[Fact]
    duties: Fact
    title: Sequence[Piece]
    blocks: Sequence[Block]
    skills: Sequence[SkillFact] = field(default_factory=tuple)
    tools: Sequence[SkillFact] = field(default_factory=tuple)
    highlights: Sequence[HighlightGroup] = field(default_factory=tuple)

    @property
    def place(self) -> str:
        """The first place; a job in 27 states has the rest on its line of the sheet."""
        first, *others = next(fact.value for fact in self.facts if fact.key == "location").split(PLACE_JOINT)
        return f"{first} and {len(others)} more" if others else first

    @property
    def not_stated(self) -> list[str]:
        """Labels of the facts that the posting does not state."""
        return [fact.label.lower() for fact in self.facts if not fact.value]


def fact_sheet(job: Job, content: JobContent, job_skills: Iterable[JobSkill]) -> FactSheet:
    """The sheet of one job. Reads nothing from the database."""
    places = _Places(job.title, content.text)
    facts = [_fact(key, label, names, job, content, places) for key, label, names in _LINES]
    duties = _fact(_DUTIES, "Hired for", (_DUTIES,), job, content, places)
    skills = [_skill(row, places) for row in job_skills]
    highlights = _highlight_groups(content.highlights, places)
    return FactSheet(
        facts=facts,
        duties=duties,
        title=marked_line(job.title, places.in_title),
        blocks=marked_blocks(content.text, places.in_text),
        skills=[s for s in skills if s.kind == "skill"],
        tools=[s for s in skills if s.kind == "tool"],
        highlights=highlights,
    )


class _Places:
    """Gives every span an anchor, and remembers the marks of title and text."""

    def __init__(self, title: str, text: str) -> None:
        self.title, self.text = title, text
        self.in_title: list[Mark] = []
        self.in_text: list[Mark] = []
        self._used: dict[str, int] = {}

    def quote(self, key: str, source: str, span: Mapping[str, Any]) -> Quote:
        """A quote with an anchor when its span really holds it, else with the pointer alone."""
        text, start, end = span.get("quote") or "", span.get("start"), span.get("end")
        pointer = span.get("pointer") or ""
        whole, marks = (self.title, self.in_title) if pointer else (self.text, self.in_text)
        if start is None or end is None or whole[start:end] != text or (pointer and source != "title"):
            return Quote(text, pointer=pointer)
        return Quote(text, anchor=self._mark(marks, key, start, end), pointer=pointer)

    def anchor(self, key: str, start: int, end: int) -> str:
        return self._mark(self.in_text, key, start, end)

    def anchor_in_title(self, key: str, surface: str) -> str:
        """Empty when the title does not hold it as a whole word: somebody corrected the title."""
        found = re.search(rf"(?<!\w){re.escape(surface)}(?!\w)", self.title)
        return self._mark(self.in_title, key, *found.span()) if found else ""

    def _mark(self, marks: list[Mark], key: str, start: int, end: int) -> str:
        number = self._used[key] = self._used.get(key, 0) + 1
        anchor = f"e-{key}" if number == 1 else f"e-{key}-{number}"
        marks.append(Mark(key, start, end, anchor))
        return anchor


def _fact(key: str, label: str, names: Sequence[str], job: Job, content: JobContent, places: _Places) -> Fact:
    value, note = _value(key, job, content)
    items = [content.evidence[name] for name in names if name in content.evidence]
    if not value or not items:
        return Fact(key, label, value, note)
    first = items[0]
    return Fact(
        key=key,
        label=label,
        value=value,
        note=note,
        source=SOURCES.get(first["source"], first["source"]),
        rule=first["rule"],
        tier=first["tier"],
        confidence=first["confidence"],
        quotes=list(_quotes(key, items, places)),
    )


def _quotes(key: str, items: Iterable[Mapping[str, Any]], places: _Places) -> Iterator[Quote]:
    seen = set()
    for item in items:
        for span in item["spans"]:
            identity = (span.get("pointer"), span.get("start"), span.get("end"), span.get("quote"))
            if identity not in seen:
                seen.add(identity)
                yield places.quote(key, item["source"], span)


def _value(key: str, job: Job, content: JobContent) -> tuple[str, str]:
    """What the line says, and a note beside it."""
    match key:
        case "location":
            return _location(job, content)
        case "salary":
            return _salary(job, content)
        case "job_summary":
            return content.job_summary, ""
        case "key_functions_hired_for":
            return "; ".join(content.key_functions_hired_for), ""
        case "seniority_level" | "job_function" | "remote_type" | "employment_type":
            return ("", "") if getattr(job, key) == "unknown" else (getattr(job, f"get_{key}_display")(), "")
        case _:
            return getattr(job, key) or "", ""


def _location(job: Job, content: JobContent) -> tuple[str, str]:
    known = [formats.place(p.get("city"), p.get("state"), p.get("country"), p.get("region")) for p in content.locations]
    stated = PLACE_JOINT.join(dict.fromkeys(filter(None, known))) or job.location_text
    return stated, "" if stated == job.location_text or not job.location_text else f"stated as “{job.location_text}”"


def _salary(job: Job, content: JobContent) -> tuple[str, str]:
    usd = formats.usd_per_year(job.salary_min_usd, job.salary_max_usd)
    if not content.salary:
        return usd, ""
    stated = formats.pay(content.salary)
    return stated, "" if not usd or usd == stated else f"{usd} in US dollars"


def _skill(row: JobSkill, places: _Places) -> SkillFact:
    key = f"skill-{row.skill_id}"
    anchor = places.anchor_in_title(key, row.surface) if row.start is None or row.end is None else places.anchor(key, row.start, row.end)
    return SkillFact(row.skill_id, row.skill.name, row.surface, row.skill.kind, anchor, key, row.mentions)


def _highlight_groups(highlights: Iterable[Mapping[str, Any]], places: _Places) -> list[HighlightGroup]:
    marked = {(mark.start, mark.end) for mark in places.in_text}
    anchors: dict[str, list[str]] = {}
    for highlight in highlights:
        label, start, end = highlight["label"], highlight["start_char"], highlight["end_char"]
        if (start, end) not in marked and places.text[start:end] == highlight["text"]:
            anchors.setdefault(label, []).append(places.anchor(f"highlight-{slugify(label)}", start, end))
    return [
        HighlightGroup(f"highlight-{slugify(label)}", label.replace("_", " "), found[0], len(found)) for label, found in anchors.items()
    ]
