from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ingestion.ats.registry import adapter
from ingestion.errors import RawObjectDamagedError
from ingestion.models import BadPayload, PostingAbsence, PostingSeen, PostingVersion, RawObject, RawPosting, Source
from ingestion.services import BoardRead, boards_store, run_create, run_start, stage_start
from ingestion.services.versions import posting_history
from ingestion.tests.factories import MOMENT, board_read, claim_one, greenhouse_body, greenhouse_job, make_source, store_body

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("raw_folder")]
DAY = timedelta(days=1)


def test_a_first_read_writes_every_posting():
    source = make_source()
    result = store_body(source, greenhouse_body(greenhouse_job(1), greenhouse_job(2, internal_job_id=None, title=" Odd\x00 title ")))
    assert (result.state, result.open_postings, +Counter(result.counts)) == ("valid", 2, {"new": 2})
    first, second = RawPosting.objects.order_by("source_job_id")
    assert (first.title, first.location, first.url) == ("Engineer 1", "Lyon", "https://job-boards.greenhouse.io/acme/jobs/1")
    assert (first.first_seen_at, first.changed_at, first.status_changed_at, first.raw_index) == (MOMENT, MOMENT, MOMENT, 0)
    assert (second.title, second.is_prospect, second.raw_index) == ("Odd title", True, 1)
    assert set(PostingSeen.objects.values_list("last_seen_at", flat=True)) == {MOMENT}
    source.refresh_from_db()
    assert (source.state, source.open_postings, source.company_name, source.lease_token) == ("valid", 2, "Acme", None)
    assert source.next_check_at == MOMENT + DAY


def test_unchanged_postings_are_only_seen():
    source = make_source()
    store_body(source, greenhouse_body(greenhouse_job(1), greenhouse_job(2)))
    rows = list(RawPosting.objects.order_by("pk").values())
    body = greenhouse_body(greenhouse_job(1, updated_at="later"), greenhouse_job(2, updated_at="later"))
    result = store_body(source, body, MOMENT + DAY)
    assert +Counter(result.counts) == {"unchanged": 2}
    assert list(RawPosting.objects.order_by("pk").values()) == rows
    assert set(PostingSeen.objects.values_list("last_seen_at", flat=True)) == {MOMENT + DAY}


def test_changed_postings_keep_their_identity():
    source = make_source()
    store_body(source, greenhouse_body(greenhouse_job(1)))
    run_id = uuid.uuid4()
    result = store_body(source, greenhouse_body(greenhouse_job(0), greenhouse_job(1, title="Lead")), MOMENT + DAY, run_id)
    assert +Counter(result.counts) == {"changed": 1, "new": 1}
    row = RawPosting.objects.get(source_job_id="1")
    assert (row.title, row.first_seen_at, row.changed_at, row.status_changed_at) == ("Lead", MOMENT, MOMENT + DAY, MOMENT)
    assert (row.raw_index, row.run_id, row.raw_object.sha256) == (1, run_id, RawObject.objects.latest("pk").sha256)


def test_absence_closes_after_two_reads_and_return_reopens():
    source = make_source()
    both, one = greenhouse_body(greenhouse_job(1), greenhouse_job(2)), greenhouse_body(greenhouse_job(1))
    store_body(source, both)
    assert +Counter(store_body(source, one, MOMENT + DAY).counts) == {"unchanged": 1, "missing": 1}
    row = RawPosting.objects.get(source_job_id="2")
    assert (row.missing_since, row.closed_at) == (MOMENT + DAY, None)
    assert +Counter(store_body(source, one, MOMENT + 2 * DAY).counts) == {"unchanged": 1, "closed": 1}
    row.refresh_from_db()
    assert (row.missing_since, row.closed_at, row.status_changed_at) == (MOMENT + DAY, MOMENT + DAY, MOMENT + 2 * DAY)
    assert +Counter(store_body(source, both, MOMENT + 3 * DAY).counts) == {"unchanged": 2, "reopened": 1}
    row.refresh_from_db()
    assert (row.missing_since, row.closed_at, row.reopened_count, row.status_changed_at) == (None, None, 1, MOMENT + 3 * DAY)


def test_a_reopened_posting_may_have_changed():
    source = make_source()
    store_body(source, greenhouse_body(greenhouse_job(1), greenhouse_job(2)))
    for day in (1, 2):
        store_body(source, greenhouse_body(greenhouse_job(1)), MOMENT + day * DAY)
    result = store_body(source, greenhouse_body(greenhouse_job(1), greenhouse_job(2, title="Back")), MOMENT + 3 * DAY)
    assert +Counter(result.counts) == {"unchanged": 1, "changed": 1, "reopened": 1}
    row = RawPosting.objects.get(source_job_id="2")
    assert (row.title, row.closed_at, row.first_seen_at) == ("Back", None, MOMENT)


def test_an_empty_board_is_empty_and_misses_everything():
    source = make_source()
    store_body(source, greenhouse_body(greenhouse_job(1)))
    result = store_body(source, greenhouse_body(), MOMENT + DAY)
    assert (result.state, result.open_postings, +Counter(result.counts)) == ("empty", 0, {"missing": 1})


