"""Real responses of the public APIs, from the wire to jobs that can be searched."""

from __future__ import annotations

import html
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import orjson
import pytest

from catalog.models import Job
from catalog.services import skills_import
from extraction import services as extraction
from extraction.models import PendingExtraction
from ingestion import pipeline as reading
from ingestion.models import BadPayload, Sighting, Source
from ingestion.services import Finding, findings_store, run_create
from ingestion.tests.conftest import raw_folder, recorded, use  # noqa: F401 - fixtures
from sandbox.testing import RunningSandbox

pytestmark = pytest.mark.xdist_group("recorded")
WHOLE = [("greenhouse", key) for key in ("stripe", "impact", "luno")] + [("lever", key) for key in ("binance", "yassir", "moo")]
POSTINGS = 1_081
INLINE = {"a", "b", "em", "font", "i", "s", "span", "strong", "sub", "sup", "u"}


@pytest.fixture(scope="module")
def payloads(data_dir: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """(source key, posting id) -> payload, read from the files without the product."""
    found = {}
    for source_type in ("greenhouse", "lever"):
        for path in (data_dir / "ats" / source_type).glob("*.json"):
            body = orjson.loads(path.read_bytes())
            for item in body["jobs"] if source_type == "greenhouse" else body:
                found[path.stem.casefold(), str(item["id"])] = item
    return found


@pytest.fixture
def jobs(transactional_db: None, recorded: RunningSandbox, use: Callable[[RunningSandbox], None]) -> list[Job]:  # noqa: F811
    """The six whole boards read over HTTP, extracted and published."""
    use(recorded)
    skills_import()
    findings_store(findings=[Finding(source_type, key, "") for source_type, key in WHOLE], method=Sighting.Method.SEED, crawl="whole")
    run = run_create(kind="fetch")
    reading.fetch(run_id=run.pk)
    extraction.pending_fill()
    extraction.pending_extract()
    return list(Job.objects.select_related("company", "content").order_by("id"))


def words(text: str) -> list[str]:
    """Words without mark-up, however it was laid out: tags off, entities off, white space folded."""
    return "".join(c if c.isalnum() else " " for c in text).split()


def test_every_posting_of_the_whole_boards_becomes_an_open_job(jobs, payloads):
    assert len(payloads) == len(jobs) == POSTINGS
    assert not BadPayload.objects.exists()
    assert not PendingExtraction.objects.exists()
    assert dict(Source.objects.values_list("source_key", "state")) == {key: "valid" for _, key in WHOLE}
    prospects = {job.source_job_id for job in jobs if job.is_prospect}
    assert prospects == {str(p["id"]) for p in payloads.values() if "internal_job_id" in p and p["internal_job_id"] is None}
    assert {job.state for job in jobs} == {"open"}
    for job in jobs:
        check_against_the_file(job, payloads[job.source_key, job.source_job_id])
        check_spans(job)
    check_highlights([job for job in jobs if len(job.content.text) > 800])


def check_against_the_file(job: Job, payload: dict[str, Any]) -> None:
    lever = "text" in payload
    title = payload["text"] if lever else payload["title"]
    place = payload["categories"].get("location") if lever else (payload.get("location") or {}).get("name")
    assert words(job.title) == words(html.unescape(title))
    assert words(job.location_text) == words(html.unescape(place or ""))
    assert job.company.name
    if not lever:
        assert job.company.name == payload["company_name"].strip()
    assert words(job.content.text) == expected_words(payload)


class Shown(HTMLParser):
    """The text that a page shows, by the standard library's parser: not the one the product uses."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in INLINE:
            self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag not in INLINE:
            self.parts.append(" ")


def shown(markup: str) -> str:
    parser = Shown()
    parser.feed(markup)
    parser.close()
    return "".join(parser.parts)


def expected_words(payload: dict[str, Any]) -> list[str]:
    """The words a browser would show, by another parser than the product's."""
    if "text" not in payload:
        return words(html.unescape(shown(html.unescape(payload["content"] or ""))))
    lists = [f"{part['text']}<p></p>{part['content']}" for part in payload["lists"]]
    parts = [payload["description"], *lists, payload.get("salaryDescription") or "", payload.get("additional") or ""]
    return words(html.unescape(shown("<p></p>".join(parts))))


def check_spans(job: Job) -> None:
    text = job.content.text
    for highlight in job.content.highlights:
        assert text[highlight["start_char"] : highlight["end_char"]] == highlight["text"]
    for found in job.content.evidence.values():
        for span in found["spans"]:
            if span["pointer"] is None and span["start"] is not None:
                assert text[span["start"] : span["end"]] == span["quote"]


def check_highlights(long: list[Job]) -> None:
    rich = [job for job in long if len({h["label"] for h in job.content.highlights}) >= 3]
    assert len(rich) >= 0.95 * len(long)
