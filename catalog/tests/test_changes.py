"""Following changes: every job comes by, however late its transaction commits."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from rest_framework.authtoken.models import Token

from catalog.changes import Position
from catalog.curation.corrections import company_correct, job_correct
from catalog.curation.decisions import skill_merge
from catalog.errors import CursorError
from catalog.models import Job, Skill
from catalog.services import jobs_publish, jobs_update_status, skill_register_name
from catalog.tests.beside import uncommitted
from catalog.tests.factories import NOW, job_facts, mention
from catalog.tests.factories import status as job_status

BEGINNING = Position(datetime(1970, 1, 1, tzinfo=UTC))


def read(position: Position) -> tuple[list[int], Position]:
    """Posting ids of what changed after the position, and the position after them."""
    rows = list(Job.objects.changed_since(position))
    return [row.posting_id for row in rows], Position(rows[-1].updated_at, rows[-1].pk) if rows else position


@pytest.mark.django_db(transaction=True)
def test_what_commits_late_is_not_passed_by():
    with uncommitted(lambda: jobs_publish(facts=[job_facts(1)])):
        jobs_publish(facts=[job_facts(2, source_key="globex", company_domain=None)])
        early, position = read(BEGINNING)
        assert early == []  # job 2 is there, and waits for job 1
    assert read(position)[0] == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_a_reader_that_follows_writers_sees_all_they_wrote():
    writers = [threading.Thread(target=publish_some, args=(range(first, 100, 4),), daemon=True) for first in range(4)]
    for writer in writers:
        writer.start()
    seen, position = [], BEGINNING
    deadline = time.monotonic() + 120
    while any(writer.is_alive() for writer in writers):
        assert time.monotonic() < deadline, f"the writers are not done; {len(seen)} jobs came by"
        ids, position = read(position)
        seen += ids
    seen += read(position)[0]
    assert sorted(seen) == list(range(100))


def publish_some(posting_ids):
    for posting_id in posting_ids:
        jobs_publish(facts=[job_facts(posting_id, source_key=f"board-{posting_id % 4}", company_domain=None)])
    connection.close()


@pytest.mark.django_db
def test_every_kind_of_change_comes_by():
    for name in ("Salesforce", "SFDC"):
        skill_register_name(skill=Skill.objects.create(name=name, kind="tool", category="crm"))
    jobs_publish(facts=[job_facts(n, skills=(mention("SFDC"),) if n == 3 else ()) for n in (1, 2, 3)])
    seen, position = read(BEGINNING)
    assert seen == [1, 2, 3]
    jobs_update_status(statuses=[job_status(1), job_status(2, missing_since=NOW, closed_at=NOW)])
    assert (found := read(position))[0] == [2]
    job_correct(job=Job.objects.get(posting_id=1), field="role_title", value="Seller", by="ann")
    assert (found := read(found[1]))[0] == [1]
    skill_merge(source=Skill.objects.get(name="SFDC"), target=Skill.objects.get(name="Salesforce"), by="ann")
    assert (found := read(found[1]))[0] == [3]
    company_correct(company=Job.objects.get(posting_id=1).company, field="name", value="Acme Inc.", by="ann")
    assert sorted((found := read(found[1]))[0]) == [1, 2, 3]
    jobs_publish(facts=[job_facts(2, extraction_id=2)])
    assert read(found[1])[0] == [2]


def test_a_position_is_read_as_it_is_written():
    position = Position(datetime(2026, 8, 1, 12, 0, 0, 5, tzinfo=UTC), 7)
    assert Position.parse(str(position)) == position


def test_a_position_far_from_utc_is_one_that_postgresql_takes():
    assert Position.parse("2026-08-01T00:00:00+23:59~1").at.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "text",
    ["", "~", "2026-08-01", "2026-08-01T00:00:00~1", "2026-08-01T00:00:00Z~x", "2026-13-01T00:00:00Z~1", "9999-12-31T23:59:59-01:00~1"],
)
def test_what_is_no_position(text):
    with pytest.raises(CursorError):
        Position.parse(text)


@pytest.fixture
def follow(db):
    client = Client(headers={"Authorization": f"Token {Token.objects.create(user=User.objects.create_user('reader')).key}"})
    return lambda path, **query: client.get(path, query).json()


def test_the_api_gives_all_changes_in_pages_and_where_to_go_on(follow):
    jobs_publish(facts=[job_facts(n) for n in range(1, 6)] + [job_facts(6, closed_at=NOW, missing_since=NOW)])
    body, seen = follow("/api/v1/jobs", since="1970-01-01", limit=4), []
    while True:
        assert list(body) == ["request_id", "items", "count", "count_is_exact", "next", "since"]
        assert (body["count"], body["count_is_exact"]) == (6, True)
        seen += [item["source_job_id"] for item in body["items"]]
        if not body["next"]:
            break
        body = follow(body["next"])
    assert sorted(seen) == list("123456")
    again = follow("/api/v1/jobs", since=body["since"])
    assert (again["items"], again["next"], again["since"]) == ([], None, body["since"])
    jobs_publish(facts=[job_facts(3, extraction_id=2)])
    assert [item["source_job_id"] for item in follow("/api/v1/jobs", since=body["since"])["items"]] == ["3"]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"since": "yesterday"}, "since: write it as 2026-08-01"),
        ({"since": ""}, "since: "),
        ({"since": "\0"}, "since: "),
        ({"since": "x" * 5_000}, "since: "),
        ({"since": "2026-08-01", "state": "open"}, "state: cannot be asked together with since"),
        ({"since": "2026-08-01", "cursor": "x"}, "cursor: not a cursor"),
    ],
)
def test_what_since_does_not_take(follow, query, message):
    error = follow("/api/v1/jobs", **query)["error"]
    assert error["message"].startswith(message)
    assert error["hint"]