def test_bad_items_are_kept_and_reported_and_close_nothing():
    source = make_source()
    store_body(source, greenhouse_body(greenhouse_job(1), greenhouse_job(2)))
    body = greenhouse_body(greenhouse_job(1), None, {"title": "no id"}, greenhouse_job(3))
    result = store_body(source, body, MOMENT + DAY)
    assert +Counter(result.counts) == {"unchanged": 1, "new": 1, "bad": 2}
    assert result.open_postings == 3
    assert [(bad.raw_index, bad.message[:20]) for bad in BadPayload.objects.order_by("raw_index")] == [
        (1, "a posting must be an"),
        (2, "/id: expected an id,"),
    ]
    source.refresh_from_db()
    assert source.state_reason == "2 items could not be read as postings"
    store_body(source, body, MOMENT + 2 * DAY)
    assert BadPayload.objects.count() == 2


def test_a_posting_that_cannot_be_parsed_stays_as_it_was(monkeypatch: pytest.MonkeyPatch):
    source = make_source()
    store_body(source, greenhouse_body(greenhouse_job(1)))
    headline = type(adapter("greenhouse")).headline

    def picky(self: Any, payload: Any) -> Any:
        return 1 / 0 if payload["title"] == "trap" else headline(self, payload)

    monkeypatch.setattr(type(adapter("greenhouse")), "headline", picky)
    result = store_body(
        source, greenhouse_body(greenhouse_job(1, title="trap"), greenhouse_job(2, title="trap"), greenhouse_job(3)), MOMENT + DAY
    )
    assert (+Counter(result.counts), result.open_postings) == ({"new": 1, "bad": 2}, 2)
    assert set(RawPosting.objects.values_list("source_job_id", "title")) == {("1", "Engineer 1"), ("3", "Engineer 3")}


def test_a_lost_lease_stores_nothing():
    source = make_source()
    read = board_read(claim_one(source), greenhouse_body(greenhouse_job(1)))
    claim_one(source)
    assert boards_store(reads=[read]) == []
    assert not RawPosting.objects.exists()


@pytest.mark.parametrize("is_lost_first", [True, False])
@pytest.mark.parametrize("is_same", [True, False])
def test_of_two_reads_of_one_source_only_the_one_that_holds_it_is_stored(is_lost_first: bool, is_same: bool):
    source = make_source()
    lost = replace(board_read(claim_one(source), greenhouse_body(greenhouse_job(1))), is_same=is_same)
    held = board_read(claim_one(source), greenhouse_body(greenhouse_job(2), greenhouse_job(3)))
    results = boards_store(reads=[lost, held] if is_lost_first else [held, lost], now=MOMENT)
    assert [+Counter(result.counts) for result in results] == [{"new": 2}]
    assert set(RawPosting.objects.values_list("source_job_id", flat=True)) == {"2", "3"}
    source.refresh_from_db()
    assert (source.open_postings, source.read_digest) == (2, held.digest)


def test_a_body_that_is_gone_is_no_matter_where_the_lease_was_lost():
    """Nobody will read it from storage: the boards that are stored with it must not be read again for that."""
    lost_source, held_source = make_source("acme"), make_source("beta")
    lost = board_read(claim_one(lost_source), greenhouse_body(greenhouse_job(1)))
    gone = replace(lost.pages[0].raw, sha256="0" * 64, is_new=False)
    lost = replace(lost, pages=(replace(lost.pages[0], raw=gone),))
    claim_one(lost_source)
    held = board_read(claim_one(held_source), greenhouse_body(greenhouse_job(2)))
    assert [result.source_id for result in boards_store(reads=[lost, held])] == [held_source.pk]
    held = board_read(claim_one(held_source), greenhouse_body(greenhouse_job(3)))
    with pytest.raises(RawObjectDamagedError):
        boards_store(reads=[replace(held, pages=(replace(held.pages[0], raw=replace(gone, sha256="1" * 64)),))])


def test_several_boards_share_one_transaction_and_keep_apart():
    first, second = make_source("acme"), make_source("beta")
    reads = [board_read(claim_one(source), greenhouse_body(greenhouse_job(1), greenhouse_job(2))) for source in (first, second)]
    results = boards_store(reads=reads, now=MOMENT)
    assert [result.open_postings for result in results] == [2, 2]
    assert RawPosting.objects.count() == 4
    assert RawObject.objects.count() == 1


def test_the_number_of_queries_does_not_grow_with_postings():
    def queries(source_key: str, count: int) -> int:
        read = board_read(claim_one(make_source(source_key)), greenhouse_body(*(greenhouse_job(n) for n in range(count))))
        with CaptureQueriesContext(
            connection,
        ) as captured:
            boards_store(reads=[read])
        return len(captured)

    assert queries("small", 1) == queries("large", 400)


