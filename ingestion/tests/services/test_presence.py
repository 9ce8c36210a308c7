"""When a posting was last seen, through everything that can happen to it."""

from __future__ import annotations

from datetime import datetime, timedelta

import orjson
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ingestion.ats.greenhouse import Greenhouse
from ingestion.errors import TransportError
from ingestion.models import PostingSeen, RawPosting, Source
from ingestion.services import BoardRead, BoardResult, boards_store, run_create, run_start, source_fail, source_pause, stage_start
from ingestion.tests.factories import MOMENT, board_read, claim_one, greenhouse_body, greenhouse_job, make_source, store_body

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("raw_folder")]
DAY = timedelta(days=1)
ONE, TWO = greenhouse_job(1), greenhouse_job(2)
BOTH, ONLY_ONE = greenhouse_body(ONE, TWO), greenhouse_body(ONE)
CUT_SHORT = greenhouse_body(ONE, {"title": "whose this is cannot be told"})


@pytest.fixture
def source() -> Source:
    """A board with two postings, read on day 0."""
    board = make_source()
    store_body(board, BOTH)
    return board


def store_same(source: Source, day: int) -> BoardResult:
    """A read that brings the bytes of the read before (or a 304)."""
    claim = claim_one(source)
    (result,) = boards_store(reads=[BoardRead(claim, (), None, claim.read_digest, is_same=True)], now=MOMENT + day * DAY)
    return result


def seen_days() -> dict[str, float]:
    """On which day each posting was last seen."""
    rows = PostingSeen.objects.values_list("posting__source_job_id", "last_seen_at")
    return {key: (seen - MOMENT) / DAY for key, seen in rows}


def second() -> RawPosting:
    return RawPosting.objects.get(source_job_id="2")


def test_what_is_there_was_seen_by_the_last_read(source: Source):
    assert seen_days() == {"1": 0, "2": 0}
    assert store_same(source, 1).counts == {"unchanged": 2}
    assert seen_days() == {"1": 1, "2": 1}
    store_body(source, greenhouse_body(ONE, greenhouse_job(2, title="Other")), MOMENT + 2 * DAY)
    assert seen_days() == {"1": 2, "2": 2}


def test_missing_closed_and_reopened(source: Source):
    store_same(source, 1)
    store_body(source, ONLY_ONE, MOMENT + 2 * DAY)
    assert (seen_days(), second().missing_since) == ({"1": 2, "2": 1}, MOMENT + 2 * DAY)
    store_body(source, ONLY_ONE, MOMENT + 3 * DAY)
    store_same(source, 4)
    assert (seen_days(), second().closed_at) == ({"1": 4, "2": 1}, MOMENT + 2 * DAY)
    assert store_body(source, BOTH, MOMENT + 5 * DAY).counts["reopened"] == 1
    assert (seen_days(), second().seen_until, second().reopened_count) == ({"1": 5, "2": 5}, None, 1)


def test_missing_and_back(source: Source):
    store_body(source, ONLY_ONE, MOMENT + DAY)
    assert store_body(source, BOTH, MOMENT + 2 * DAY).counts["returned"] == 1
    row = second()
    assert (seen_days(), row.missing_since, row.reopened_count, row.status_changed_at) == ({"1": 2, "2": 2}, None, 0, MOMENT + 2 * DAY)


def test_an_incomplete_read_has_seen_only_what_it_had(source: Source):
    result = store_body(source, CUT_SHORT, MOMENT + DAY)
    assert (result.open_postings, result.counts["missing"]) == (2, 0)
    row = second()
    assert (seen_days(), row.missing_since, row.status_changed_at) == ({"1": 1, "2": 0}, None, MOMENT)
    store_body(source, CUT_SHORT, MOMENT + 2 * DAY)
    assert seen_days() == {"1": 2, "2": 0}
    assert store_body(source, BOTH, MOMENT + 3 * DAY).counts == {"unchanged": 2} | dict.fromkeys(
        ("new", "changed", "missing", "closed", "reopened", "returned", "bad"), 0
    )
    row = second()
    assert (seen_days(), row.seen_until, row.status_changed_at) == ({"1": 3, "2": 3}, None, MOMENT)


