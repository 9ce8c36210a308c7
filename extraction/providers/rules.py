"""Provider `rules` (tier 0): every field of the record by deterministic rules, with evidence and a confidence. Free, always there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, ClassVar

from extraction.calibration import NOTHING, Calibration, bin_of, load_calibration, origin_of
from extraction.document import Document
from extraction.evidence import Evidence, Finding
from extraction.language import language_notes
from extraction.providers.base import FieldEvidence, FieldSource, Result
from extraction.routing import tier2_reasons
from extraction.rules.company import company_domain, company_name
from extraction.rules.currency import usd_per_year
from extraction.rules.employment import employment_type
from extraction.rules.function import job_function
from extraction.rules.highlights import highlights
from extraction.rules.key_functions import key_functions
from extraction.rules.location import locations
from extraction.rules.remote import remote_type
from extraction.rules.role_title import role_title
from extraction.rules.salary import salary
from extraction.rules.seniority import seniority
from extraction.rules.skills import Matcher, SkillMatch
from extraction.rules.summary import job_summary
from extraction.rules.version import rules_version
from extraction.schema import (
    EmploymentType,
    ExtractionDetails,
    JobExtractedV1,
    JobFunction,
    LocationDetails,
    RemoteType,
    SalaryDetails,
    Seniority,
)

CONFIDENCE_WEIGHTS: Mapping[str, float] = {
    "company_name": 0.10,
    "role_title": 0.15,
    "seniority_level": 0.15,
    "job_function": 0.15,
    "location": 0.15,
    "remote_type": 0.10,
    "employment_type": 0.05,
    "job_summary": 0.10,
    "skills_raw": 0.05,
}
"""The record's confidence is the mean of these fields' confidences, weighted by how much a reader relies on each: about the share
of the record that is right."""

_LABELS = {
    "role": "job_summary",
    "title": "role_title",
    "seniority": "seniority_level",
    "function": "job_function",
    "responsibilities": "key_functions_hired_for",
    "location": "location",
    "remote_type": "remote_type",
    "employment_type": "employment_type",
    "salary": "salary",
    "company": "company_domain",
}
"""The field behind each label of a highlight."""

_SKILLS_FOUND, _NO_SKILLS = 0.9, 0.3
# A member of an enum by its name takes ten times as long, and every field asks for one.
_TEXT, _TITLE, _STRUCTURED = FieldSource.TEXT, FieldSource.TITLE, FieldSource.STRUCTURED
_NO_PLACE = 0.3


class RulesProvider:
    """Build once per vocabulary and share: it holds no state of a posting."""

    name: ClassVar[str] = "rules"
    tier: ClassVar[int] = 0

    def __init__(self, matcher: Matcher, calibration: Calibration | None = None) -> None:
        """`calibration`: how the rules' own scores become probabilities; by default as the project's table says."""
        self._matcher = matcher
        self._calibration = load_calibration() if calibration is None else calibration

    @property
    def version(self) -> str:
        """Checksum of rules and their tables, then the vocabulary's."""
        return f"{rules_version()}+{self._matcher.version}"

    def extract(self, documents: Sequence[Document]) -> list[Result]:
        """The records of postings, in their order. Never raises on odd input: what cannot be read is unknown or null."""
        return [_assembled(facts) for facts in _facts_of(documents, self._matcher, self._calibration)]


def _facts_of(documents: Sequence[Document], matcher: Matcher, calibration: Calibration) -> list[_Facts]:
    """Rule by rule over all documents: what one rule needs then stays in the processor's caches, a fifth of all rules' time."""
    places = list(map(locations, documents))
    columns = zip(
        documents,
        list(map(company_name, documents)),
        list(map(company_domain, documents)),
        list(map(role_title, documents)),
        list(map(seniority, documents)),
        list(map(job_function, documents)),
        places,
        list(map(remote_type, documents)),
        list(map(employment_type, documents)),
        list(map(salary, documents, places)),
        list(map(job_summary, documents)),
        list(map(key_functions, documents)),
        matcher.match_all(documents),
        matcher.match_titles(documents),
        strict=True,
    )
    return [_Facts(calibration, *row) for row in columns]


@dataclass(eq=False)  # to make a frozen one of so many fields takes three times as long
class _Facts:
    """The findings of all rules for one document."""

    calibration: Calibration
    document: Document
    company_name: Finding[str]
    company_domain: Finding[str] | None
    role_title: Finding[str]
    seniority_level: Finding[Seniority]
    job_function: Finding[JobFunction]
    locations: Sequence[Finding[LocationDetails]]
    remote_type: Finding[RemoteType]
    employment_type: Finding[EmploymentType]
    salary: Finding[SalaryDetails] | None
    job_summary: Finding[str]
    key_functions: Finding[tuple[str, ...]]
    skills: Sequence[SkillMatch]
    title_skills: Sequence[SkillMatch]

    @cached_property
    def named(self) -> dict[str, Finding[Any]]:
        """Findings by the field of the record they fill; fields without a finding are absent."""
        place = self.locations[0] if self.locations else None
        found: dict[str, Finding[Any] | None] = {
            "company_name": self.company_name,
            "company_domain": self.company_domain,
            "role_title": self.role_title,
            "seniority_level": self.seniority_level,
            "job_function": self.job_function,
            "location": place,
            "remote_type": self.remote_type,
            "employment_type": self.employment_type,
            "salary": self.salary,
            "job_summary": self.job_summary,
            "key_functions_hired_for": self.key_functions,
        }
        return {field: finding for field, finding in found.items() if finding is not None}

    @cached_property
    def confidences(self) -> dict[str, float]:
        """How probably each field is right, calibrated; those without evidence are right where nothing is to be found."""
        origin = origin_of(self.document.posting)
        sure = {}
        for field, finding in self.named.items():
            found = bin_of(field, finding.rule if finding.evidence else NOTHING, origin, finding.value)
            sure[field] = self.calibration.probability(found, finding.confidence)
        if "location" not in sure:
            sure["location"] = self.calibration.probability(bin_of("location", NOTHING, origin, None), _NO_PLACE)
        return sure

    def confidence(self) -> float:
        """Weighted by `CONFIDENCE_WEIGHTS`; 0..1, two digits."""
        found = self.confidences | {"skills_raw": _SKILLS_FOUND if self.skills or self.title_skills else _NO_SKILLS}
        return round(sum(weight * found[field] for field, weight in CONFIDENCE_WEIGHTS.items()), 2)


