from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from django.core.cache import cache
from hypothesis import given
from hypothesis import strategies as st

from ingestion import pipeline
from ingestion.ats.registry import adapter
from ingestion.discovery.cdx import PageReader, parts_of
from ingestion.errors import CdxError, IngestionError
from ingestion.models import CrawlProgress, OutboundRequest, Run, Sighting, Source
from ingestion.services import discovery as service
from ingestion.services import run_create, run_pause
from sandbox.testing import RunningSandbox, running_sandbox

Use = Callable[[RunningSandbox], None]
CRAWLS = ["CC-MAIN-2026-08", "CC-MAIN-2026-04", "CC-MAIN-2025-51", "CC-MAIN-2025-47"]
LINES = [
    {"url": "https://boards.greenhouse.io/Acme", "status": "200", "timestamp": "20260207010203"},
    {"url": "https://boards.greenhouse.io/acme/jobs/1", "status": "301", "timestamp": "20260208000000"},
    {"url": "https://boards.greenhouse.io/acme/jobs/2", "status": "404", "timestamp": "20260208000000"},
    {"url": "https://boards.greenhouse.io/robots.txt", "status": "200", "timestamp": "20260208000000"},
    {"url": "https://boards.greenhouse.io/beta", "timestamp": "never"},
    {"status": "200"},
]
BODY = b"\n".join(orjson.dumps(line) for line in LINES)


def discover(**parameters: Any) -> Run:
    run = run_create(kind="discover", parameters=parameters)
    pipeline.discover(run_id=run.pk)
    run.refresh_from_db()
    return run


def known() -> set[tuple[str, str, str]]:
    return set(Source.objects.values_list("source_type", "source_key", "region"))


def boards(sandbox: RunningSandbox) -> set[tuple[str, str, str]]:
    return {(host.partition("-")[0], key.casefold(), host.partition("-")[2]) for host, keys in sandbox.boards().items() for key in keys}


@given(st.lists(st.integers(0, len(BODY)), max_size=6))
def test_pages_are_read_however_they_are_cut(cuts: list[int]):
    reader = PageReader(adapter("greenhouse"))
    edges = [0, *sorted(cuts), len(BODY)]
    for start, end in itertools.pairwise(edges):
        reader.feed(BODY[start:end])
    reader.close()
    assert (list(reader.findings), reader.captures) == ([("acme", ""), ("acme", "1"), ("beta", "")], 6)
    first = reader.findings["acme", ""]
    assert (first.url, f"{first.captured_at:%Y-%m-%d %H:%M:%S}") == (LINES[0]["url"], "2026-02-07 01:02:03")
    assert reader.findings["beta", ""].captured_at is None


@pytest.mark.parametrize("body", [b"<html>\n", b"[1,2]\n", b'"text"\n', b"{\n", b"x" * 70_000])
def test_anything_else_than_captures_is_refused(body: bytes):
    with pytest.raises(CdxError, match=r"else than captures|without an end"):
        PageReader(adapter("greenhouse")).feed(body)


def test_lever_is_read_from_crawls_that_can_hold_it():
    assert {part.crawl for part in parts_of(adapter("lever"), CRAWLS, [])} == {"CC-MAIN-2025-51", "CC-MAIN-2025-47"}
    assert {part.crawl for part in parts_of(adapter("greenhouse"), CRAWLS, [])} == {"CC-MAIN-2026-08", "CC-MAIN-2026-04"}
    assert [part.crawl for part in parts_of(adapter("lever"), CRAWLS, ["CC-MAIN-2026-08"])] == []


