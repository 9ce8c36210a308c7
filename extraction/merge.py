"""One record of two: for each field the value with the best evidence (spec E6).

The ATS's own field, then rules that can show their words, then a model whose words were found, then nothing. Closed questions
(level, function, remote, employment) are the exception: a rule that is less sure of its reading than `SURE_ENOUGH` gives way to a model
that read the same posting, since choosing among words that all stand there is what models do better (docs/decisions.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from extraction.calibration import CLOSED_FIELDS, NOTHING, bin_of, load_calibration, origin_of
from extraction.document import Document
from extraction.evidence import Evidence, Finding
from extraction.grounding import Found
from extraction.llm.stated import CONFIDENCE, Stated
from extraction.providers.base import FieldEvidence, FieldSource, Result, Usage
from extraction.providers.rules import CONFIDENCE_WEIGHTS, dollars
from extraction.routing import CONFIDENCE_THRESHOLD, tier2_reasons
from extraction.rules.highlights import MAX_HIGHLIGHTS
from extraction.schema import ExtractionDetails, JobExtractedV1, LocationDetails

SURE_ENOUGH = CONFIDENCE_THRESHOLD
# A field nobody had words for counts this much in the record's confidence; it is what rules say of a place they do not find.
_NOTHING_FOUND = 0.3
_SKILLS_FOUND = 0.9
_MOST_TERMS = 200
_LABELS = {
    "job_summary": "role",
    "role_title": "title",
    "seniority_level": "seniority",
    "job_function": "function",
    "key_functions_hired_for": "responsibilities",
    "location": "location",
    "remote_type": "remote_type",
    "employment_type": "employment_type",
    "salary": "salary",
}
_LONGEST_HIGHLIGHT = 1000


def merge(base: Result, stated: Stated, document: Document, *, tier: int, usage: Usage) -> Result:
    """The base record with what a model of `tier` adds to it. Nothing that the base shows words for is lost."""
    taken = {name: finding for name, finding in stated.findings.items() if takes(base.evidence.get(name), name, tier)}
    evidence = {**base.evidence, **{name: _evidence(finding, document, tier) for name, finding in taken.items()}}
    skills, tools = _added(base.record.skills_raw, stated.skills), _added(base.record.tools_raw, stated.tools)
    for name, spans in (("skills_raw", skills), ("tools_raw", tools)):
        if spans:
            known = base.evidence[name].spans if name in base.evidence else ()
            evidence[name] = FieldEvidence(FieldSource.TEXT, "llm", tier, _NOTHING_FOUND, (*known, *spans))
    values = base.record.model_dump() | _values(taken, document)
    values["skills_raw"] = [*base.record.skills_raw, *(span.quote for span in skills)][:_MOST_TERMS]
    values["tools_raw"] = [*base.record.tools_raw, *(span.quote for span in tools)][:_MOST_TERMS]
    values["highlights"] = _highlights(base.record, taken)
    values["confidence"] = _confidence(base, taken, document, has_skills=bool(values["skills_raw"] or values["tools_raw"]))
    values["needs_tier2"] = bool(_reasons(values, document))
    details = _details(base.details, taken, document).model_copy(update={"answer_stated": stated.stated, "answer_located": stated.located})
    return replace(base, record=JobExtractedV1.model_validate(values), details=details, evidence=evidence, usage=usage)


def takes(known: FieldEvidence | None, name: str, tier: int) -> bool:
    """Whether a field with this evidence takes a located value of a model of `tier`."""
    if known is None or not known.spans:
        return True
    if known.source is FieldSource.STRUCTURED:
        return False
    if known.tier > 0:  # a model of a lower tier said it
        return tier > known.tier
    return name in CLOSED_FIELDS and known.confidence < SURE_ENOUGH


def _extended(known: FieldEvidence | None, spans: Sequence[Evidence], tier: int) -> FieldEvidence:
    """Terms that the rules found stay; a model's come after them."""
    if known is None:
        return FieldEvidence(FieldSource.TEXT, "llm", tier, CONFIDENCE[Found.EXACT], tuple(spans))
    return replace(known, rule=f"{known.rule}+llm", tier=tier, spans=(*known.spans, *spans))


