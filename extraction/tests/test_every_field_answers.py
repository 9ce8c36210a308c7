"""Every field that a record states answers: where from, which tier, which span or pointer, how sure (spec E6)."""

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest

from catalog.vocabulary.vocabulary_csv import read_vocabulary
from extraction.document import Document
from extraction.documents import Received, documents_from
from extraction.evidence import Evidence
from extraction.providers.base import FieldEvidence, FieldSource, Result
from extraction.providers.rules import RulesProvider
from extraction.rules.skills import Matcher
from extraction.schema import JobExtractedV1
from ingestion.ats.registry import adapter, adapters

ABOUT_THE_RECORD = {"source_type", "source_key", "source_job_id", "highlights", "confidence", "needs_tier2"}
MEMBER_OF = {
    "location_city": "location", "location_state": "location", "location_country": "location",
    "salary_min_usd": "salary", "salary_max_usd": "salary",
}  # fmt: skip
SAMPLES = Path(__file__).resolve().parents[2] / "ingestion" / "ats" / "samples"


@pytest.fixture(scope="module")
def provider() -> RulesProvider:
    return RulesProvider(Matcher(read_vocabulary()))


def stated(result: Result) -> Iterator[tuple[str, FieldEvidence | None]]:
    """Fields that state something, each with the evidence that answers for it."""
    for field in set(JobExtractedV1.model_fields) - ABOUT_THE_RECORD:
        if getattr(result.record, field) not in (None, "", [], "unknown"):
            yield field, result.evidence.get(MEMBER_OF.get(field, field))


def at_pointer(payload: Any, pointer: str) -> Any:
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        payload = payload[int(key)] if isinstance(payload, list) else payload[key]
    return payload


def holds(value: Any, quote: str) -> bool:
    """Whether a member of the payload says the quote, outer space and entities apart."""
    if isinstance(value, Mapping):
        return any(holds(member, quote) for member in value.values())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return any(holds(member, quote) for member in value)
    return quote.strip() in " ".join(html.unescape(str(value)).split()) or quote.strip() in html.unescape(str(value))


def is_there(span: Evidence, document: Document, payload: Any) -> bool:
    if span.in_text:
        return document.text[span.start : span.end] == span.quote
    if span.pointer is None or not span.quote:
        return False
    if span.pointer == document.posting.pointers.get("title") and span.start is not None:
        return document.posting.title[span.start : span.end] == span.quote and bool(at_pointer(payload, span.pointer))
    value = at_pointer(payload, span.pointer)
    return holds(value, span.quote) or _states_amounts(value, span.quote)


def _states_amounts(value: Any, quote: str) -> bool:
    """Pay of a structured range is quoted with its amounts, which the range holds in units or in cents."""
    if not isinstance(value, Mapping):
        return False
    held = {float(number) for number in value.values() if isinstance(number, int | float)}
    amounts = {float(number) for number in re.findall(r"\d+(?:\.\d+)?", quote)}
    return bool(amounts) and amounts <= held | {cents / 100 for cents in held}


def unanswered(document: Document, result: Result, payload: Any) -> list[str]:
    faults = []
    for field, entry in stated(result):
        if entry is None or not entry.rule or entry.tier != 0 or entry.source not in FieldSource or not 0 < entry.confidence <= 1:
            faults.append(f"{field}: {entry}")
        elif not entry.spans or not all(is_there(span, document, payload) for span in entry.spans):
            faults.append(f"{field}: {entry.rule} {[span for span in entry.spans if not is_there(span, document, payload)]}")
    return faults


def read(paths: Sequence[Path], source_type: str) -> Iterator[tuple[Document, Any]]:
    for path in paths:
        found = orjson.loads(path.read_bytes())
        payloads = found["jobs"] if isinstance(found, dict) else found
        postings = [adapter(source_type).parse(payload) for payload in payloads]
        received = [Received(posting, posting.hiring_organization or path.stem, source_type, path.stem.lower()) for posting in postings]
        yield from zip(documents_from(received), payloads, strict=True)


@pytest.mark.parametrize("source_type", ["greenhouse", "lever"])
def test_every_field_of_the_recorded_postings_answers(data_dir: Path, provider: RulesProvider, source_type: str) -> None:
    pairs = list(read(sorted((data_dir / "ats" / source_type).glob("*.json")), source_type))
    results = provider.extract([document for document, _ in pairs])
    faults = [
        f"{document.source_key} {document.posting.source_job_id} {fault}"
        for (document, payload), result in zip(pairs, results, strict=True)
        for fault in unanswered(document, result, payload)
    ]
    assert faults == []
    assert sum(len(list(stated(result))) for result in results) > 8 * len(results)


@pytest.mark.parametrize("source_type", sorted(adapters()))
def test_every_field_of_an_adapters_sample_answers(provider: RulesProvider, source_type: str) -> None:
    for document, payload in read([SAMPLES / f"{source_type}.json"], source_type):
        assert unanswered(document, provider.extract([document])[0], payload) == []