def test_progress_counts_every_board_once():
    run = run_create(kind="fetch")
    run_start(run_id=run.pk)
    stage_start(run_id=run.pk, name="fetch", unit="sources", total=2)
    source = make_source()
    store_body(source, greenhouse_body(greenhouse_job(1)), run_id=run.pk)
    store_body(source, greenhouse_body(greenhouse_job(1), greenhouse_job(2)), MOMENT + DAY, run_id=run.pk)
    stage = run.stages.get()
    assert (stage.done, stage.failed, stage.counts) == (2, 0, {"new": 2, "unchanged": 1, "valid": 2})


def test_boards_that_changed_and_boards_that_did_not_are_stored_together():
    run = run_create(kind="fetch")
    run_start(run_id=run.pk)
    stage_start(run_id=run.pk, name="fetch", unit="sources", total=2)
    changed, unchanged = make_source("acme"), make_source("beta")
    for source in (changed, unchanged):
        store_body(source, greenhouse_body(greenhouse_job(1)))
    same = claim_one(unchanged)
    reads = [
        BoardRead(same, (), None, same.read_digest, is_same=True, validators={"/": {"etag": "two"}}),
        board_read(claim_one(changed), greenhouse_body(greenhouse_job(1, title="Engineer again"))),
    ]
    results = boards_store(reads=reads, run_id=run.pk, now=MOMENT + DAY)
    assert {result.source_id: +Counter(result.counts) for result in results} == {changed.pk: {"changed": 1}, unchanged.pk: {"unchanged": 1}}
    stage = run.stages.get()
    assert (stage.done, stage.counts) == (2, {"changed": 1, "unchanged": 1, "valid": 2})
    unchanged.refresh_from_db()
    assert (unchanged.validators, unchanged.last_read_at, unchanged.lease_token) == ({"/": {"etag": "two"}}, MOMENT + DAY, None)


def test_too_long_texts_are_cut():
    job = greenhouse_job(1, title="t" * 3000, absolute_url=f"https://jobs.example/{'u' * 5000}", location={"name": "l" * 5000})
    result = store_body(make_source(), greenhouse_body(job))
    assert +Counter(result.counts) == {"new": 1}
    row = RawPosting.objects.get()
    assert (len(row.title), len(row.url), len(row.location)) == (1000, 2000, 2000)


def snapshots(folder: Path) -> Iterator[tuple[datetime, bytes]]:
    for path in sorted(folder.glob("[0-9]*.json")):
        yield datetime.strptime(path.stem, "%Y%m%dT%H%M%S%fZ").replace(tzinfo=UTC), path.read_bytes()


class Book:
    """An independent way to tell what a series of reads means: whole rows are compared, absences counted."""

    def __init__(self, fields: tuple[str, ...]) -> None:
        self.fields = fields
        self.rows: dict[str, str] = {}
        self.absences: dict[str, int] = {}

    def read(self, rows: list[dict[str, Any]]) -> dict[str, int]:
        now = {str(row["id"]): json.dumps({name: row.get(name) for name in self.fields}, sort_keys=True) for row in rows}
        old = {key for key in now if key in self.rows}
        reopened = sum(1 for key in old if self.absences[key] >= 2)
        returned = sum(1 for key in old if self.absences[key] == 1)
        changed = sum(1 for key in old if self.rows[key] != now[key])
        self.rows |= now
        self.absences = {key: 0 if key in now else self.absences[key] + 1 for key in self.rows}
        ages = list(self.absences.values())
        counts = {"new": len(now) - len(old), "changed": changed, "unchanged": len(old) - changed, "reopened": reopened}
        return counts | {"returned": returned, "missing": ages.count(1), "closed": ages.count(2), "bad": 0}


@pytest.mark.parametrize("name", ["greenhouse/impact", "greenhouse/luno", "lever/moo", "lever/Yassir"])
def test_recorded_snapshots_in_time_order(data_dir: Path, name: str):
    source_type, _, key = name.partition("/")
    source = make_source(key.casefold(), source_type)
    book = Book(tuple(adapter(source_type).content_fields))
    total: dict[str, int] = {}
    for moment, body in snapshots(data_dir / "ats" / source_type / "snapshots" / key):
        value = orjson.loads(body)
        expected = book.read(value["jobs"] if isinstance(value, dict) else value)
        result = store_body(source, body, moment)
        assert {**dict.fromkeys(expected, 0), **result.counts} == expected, moment
        total = {name: total.get(name, 0) + number for name, number in expected.items()}
    assert total["new"] > 0
    open_keys = {key for key, absence in book.absences.items() if absence == 0}
    assert set(RawPosting.objects.open().values_list("source_job_id", flat=True)) == open_keys
    assert RawPosting.objects.closed().count() == sum(1 for absence in book.absences.values() if absence >= 2)
    assert Source.objects.get().open_postings == len(open_keys)
    assert (PostingVersion.objects.count(), PostingAbsence.objects.count()) == (total["changed"], total["reopened"])
    for posting in RawPosting.objects.filter(versions__isnull=False).distinct():
        assert all(step.changes for step in posting_history(posting)[1:])