def _evidence(finding: Finding[Any], document: Document, tier: int) -> FieldEvidence:
    title = document.posting.pointers.get("title", "/title")
    source = FieldSource.TITLE if finding.evidence[0].pointer == title else FieldSource.TEXT
    return FieldEvidence(source, finding.rule, tier, finding.confidence, finding.evidence)


def _values(taken: Mapping[str, Finding[Any]], document: Document) -> dict[str, Any]:
    """Members of the record that the taken findings fill."""
    plain = {name: finding.value for name, finding in taken.items() if name not in ("location", "salary")}
    for name, longest in (("company_name", 300), ("role_title", 500)):
        if name in plain:
            plain[name] = plain[name][:longest]
    if "key_functions_hired_for" in plain:
        plain["key_functions_hired_for"] = list(plain["key_functions_hired_for"])
    place: LocationDetails | None = taken["location"].value if "location" in taken else None
    if place:
        plain |= {"location_city": place.city, "location_state": place.state, "location_country": place.country}
    if "salary" in taken:
        (low, high), _ = dollars(taken["salary"].value, document.posting.date_posted)
        plain |= {"salary_min_usd": low, "salary_max_usd": high}
    return plain


def _details(details: ExtractionDetails, taken: Mapping[str, Finding[Any]], document: Document) -> ExtractionDetails:
    changes: dict[str, Any] = {}
    if "salary" in taken:
        _, notes = dollars(taken["salary"].value, document.posting.date_posted)
        changes |= {"salary": taken["salary"].value, "notes": [*details.notes, *notes]}
    if "location" in taken:
        changes["locations"] = [taken["location"].value]
    return details.model_copy(update=changes)


def _added(known: Sequence[str], spans: Sequence[Evidence]) -> list[Evidence]:
    """Terms that the record does not have yet, whatever their case."""
    seen = {name.casefold() for name in known}
    return [span for span in spans if span.quote.casefold() not in seen]


def _highlights(record: JobExtractedV1, taken: Mapping[str, Finding[Any]]) -> list[dict[str, Any]]:
    """The base's highlights, those of the fields that were taken over replaced by the new ones."""
    replaced = {_LABELS[name] for name in taken if name in _LABELS}
    spans = {(h["start_char"], h["end_char"], h["label"], h["text"]) for h in record.highlights if h["label"] not in replaced}
    for name, finding in taken.items():
        if name in _LABELS:
            spans |= {
                (span.start, span.end, _LABELS[name], span.quote)
                for span in finding.evidence
                if span.in_text and span.start is not None and span.end is not None and len(span.quote) <= _LONGEST_HIGHLIGHT
            }
    kept = sorted(spans)[:MAX_HIGHLIGHTS]
    return [{"label": label, "text": text, "start_char": start, "end_char": end} for start, end, label, text in kept]


def _confidence(base: Result, taken: Mapping[str, Finding[Any]], document: Document, *, has_skills: bool) -> float:
    """The base's, moved by what each field that was taken over gains or loses; 0..1, two digits."""
    total = base.record.confidence
    for name, finding in taken.items():
        known = base.evidence.get(name)
        before = known.confidence if known else _sure_of_nothing(name, document)
        total += CONFIDENCE_WEIGHTS.get(name, 0.0) * (finding.confidence - before)
    if has_skills and not (base.record.skills_raw or base.record.tools_raw):
        total += CONFIDENCE_WEIGHTS.get("skills_raw", 0.0) * (_SKILLS_FOUND - _NOTHING_FOUND)
    return round(min(max(total, 0.0), 1.0), 2)


def _sure_of_nothing(field: str, document: Document) -> float:
    """What a field without words counts in the base's confidence: how often finding nothing is right."""
    return load_calibration().probability(bin_of(field, NOTHING, origin_of(document.posting), None), _NOTHING_FOUND)


def _reasons(values: Mapping[str, Any], document: Document) -> Sequence[str]:
    return tier2_reasons(
        confidence=values["confidence"],
        company_name=values["company_name"],
        role_title=values["role_title"],
        job_summary=values["job_summary"],
        skills_raw=values["skills_raw"],
        text_length=len(document.text),
    )
