from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from ingestion.ats.registry import adapter
from ingestion.discovery.tokens import any_finding_of, finding_of
from ingestion.models import FrontierUrl, RawPosting, Sighting, Source
from ingestion.services import findings_store, frontier_settle
from ingestion.services.frontier import page_visited
from ingestion.tests.factories import greenhouse_body, greenhouse_job, make_source, store_body

pytestmark = pytest.mark.django_db
CAPTURED = datetime(2026, 2, 7, tzinfo=UTC)


def meet(*urls: str, captured_at: datetime | None = CAPTURED, checksum: str = "") -> None:
    findings = [finding_of(adapter("greenhouse"), url, captured_at, checksum) for url in urls]
    findings_store(findings=[finding for finding in findings if finding], method=Sighting.Method.CDX, crawl="CC-MAIN-2026-08")


def unread() -> list[str]:
    return sorted(FrontierUrl.objects.unread(in_sandbox=False).values_list("source_job_id", flat=True))


def test_every_spelling_of_a_posting_is_one_row():
    meet(
        "https://boards.greenhouse.io/Acme/jobs/7?gh_src=a",
        "http://job-boards.greenhouse.io/acme/jobs/7/",
        "https://boards-api.greenhouse.io/v1/boards/ACME/jobs/7",
        "https://boards.greenhouse.io/embed/job_app?for=acme&token=7",
    )
    meet("https://boards.greenhouse.io/acme/jobs/7")
    assert [row.url for row in FrontierUrl.objects.all()] == ["https://job-boards.greenhouse.io/acme/jobs/7"]


def test_only_a_newer_capture_of_another_content_changes_a_row():
    url = "https://boards.greenhouse.io/acme/jobs/7"
    for day, checksum in [(5, "A"), (3, "B"), (6, "A"), (7, ""), (8, "C")]:
        meet(url, captured_at=datetime(2026, 2, day, tzinfo=UTC), checksum=checksum)
    row = FrontierUrl.objects.get()
    assert (row.checksum, row.captured_at) == ("C", datetime(2026, 2, 8, tzinfo=UTC))


def test_a_read_of_the_board_settles_its_addresses():
    meet("https://boards.greenhouse.io/acme/jobs/7", "https://boards.greenhouse.io/acme/jobs/8", "https://boards.greenhouse.io/beta/jobs/9")
    assert unread() == ["7", "8", "9"]
    store_body(Source.objects.get(source_key="acme"), greenhouse_body(greenhouse_job(7)), now=timezone.now())
    assert unread() == ["9"]
    assert frontier_settle() == 2
    assert FrontierUrl.objects.count() == 1


def test_what_was_read_or_closed_before_does_not_come_back():
    source = make_source("acme")
    store_body(source, greenhouse_body(greenhouse_job(7)), now=CAPTURED)
    assert RawPosting.objects.count() == 1
    before, after = CAPTURED - timedelta(days=1), CAPTURED + timedelta(days=1)
    meet("https://boards.greenhouse.io/acme/jobs/7", captured_at=after)
    meet("https://boards.greenhouse.io/acme/jobs/8", captured_at=before)
    assert unread() == []
    meet("https://boards.greenhouse.io/acme/jobs/9", captured_at=after)
    assert unread() == ["9"]


def test_boards_that_are_gone_have_no_unread_postings():
    meet("https://boards.greenhouse.io/acme/jobs/7")
    Source.objects.update(state="gone")
    assert unread() == []
    meet("https://boards.greenhouse.io/acme/jobs/8")
    assert frontier_settle() == 1
    assert not FrontierUrl.objects.exists()


def test_the_sandboxs_postings_are_unread_only_inside_it(settings: Any):
    settings.IN_SANDBOX = True
    meet("https://boards.greenhouse.io/acme/jobs/7")
    assert FrontierUrl.objects.unread(in_sandbox=True).count() == 1
    assert FrontierUrl.objects.unread(in_sandbox=False).count() == 0


def test_real_postings_are_not_unread_inside_the_sandbox():
    meet("https://boards.greenhouse.io/acme/jobs/7")
    assert FrontierUrl.objects.unread(in_sandbox=True).count() == 0


def test_a_large_page_is_stored_in_a_few_statements(django_assert_max_num_queries: Any):
    urls = [f"https://boards.greenhouse.io/board{number % 50}/jobs/{number}" for number in range(1, 2001)]
    with django_assert_max_num_queries(8):
        meet(*urls)
    assert FrontierUrl.objects.count() == 2000


def test_visits_of_a_page_are_one_row():
    assert page_visited(url="http://acme.com/careers/", checksum="a")
    assert not page_visited(url="https://ACME.com/careers?utm_source=x", checksum="a")
    assert page_visited(url="https://acme.com/careers", checksum="b")
    assert FrontierUrl.objects.get().source is None
    assert FrontierUrl.objects.postings().count() == 0


def test_the_finding_of_any_address():
    assert any_finding_of("https://acme.com/") is None
    found = any_finding_of("https://jobs.lever.co/acme")
    assert found is not None
    assert (found.source_type, found.source_key, found.source_job_id) == ("lever", "acme", "")
