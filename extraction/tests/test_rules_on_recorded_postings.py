"""The rules over the real responses: no crash, every span exact, highlights nearly everywhere."""

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from catalog.vocabulary.vocabulary_csv import read_vocabulary
from extraction.document import Document
from extraction.providers.rules import RulesProvider
from extraction.rules.skills import Matcher
from extraction.tests.documents import document_from
from ingestion.ats.registry import adapter

LONG = 800


def documents(data_dir: Path) -> Iterator[Document]:
    for source_type in ("greenhouse", "lever"):
        for path in sorted((data_dir / "ats" / source_type).glob("*.json")):
            found = orjson.loads(path.read_bytes())
            payloads = found["jobs"] if isinstance(found, dict) else found
            for payload in payloads:
                posting = adapter(source_type).parse(payload)
                yield document_from(posting, posting.hiring_organization or path.stem, source_type, path.stem.lower())


@pytest.fixture(scope="module")
def results(data_dir: Path) -> list[tuple[Document, object]]:
    provider = RulesProvider(Matcher(read_vocabulary()))
    return [(document, result) for document in documents(data_dir) for result in provider.extract([document])]


def test_all_1081_postings_are_read(results) -> None:
    assert len(results) == 1081
    assert all(result.record.company_name and result.record.role_title for _, result in results)


def test_every_highlight_and_span_is_exact(results) -> None:
    for document, result in results:
        assert all(document.text[h["start_char"] : h["end_char"]] == h["text"] for h in result.record.highlights)
        spans = [span for found in result.evidence.values() for span in found.spans if span.in_text]
        assert all(document.text[span.start : span.end] == span.quote for span in spans)
        assert all(document.text[match.start : match.end] == match.surface for match in result.skills)


def test_nearly_all_long_postings_have_highlights_of_three_labels(results) -> None:
    labels = [{h["label"] for h in result.record.highlights} for document, result in results if len(document.text) > LONG]
    assert sum(len(found) >= 3 for found in labels) / len(labels) >= 0.95


def test_no_skill_is_the_hiring_company(results) -> None:
    own = [
        (d.company_name, tool) for d, result in results for tool in result.record.tools_raw if tool.casefold() == d.company_name.casefold()
    ]
    assert own == []