def test_an_incomplete_read_between_two_that_lack_a_posting_neither_closes_nor_forgets(source: Source):
    store_body(source, CUT_SHORT, MOMENT + DAY)
    assert store_body(source, ONLY_ONE, MOMENT + 2 * DAY).counts["missing"] == 1
    assert store_body(source, CUT_SHORT, MOMENT + 3 * DAY).counts["closed"] == 0
    assert store_body(source, ONLY_ONE, MOMENT + 4 * DAY).counts["closed"] == 1
    assert (seen_days(), second().closed_at) == ({"1": 4, "2": 0}, MOMENT + 2 * DAY)


def test_a_list_that_says_it_is_longer_has_seen_only_what_it_had(source: Source):
    body = orjson.dumps({"jobs": [ONE], "meta": {"total": 2}})
    assert store_body(source, body, MOMENT + DAY).counts["missing"] == 0
    assert seen_days() == {"1": 1, "2": 0}


def test_a_posting_that_cannot_be_read_any_more_is_there(source: Source, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Greenhouse, "headline", lambda self, payload: 1 / 0)
    assert store_body(source, greenhouse_body(ONE, {**TWO, "title": "Odd"}), MOMENT + DAY).counts["bad"] == 1
    assert seen_days() == {"1": 1, "2": 1}


def test_a_read_that_failed_has_seen_nothing(source: Source):
    error = TransportError("no connection")
    assert source_fail(claim=claim_one(source), error=error, run_id=None)
    assert seen_days() == {"1": 0, "2": 0}


def test_the_same_bytes_bring_a_resumed_source_its_state_back_and_leave_a_paused_one(source: Source):
    Source.objects.update(state="discovered", state_reason="")
    assert store_same(source, 1).state == "valid"
    source.refresh_from_db()
    assert (source.state, source.last_read_at, source.next_check_at, source.lease_token) == ("valid", MOMENT + DAY, MOMENT + 2 * DAY, None)
    claim = claim_one(source)
    source_pause(source_ids=[source.pk])
    boards_store(reads=[BoardRead(claim, (), None, claim.read_digest, is_same=True)], now=MOMENT + 2 * DAY)
    source.refresh_from_db()
    assert (source.state, source.state_reason) == ("paused", "paused by an operator")


def test_the_same_bytes_after_the_lease_was_lost_change_nothing(source: Source):
    claim = claim_one(source)
    claim_one(source)
    assert boards_store(reads=[BoardRead(claim, (), None, claim.read_digest, is_same=True)], now=MOMENT + DAY) == []
    assert seen_days() == {"1": 0, "2": 0}


def statements(now: datetime, reads: list[BoardRead]) -> list[str]:
    """What storing these reads sends to the database, without the beginnings and ends of transactions."""
    run = run_create(kind="fetch")
    run_start(run_id=run.pk)
    stage_start(run_id=run.pk, name="fetch", unit="sources")
    with CaptureQueriesContext(connection) as captured:
        boards_store(reads=reads, now=now, run_id=run.pk)
    return [sql for query in captured if "SAVEPOINT" not in (sql := query["sql"])]


def test_boards_with_the_same_bytes_cost_one_statement_and_no_posting(raw_folder: object):
    reads = []
    for number in range(5):
        source = make_source(f"board-{number}")
        store_body(source, BOTH)
        claim = claim_one(source)
        reads.append(BoardRead(claim, (), None, claim.read_digest, is_same=True))
    sent = statements(MOMENT + DAY, reads)
    assert ["UPDATE ingestion_source" in sent[0], "rawposting" in sent[0], len(sent)] == [True, False, 1]


def test_other_bytes_with_nothing_changed_write_no_posting(source: Source):
    read = board_read(claim_one(source), greenhouse_body(ONE, {**TWO, "updated_at": "later"}))
    sent = statements(MOMENT + DAY, [read])
    assert len(sent) == 2
    asked = [sql for message in sent for sql in message.split(";") if "rawposting" in sql]
    assert [sql.lstrip().partition(" ")[0] for sql in asked] == ["SELECT"]