@pytest.mark.django_db(transaction=True)
class TestAgainstTheIndex:
    def test_every_board_is_found_once(self, generated: RunningSandbox, use: Use):
        use(generated)
        run = discover()
        missing = boards(generated) - known()
        assert missing == set()
        strangers = {key for _, key, _ in known() - boards(generated)}
        assert all(key.startswith("former-") for key in strangers)
        stage = run.stages.get()
        assert (run.state, stage.done, stage.total) == ("done", stage.done, stage.done)
        assert stage.counts["new"] == Source.objects.count() == Sighting.objects.filter(is_first=True).count()
        assert (
            Sighting.objects.exclude(capture_url="").exclude(captured_at=None).count() == Sighting.objects.count() > Source.objects.count()
        )
        assert {row["method"] for row in Sighting.objects.yield_by_crawl()} == {"cdx"}

    def test_manners(self, generated: RunningSandbox, use: Use, settings: Any):
        use(generated)
        settings.CDX_SPACING_MS = 30
        discover(source_types=["greenhouse"], crawls=["CC-MAIN-2026-08"])
        rows = list(OutboundRequest.objects.order_by("started_at"))
        assert [row.purpose for row in rows] == ["collinfo", *["cdx"] * (len(rows) - 1)]
        assert all(later.started_at >= earlier.ended_at for earlier, later in itertools.pairwise(rows))
        urls = [row.url for row in rows[1:]]
        assert all(f"pageSize={settings.CDX_PAGE_SIZE}" in url for url in urls)
        counts = [url for url in urls if "showNumPages=true" in url]
        assert len(counts) == len(adapter("greenhouse").cdx_patterns)
        assert all("fl=url%2Cstatus%2Ctimestamp" in url and "output=json" in url for url in urls if url not in counts)

    def test_collinfo_is_asked_once_in_24_hours_and_crawls_are_read_once(self, generated: RunningSandbox, use: Use):
        use(generated)
        discover(source_types=["lever"])
        before = OutboundRequest.objects.count()
        run = discover(source_types=["lever"])
        assert (OutboundRequest.objects.count(), run.stages.get().total) == (before, 0)
        discover(source_types=["lever"], again=True)
        assert OutboundRequest.objects.count() == 2 * before - 1
        cache.clear()
        discover(source_types=["lever"])
        assert OutboundRequest.objects.filter(purpose="collinfo").count() == 2

    def test_a_second_reading_that_broke_off_does_not_begin_again(self, generated: RunningSandbox, use: Use):
        use(generated)
        run = discover(source_types=["lever"], again=True)
        before = OutboundRequest.objects.count()
        Run.objects.update(state="running", ended_at=None)
        run.stages.update(ended_at=None)
        pipeline.discover(run_id=run.pk)
        assert (OutboundRequest.objects.count(), Run.objects.get().state) == (before, "done")

    def test_what_one_index_answered_does_not_count_for_another(self, generated: RunningSandbox, use: Use, settings: Any):
        use(generated)
        settings.CDX_BASE_URL = "http://127.0.0.1:1"
        for crawl, pattern in itertools.product(CRAWLS, adapter("lever").cdx_patterns):
            finished = {"page_size": settings.CDX_PAGE_SIZE, "pages": 0, "finished_at": datetime.now(UTC)}
            CrawlProgress.objects.create(index_url=settings.CDX_BASE_URL, crawl=crawl, pattern=pattern, **finished)
        use(generated)
        discover(source_types=["lever"])
        assert {key for key in boards(generated) if key[0] == "lever"} <= known()
        discover(source_types=["lever"], again=True)
        assert CrawlProgress.objects.filter(index_url="http://127.0.0.1:1").count() == len(CRAWLS) * len(adapter("lever").cdx_patterns)

    def test_an_unknown_crawl_is_said(self, generated: RunningSandbox, use: Use):
        use(generated)
        with pytest.raises(CdxError, match="no crawl CC-MAIN-1999-01; the newest is CC-MAIN-2026-08"):
            discover(crawls=["CC-MAIN-1999-01"])
        assert Run.objects.get().state == "failed"

    def test_busy_servers_are_waited_for(self, generated: RunningSandbox, use: Use, monkeypatch: pytest.MonkeyPatch):
        use(generated)
        monkeypatch.setattr("ingestion.politeness.limiter.LEAST_ADAPTIVE_INTERVAL_MS", 1)
        monkeypatch.setattr("ingestion.politeness.limiter.GREATEST_INTERVAL_MS", 20)
        generated.control(
            faults=[{"kind": "503", "rate": 1, "host": "cdx", "times": 1}, {"kind": "cut-chunked", "rate": 1, "host": "cdx", "times": 2}]
        )
        assert discover().state == "done"
        assert boards(generated) <= known()

    @pytest.mark.parametrize("kind", ["504", "html", "403"])
    def test_a_server_that_stays_down_fails_the_run_with_a_reason(
        self, generated: RunningSandbox, use: Use, kind: str, monkeypatch: pytest.MonkeyPatch
    ):
        use(generated)
        monkeypatch.setattr("ingestion.politeness.limiter.LEAST_ADAPTIVE_INTERVAL_MS", 1)
        monkeypatch.setattr("ingestion.politeness.limiter.GREATEST_INTERVAL_MS", 20)
        discover(source_types=["lever"], crawls=["CC-MAIN-2025-51"])
        found = known()
        generated.control(faults=[{"kind": kind, "rate": 1, "host": "cdx"}])
        run = run_create(kind="discover", parameters={"source_types": ["greenhouse"]})
        with pytest.raises(IngestionError):
            pipeline.discover(run_id=run.pk)
        run.refresh_from_db()
        assert run.state == "failed"
        assert len(run.message) > 20
        assert known() == found

    def test_a_discovery_that_broke_goes_on_at_its_page(self, use: Use, monkeypatch: pytest.MonkeyPatch, settings: Any):
        with running_sandbox(generate=40, postings=40, arguments=["--cdx-block-lines=15"]) as sandbox:
            use(sandbox)
            settings.CDX_PAGE_SIZE = 1
            store, stored = service.crawl_page_store, []

            def break_at_the_fourth(**arguments: Any) -> Any:
                if len(stored) == 3:
                    raise CdxError("as if killed")
                stored.append(arguments["page"])
                return store(**arguments)

            monkeypatch.setattr("ingestion.discovery.cdx.crawl_page_store", break_at_the_fourth)
            with pytest.raises(CdxError):
                discover()
            monkeypatch.setattr("ingestion.discovery.cdx.crawl_page_store", store)
            assert sum(CrawlProgress.objects.values_list("next_page", flat=True)) == 3
            discover()
            pages = [row.url for row in OutboundRequest.objects.filter(purpose="cdx") if "showNumPages" not in row.url]
            assert len(pages) - len(set(pages)) == 1
            assert len(pages) > 8
            assert boards(sandbox) <= known()

    def test_a_run_that_is_not_running_discovers_nothing(self, generated: RunningSandbox, use: Use):
        use(generated)
        run = run_create(kind="discover")
        run_pause(run_id=run.pk)
        pipeline.discover(run_id=run.pk)
        assert not OutboundRequest.objects.exists()
