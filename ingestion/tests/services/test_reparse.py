from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from ingestion import storage
from ingestion.ats.base import PayloadError
from ingestion.ats.registry import adapter
from ingestion.models import BadPayload, OutboundRequest, PostingVersion, RawPosting
from ingestion.services.postings import payloads_load
from ingestion.services.raw import raw_objects_delete
from ingestion.services.reparse import source_reparse
from ingestion.tests.factories import MOMENT, greenhouse_body, greenhouse_job, make_source, store_body

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
Greenhouse = type(adapter("greenhouse"))


def rows() -> list[dict[str, Any]]:
    return list(RawPosting.objects.order_by("source_job_id").values())


@pytest.fixture
def source(raw_folder: Path) -> Any:
    source = make_source()
    store_body(source, greenhouse_body(greenhouse_job(1), greenhouse_job(2)))
    store_body(source, greenhouse_body(greenhouse_job(1), greenhouse_job(2, title="Lead"), greenhouse_job(3)), MOMENT + DAY)
    return source


def test_without_a_change_of_the_adapter_nothing_is_written(source: Any):
    before = rows()
    assert source_reparse(source_id=source.pk, now=MOMENT + 2 * DAY) == {"same": 3}
    assert rows() == before


def test_a_new_version_has_every_posting_extracted_again(source: Any, monkeypatch: pytest.MonkeyPatch):
    before = rows()
    monkeypatch.setattr(Greenhouse, "version", 2)
    assert source_reparse(source_id=source.pk, now=MOMENT + 2 * DAY) == {"changed": 3}
    after = rows()
    assert all(new["content_hash"] != old["content_hash"] for old, new in zip(before, after, strict=True))
    assert {new["changed_at"] for new in after} == {MOMENT + 2 * DAY}
    kept = ("title", "raw_object_id", "raw_index", "first_seen_at", "status_changed_at", "run_id")
    assert [[row[name] for name in kept] for row in after] == [[row[name] for name in kept] for row in before]
    assert source_reparse(source_id=source.pk, now=MOMENT + 3 * DAY) == {"same": 3}


def test_reparsing_is_no_new_version_and_the_next_read_sees_no_change(source: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Greenhouse, "version", 2)
    source_reparse(source_id=source.pk)
    assert PostingVersion.objects.count() == 1
    body = greenhouse_body(greenhouse_job(1), greenhouse_job(2, title="Lead"), greenhouse_job(3), greenhouse_job(4))
    assert +Counter(store_body(source, body, MOMENT + 3 * DAY).counts) == {"unchanged": 3, "new": 1}


