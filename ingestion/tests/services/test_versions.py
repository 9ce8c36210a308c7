from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ingestion import storage
from ingestion.ats.registry import adapter
from ingestion.models import PostingAbsence, PostingVersion, RawPosting
from ingestion.services.boards import boards_store
from ingestion.services.versions import posting_absences, posting_history, posting_versions, version_payload, versions_diff
from ingestion.tests.factories import MOMENT, board_read, claim_one, greenhouse_body, greenhouse_job, make_source, store_body

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def changed_twice(raw_folder: Path) -> RawPosting:
    source = make_source()
    store_body(source, greenhouse_body(greenhouse_job(1)))
    store_body(source, greenhouse_body(greenhouse_job(0), greenhouse_job(1, title="Lead")), MOMENT + DAY)
    store_body(source, greenhouse_body(greenhouse_job(1, title="Lead", location={"name": "Nice"})), MOMENT + 2 * DAY)
    return RawPosting.objects.get(source_job_id="1")


def test_a_first_load_writes_no_version(raw_folder: Path):
    read = board_read(claim_one(make_source()), greenhouse_body(*(greenhouse_job(n) for n in range(50))))
    with CaptureQueriesContext(connection) as captured:
        boards_store(reads=[read])
    assert not [query for query in captured if "postingversion" in query["sql"]]
    assert not PostingVersion.objects.exists()


def test_every_version_can_be_read_again(changed_twice: RawPosting):
    versions = posting_versions(changed_twice)
    assert [(v.number, v.valid_from, v.valid_until) for v in versions] == [
        (1, MOMENT, MOMENT + DAY),
        (2, MOMENT + DAY, MOMENT + 2 * DAY),
        (3, MOMENT + 2 * DAY, None),
    ]
    payloads = [version_payload(changed_twice, version) for version in versions]
    assert [(p["title"], p["location"]["name"]) for p in payloads] == [("Engineer 1", "Lyon"), ("Lead", "Lyon"), ("Lead", "Nice")]
    assert [version.raw_index for version in versions] == [0, 1, 0]


def test_what_changed_is_told_field_by_field(changed_twice: RawPosting):
    steps = posting_history(changed_twice)
    assert [[(c.pointer, c.before, c.after) for c in step.changes] for step in steps] == [
        [],
        [("/title", "Engineer 1", "Lead")],
        [("/location/name", "Lyon", "Nice")],
    ]
    first, _, last = posting_versions(changed_twice)
    assert [change.pointer for change in versions_diff(changed_twice, first, last)] == ["/title", "/location/name"]


def test_a_lost_raw_object_spoils_only_its_own_steps(changed_twice: RawPosting, raw_folder: Path):
    store_body(changed_twice.source, greenhouse_body(greenhouse_job(1, title="Head")), MOMENT + 3 * DAY)
    changed_twice.refresh_from_db()
    (raw_folder / storage.name_of(posting_versions(changed_twice)[0].sha256)).unlink()
    steps = posting_history(changed_twice)
    assert "not in storage" in steps[1].unreadable
    assert [step.unreadable for step in steps[2:]] == ["", ""]
    assert all(step.changes for step in steps[2:])


def test_a_content_that_cannot_be_parsed_replaces_nothing(raw_folder: Path, monkeypatch: pytest.MonkeyPatch):
    source = make_source()
    store_body(source, greenhouse_body(greenhouse_job(1)))
    headline = type(adapter("greenhouse")).headline

    def picky(self: Any, payload: Any) -> Any:
        return 1 / 0 if payload["title"] == "trap" else headline(self, payload)

    monkeypatch.setattr(type(adapter("greenhouse")), "headline", picky)
    store_body(source, greenhouse_body(greenhouse_job(1, title="trap")), MOMENT + DAY)
    assert not PostingVersion.objects.exists()


def test_a_repost_keeps_since_when_the_posting_was_closed(raw_folder: Path):
    source = make_source()
    both, one = greenhouse_body(greenhouse_job(1), greenhouse_job(2)), greenhouse_body(greenhouse_job(1))
    for day, body in enumerate([both, one, one, both, one, one]):
        store_body(source, body, MOMENT + day * DAY)
    posting = RawPosting.objects.get(source_job_id="2")
    assert posting.reopened_count == PostingAbsence.objects.count() == 1
    assert [(a.closed_at, a.reopened_at) for a in posting_absences(posting)] == [
        (MOMENT + DAY, MOMENT + 3 * DAY),
        (MOMENT + 4 * DAY, None),
    ]


def test_an_absence_of_one_read_is_no_closing(raw_folder: Path):
    source = make_source()
    both, one = greenhouse_body(greenhouse_job(1), greenhouse_job(2)), greenhouse_body(greenhouse_job(1))
    for day, body in enumerate([both, one, both]):
        store_body(source, body, MOMENT + day * DAY)
    assert not PostingAbsence.objects.exists()


def test_the_history_goes_with_its_posting(changed_twice: RawPosting):
    changed_twice.delete()
    assert not PostingVersion.objects.exists()