def _assembled(facts: _Facts) -> Result:
    in_dollars, notes = dollars(facts.salary.value if facts.salary else None, facts.document.posting.date_posted)
    place = facts.locations[0].value if facts.locations else LocationDetails()
    terms = _terms(facts)
    routed: dict[str, Any] = {
        "company_name": facts.company_name.value[:300],
        "role_title": facts.role_title.value[:500],
        "job_summary": facts.job_summary.value,
        "skills_raw": [span.quote for span in terms["skill"]],
        "confidence": facts.confidence(),
    }
    stated: dict[str, Any] = {
        "source_type": facts.document.source_type,
        "source_key": facts.document.source_key,
        "source_job_id": facts.document.posting.source_job_id,
        "company_domain": facts.company_domain.value if facts.company_domain else None,
        "seniority_level": facts.seniority_level.value,
        "job_function": facts.job_function.value,
        "location_city": place.city,
        "location_state": place.state,
        "location_country": place.country,
        "remote_type": facts.remote_type.value,
        "employment_type": facts.employment_type.value,
        "salary_min_usd": in_dollars[0],
        "salary_max_usd": in_dollars[1],
        "key_functions_hired_for": list(facts.key_functions.value),
        "tools_raw": [span.quote for span in terms["tool"]],
        "needs_tier2": bool(tier2_reasons(**routed, text_length=len(facts.document.text))),
    }
    # Highlights are cut from the text here, dozens in a record: to have them checked would cost twice what the rest of it does.
    spans = highlights(facts.document, _labelled(facts), facts.skills)
    record = JobExtractedV1.model_validate(routed | stated).model_copy(update={"highlights": spans})
    details = ExtractionDetails(
        salary=facts.salary.value if facts.salary else None,
        locations=[finding.value for finding in facts.locations],
        language=facts.document.language,
        notes=notes + language_notes(facts.document.language),
    )
    return Result(record, details, _evidence(facts, terms), tuple(facts.skills), tuple(facts.title_skills))


def dollars(stated: SalaryDetails | None, posted: datetime | None) -> tuple[tuple[int | None, int | None], list[str]]:
    """((min, max) in US dollars a year, notes): no rate leaves both null and says so."""
    if stated is None:
        return (None, None), []
    on = posted.date() if posted else date.max  # undated postings take the newest rate there is
    converted = usd_per_year(stated, on)
    if converted is None:
        return (None, None), [_no_rate(stated, on)]
    return converted, []


def _no_rate(stated: SalaryDetails, on: date) -> str:
    day = "any day" if on == date.max else on.isoformat()
    return f"No exchange rate for {stated.currency} on {day}: pay is kept in its own currency only."


def _labelled(facts: _Facts) -> dict[str, Sequence[Evidence]]:
    """Evidence by the label of its highlights."""
    named = facts.named
    return {label: named[field].evidence for label, field in _LABELS.items() if field in named}


def _evidence(facts: _Facts, terms: Mapping[str, Sequence[Evidence]]) -> dict[str, FieldEvidence]:
    """Every field that states something, with where it stands."""
    title = _title_pointer(facts)
    confidences = facts.confidences
    found = {
        field: FieldEvidence(_source(spans[0], title), "skills.vocabulary", RulesProvider.tier, _SKILLS_FOUND, tuple(spans))
        for field, spans in (("skills_raw", terms["skill"]), ("tools_raw", terms["tool"]))
        if spans
    }
    for field, finding in facts.named.items():
        if finding.evidence:
            source = _source(finding.evidence[0], title)
            found[field] = FieldEvidence(source, finding.rule, RulesProvider.tier, confidences[field], finding.evidence)
    return found


def _terms(facts: _Facts) -> dict[str, list[Evidence]]:
    """By kind, where the vocabulary's terms are named first: each written form once regardless of case, in order of appearance."""
    first: dict[str, dict[str, Evidence]] = {"skill": {}, "tool": {}}
    for pointer, matches in ((_title_pointer(facts), facts.title_skills), (None, facts.skills)):
        for term, surface, start, end, _ in matches:
            known = first[term.kind]
            form = surface.casefold()
            if form not in known:
                known[form] = Evidence(surface, pointer, start, end)
    return {kind: list(forms.values()) for kind, forms in first.items()}


def _title_pointer(facts: _Facts) -> str:
    return facts.document.posting.pointers.get("title", "/title")


def _source(span: Evidence, title: str) -> FieldSource:
    if span.in_text:
        return _TEXT
    return _TITLE if span.pointer == title else _STRUCTURED