def test_columns_follow_what_the_adapter_reads(source: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("ingestion.ats.greenhouse.url_of", lambda value: "https://moved.example/")
    assert source_reparse(source_id=source.pk, now=MOMENT + 2 * DAY) == {"changed": 3}
    assert {row["url"] for row in rows()} == {"https://moved.example/"}


def test_a_posting_that_cannot_be_read_any_more_stays_and_is_reported(source: Any, monkeypatch: pytest.MonkeyPatch):
    before = rows()
    parse = Greenhouse.parse

    def strict(self: Any, payload: Any) -> Any:
        if payload["title"] == "Lead":
            raise PayloadError("/title: a lead")
        return parse(self, payload)

    monkeypatch.setattr(Greenhouse, "parse", strict)
    for _ in range(2):
        assert source_reparse(source_id=source.pk) == {"same": 2, "bad": 1}
    assert rows() == before
    assert BadPayload.objects.get().message == "/title: a lead"


@pytest.mark.django_db(transaction=True)
def test_requests_to_a_board_are_announced_while_it_is_parsed_again(source: Any, monkeypatch: pytest.MonkeyPatch):
    def announce() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '5s'")
            OutboundRequest.objects.create(source=source, host="h:1", purpose="list", url="http://h:1/", worker="w")
        finally:
            connection.close()

    def load(*args: Any) -> Any:
        with ThreadPoolExecutor() as other:
            other.submit(announce).result()
        return payloads_load(*args)

    monkeypatch.setattr("ingestion.services.reparse.payloads_load", load)
    assert source_reparse(source_id=source.pk) == {"same": 3}
    assert OutboundRequest.objects.filter(source=source).count() == 2  # one for each raw object


def test_a_lost_raw_object_spoils_only_its_own_postings(source: Any, raw_folder: Path):
    before = rows()
    first = RawPosting.objects.select_related("raw_object").get(source_job_id="1")
    (raw_folder / storage.name_of(first.raw_object.sha256)).unlink()
    assert source_reparse(source_id=source.pk) == {"same": 2, "damaged": 1}
    assert rows() == before


def test_a_pointer_that_leads_nowhere_is_told_as_damage(source: Any):
    raw_objects_delete([RawPosting.objects.get(source_job_id="1").raw_object_id])
    assert source_reparse(source_id=source.pk) == {"same": 2, "damaged": 1}


def test_bad_items_that_can_be_read_now_become_postings(raw_folder: Path, monkeypatch: pytest.MonkeyPatch):
    source = make_source()
    store_body(source, greenhouse_body(greenhouse_job(1)))
    with monkeypatch.context() as patch:
        patch.setattr(Greenhouse, "headline", lambda self, payload: 1 / 0)
        body = greenhouse_body(greenhouse_job(1, title="Lead"), greenhouse_job(2), {"title": "no id"})
        assert +Counter(store_body(source, body, MOMENT + DAY).counts) == {"bad": 3}
    assert source_reparse(source_id=source.pk, now=MOMENT + 2 * DAY) == {"same": 1, "recovered": 2}
    first, second = RawPosting.objects.order_by("source_job_id")
    assert (first.title, first.first_seen_at, first.changed_at) == ("Lead", MOMENT, MOMENT + 2 * DAY)
    assert (second.first_seen_at, second.is_prospect, second.seen_until) == (MOMENT + DAY, False, MOMENT + DAY)
    assert PostingVersion.objects.get().posting_id == first.pk
    assert BadPayload.objects.get().source_job_id == ""
    source.refresh_from_db()
    assert (source.open_postings, source.read_digest) == (2, "")
    assert source_reparse(source_id=source.pk) == {"same": 2}


def test_what_was_read_later_wins_over_a_bad_item(raw_folder: Path, monkeypatch: pytest.MonkeyPatch):
    source = make_source()
    with monkeypatch.context() as patch:
        patch.setattr(Greenhouse, "headline", lambda self, payload: 1 / 0)
        store_body(source, greenhouse_body(greenhouse_job(1, title="old")))
    store_body(source, greenhouse_body(greenhouse_job(1, title="new")), MOMENT + DAY)
    assert source_reparse(source_id=source.pk) == {"same": 1}
    assert RawPosting.objects.get().title == "new"
    assert not BadPayload.objects.exists()


def test_the_next_read_looks_whether_what_was_taken_up_still_holds(raw_folder: Path, monkeypatch: pytest.MonkeyPatch):
    """A read after the bad item found the content of before it, which writes nothing: the row does not tell that it is newer."""
    source = make_source()
    body = greenhouse_body(greenhouse_job(1, title="as it is"))
    store_body(source, body)
    with monkeypatch.context() as patch:
        patch.setattr(Greenhouse, "headline", lambda self, payload: 1 / 0)
        store_body(source, greenhouse_body(greenhouse_job(1, title="for a day")), MOMENT + DAY)
    store_body(source, body, MOMENT + 2 * DAY)
    assert source_reparse(source_id=source.pk, now=MOMENT + 3 * DAY) == {"same": 1, "recovered": 1}
    source.refresh_from_db()
    assert (source.open_postings, source.read_digest) == (1, "")
    assert +Counter(store_body(source, body, MOMENT + 4 * DAY).counts) == {"changed": 1}
    assert RawPosting.objects.get().title == "as it is"


def test_an_id_that_a_read_refuses_is_not_taken_up(raw_folder: Path):
    source = make_source()
    store_body(source, greenhouse_body(greenhouse_job(1), greenhouse_job(2) | {"id": "a\nb"}))
    assert source_reparse(source_id=source.pk) == {"same": 1}
    assert [row["source_job_id"] for row in rows()] == ["1"]
    assert "an id in one line" in BadPayload.objects.get().message
