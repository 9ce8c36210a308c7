"""Whoever waits for the row of a request gets it, or the error, but never waits in vain."""

from __future__ import annotations

import asyncio
import threading
import uuid
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import IntegrityError, InterfaceError, connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.models import QuerySet
from django.utils import timezone

from ingestion.models import OutboundRequest
from ingestion.politeness import ledger as module
from ingestion.politeness.ledger import Announcement, Ledger, Note, unsent
from ingestion.politeness.limiter import Activity


def announcement(url: str = "https://boards.example/acme") -> Announcement:
    return Announcement(
        host="boards.example:443",
        url=url,
        purpose="list",
        source_id=None,
        call_id=uuid.uuid4(),
        attempt=1,
        scheduled_wait_ms=0,
        forced=False,
        at_once=5,
        spacing_ms=0,
        user_agent="test",
        proxy="",
    )


def note_of(request_id: int, status: Any, error: str = "") -> Note:
    """Of a request that took no time."""
    now = timezone.now()
    return Note(request_id, now, now, status, 0, error)


@pytest.mark.parametrize("error", [InterfaceError("the connection is closed"), ValueError("something nobody thought of")])
async def test_whatever_goes_wrong_reaches_all_who_wait_for_their_row(error: Exception, monkeypatch: pytest.MonkeyPatch):
    def fails(*_: object) -> list[int]:
        raise error

    monkeypatch.setattr(module, "_commit", fails)
    ledger = Ledger(None)
    async with asyncio.timeout(30):
        came = await asyncio.gather(*(ledger.announce(announcement()) for _ in range(3)), return_exceptions=True)
    assert came == [error] * 3
    ledger._thread.shutdown()


class Committing:
    """A commit that takes until it is let go, and remembers what it was given."""

    def __init__(self) -> None:
        self.began, self.go_on = threading.Event(), threading.Event()
        self.announced: list[str] = []
        self.notes: list[Note] = []

    def __call__(self, batch: Any, run_id: uuid.UUID | None) -> list[int]:
        self.began.set()
        assert self.go_on.wait(30)
        ids = [len(self.announced) + number for number, _ in enumerate(batch.announced, 1)]
        self.announced += [one.url for one, _ in batch.announced]
        self.notes += batch.notes.values()
        return ids


@pytest.fixture
def committing(monkeypatch: pytest.MonkeyPatch) -> Committing:
    commit = Committing()
    monkeypatch.setattr(module, "_commit", commit)
    return commit


async def test_a_request_cancelled_while_its_row_is_written_ends_as_not_sent(committing: Committing):
    async with asyncio.timeout(30), Ledger(None) as ledger:
        asking = asyncio.create_task(ledger.announce(announcement()))
        await asyncio.to_thread(committing.began.wait, 30)
        asking.cancel()
        await asyncio.wait({asking})
        committing.go_on.set()
    assert asking.cancelled()
    (note,) = committing.notes
    assert (note.request_id, note.started_at, note.status) == (1, None, None)
    assert note.ended_at
    assert "not sent" in note.error


async def test_what_comes_while_a_commit_is_under_way_shares_the_next(committing: Committing):
    async with asyncio.timeout(30), Ledger(None) as ledger:
        asking = [asyncio.create_task(ledger.announce(announcement(str(number)))) for number in range(4)]
        await asyncio.to_thread(committing.began.wait, 30)
        now = timezone.now()
        ledger.note(Note(7, now))
        ledger.note(Note(8, now))
        ledger.note(Note(7, now, now, 200, 1))
        committing.go_on.set()
        assert await asyncio.gather(*asking) == [1, 2, 3, 4]
    assert committing.announced == ["0", "1", "2", "3"]
    assert [(note.request_id, note.status) for note in committing.notes] == [(7, 200), (8, None)]


async def test_what_is_noted_is_written_without_waiting_for_another_request(committing: Committing):
    committing.go_on.set()
    async with asyncio.timeout(30), Ledger(None) as ledger:
        ledger.note(Note(7, timezone.now()))
        await asyncio.to_thread(committing.began.wait, 30)
        while not committing.notes:
            await asyncio.sleep(0.01)
    assert [note.request_id for note in committing.notes] == [7]


async def test_notes_that_could_not_be_written_give_way_to_later_ones(committing: Committing, monkeypatch: pytest.MonkeyPatch):
    failed, now = threading.Event(), timezone.now()

    def fails(*_: object) -> list[int]:
        failed.set()
        raise InterfaceError("the connection is closed")

    committing.go_on.set()
    async with asyncio.timeout(30), Ledger(None) as ledger:
        with monkeypatch.context() as patched:
            patched.setattr(module, "_commit", fails)
            ledger.note(Note(7, now))
            ledger.note(Note(8, now))
            await asyncio.to_thread(failed.wait, 30)
            while ledger._is_writing:
                await asyncio.sleep(0.01)
        ledger.note(Note(7, now, now, 200, 1))
    assert [(note.request_id, note.status) for note in committing.notes] == [(7, 200), (8, None)]


class Away:
    """A commit that fails while the database is away, and tells of every try."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.is_away, self.tries, self.notes = True, 0, list[Note]()
        monkeypatch.setattr(module, "_commit", self.commit)

    def commit(self, batch: Any, run_id: uuid.UUID | None) -> list[int]:
        self.tries += 1
        if self.is_away:
            raise InterfaceError("the connection is closed")
        self.notes += batch.notes.values()
        return [number for number, _ in enumerate(batch.announced, 1)]

    async def has_tried(self, times: int) -> None:
        while self.tries < times:
            await asyncio.sleep(0.01)


async def test_notes_that_could_not_be_written_are_tried_again_though_nobody_announces(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "RETRY_S", 0.05)
    database = Away(monkeypatch)
    async with asyncio.timeout(30), Ledger(None) as ledger:
        ledger.note(note_of(7, 200))
        await database.has_tried(2)
        database.is_away = False
        while not database.notes:
            await asyncio.sleep(0.01)
    assert [note.request_id for note in database.notes] == [7]


async def test_closing_waits_a_while_for_a_database_that_is_away(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "RETRY_S", 0.05)
    monkeypatch.setattr(module, "CLOSING_S", 600.0)
    database = Away(monkeypatch)

    async def returns() -> None:
        await database.has_tried(3)
        database.is_away = False

    async with asyncio.timeout(30):
        returning = asyncio.create_task(returns())
        async with Ledger(None) as ledger:
            ledger.note(note_of(7, 200))
        await returning
    assert [note.request_id for note in database.notes] == [7]


async def test_the_ledger_is_behind_from_a_failure_until_a_commit(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "RETRY_S", 600.0)
    database = Away(monkeypatch)
    async with asyncio.timeout(30), Ledger(None) as ledger:
        assert not ledger.is_behind
        ledger.note(note_of(7, 200))
        while not ledger.is_behind:
            await asyncio.sleep(0.01)
        database.is_away = False
        await ledger.announce(announcement())
        assert not ledger.is_behind


async def test_the_ledger_is_behind_while_a_commit_takes_too_long(committing: Committing, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "BEHIND_S", 0.05)
    async with asyncio.timeout(30), Ledger(None) as ledger:
        ledger.note(note_of(7, 200))
        while not ledger.is_behind:
            await asyncio.sleep(0.01)
        committing.go_on.set()
        while ledger.is_behind:
            await asyncio.sleep(0.01)


@pytest.mark.django_db(transaction=True)
async def test_a_row_says_whether_its_request_waits_has_left_or_was_given_up():
    now = timezone.now()
    async with asyncio.timeout(30), Ledger(None) as ledger:
        waiting, left, ended, given_up = await asyncio.gather(*(ledger.announce(announcement(str(number))) for number in range(4)))
        ledger.note(Note(left, now))
        ledger.note(Note(ended, now, now, 200, 5))
        ledger.note(unsent(given_up))
    assert await pks(OutboundRequest.objects.waiting()) == [waiting]
    assert await pks(OutboundRequest.objects.sent()) == [left, ended]
    assert await pks(OutboundRequest.objects.exclude(ended_at=None)) == [ended, given_up]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("known", "is_recent"),
    [
        ({"worker": "elsewhere:1"}, True),
        ({"worker": module.WORKER}, False),
        ({"worker": "elsewhere:1", "host": "other.example:443"}, False),
        ({"worker": "elsewhere:1", "ended_at": timezone.now()}, False),
    ],
    ids=["waiting", "our own", "another host's", "given up"],
)
def test_what_others_have_announced_may_be_under_way(known: dict[str, Any], is_recent: bool):
    OutboundRequest.objects.create(**{"host": "boards.example:443", "purpose": "list", "url": "https://boards.example/acme", **known})
    assert module._activity("boards.example:443") == Activity(0, is_recent)


@pytest.mark.django_db
def test_the_form_before_announcements_has_room_for_what_left_only():
    values = {"host": "boards.example:443", "purpose": "list", "url": "https://boards.example/acme", "worker": "w:1"}
    left = OutboundRequest.objects.create(**values, started_at=timezone.now())
    OutboundRequest.objects.create(**values)
    OutboundRequest.objects.create(**values, ended_at=timezone.now(), error="not sent")
    connection.check_constraints()  # nothing of this transaction is left for later: tables are changed without
    loader = MigrationLoader(connection)
    before = loader.project_state([("ingestion", "0008_version_unchecked")])
    with connection.schema_editor() as editor:
        loader.get_migration("ingestion", "0009_announced_requests").unapply(before, editor)
    assert list(OutboundRequest.objects.values_list("pk", flat=True)) == [left.pk]
    with pytest.raises(IntegrityError), transaction.atomic():
        OutboundRequest.objects.create(**values)


@pytest.mark.django_db(transaction=True)
async def test_texts_that_cannot_be_stored_lose_what_is_bad_in_them():
    async with asyncio.timeout(30), Ledger(None) as ledger:
        first, second = await asyncio.gather(
            ledger.announce(announcement("https://a/\x00\udcff")), ledger.announce(announcement("https://b/\\u0000"))
        )
        ledger.note(note_of(first, 500, "Tea\x00\udcffpot"))
    rows = await written(first, second)
    assert [(url, error) for url, error, _ in rows] == [("https://a/  ", "Tea  pot"), ("https://b/\\u0000", "")]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("status", [10**6, "five"])
async def test_a_note_that_can_never_be_written_holds_up_no_other(status: Any):
    async with asyncio.timeout(30), Ledger(None) as ledger:
        first = await ledger.announce(announcement())
        second = await ledger.announce(announcement())
        ledger.note(note_of(first, status))
        ledger.note(note_of(second, 200))
        third = await ledger.announce(announcement())
        ledger.note(note_of(third, status))
    assert [status for *_, status in await written(first, second, third)] == [None, 200, None]


@sync_to_async
def pks(rows: QuerySet[OutboundRequest]) -> list[int]:
    try:
        return list(rows.order_by("pk").values_list("pk", flat=True))
    finally:
        connection.close()


@sync_to_async
def written(*ids: int) -> list[tuple[str, str, int | None]]:
    """Address, error and status of these rows; the thread outlives the test, so its connection is closed here."""
    try:
        return list(OutboundRequest.objects.filter(pk__in=ids).order_by("pk").values_list("url", "error", "status"))
    finally:
        connection.close()


async def test_closing_writes_what_is_left_even_when_cancelled_again_and_again(committing: Committing):
    async def use() -> None:
        async with Ledger(None) as ledger:
            ledger.note(note_of(7, 200))

    using = asyncio.create_task(use())
    await asyncio.to_thread(committing.began.wait, 30)
    for _ in range(3):
        using.cancel()
        await asyncio.wait({using}, timeout=0.01)
    committing.go_on.set()
    async with asyncio.timeout(30):
        while not committing.notes:
            await asyncio.sleep(0.01)
    assert using.cancelled()


async def test_closing_gives_up_on_a_database_that_is_away(monkeypatch: pytest.MonkeyPatch):
    def fails(*_: object) -> list[int]:
        raise InterfaceError("the connection is closed")

    monkeypatch.setattr(module, "_commit", fails)
    monkeypatch.setattr(module, "RETRY_S", 0.01)
    monkeypatch.setattr(module, "CLOSING_S", 0.1)
    async with asyncio.timeout(30), Ledger(None) as ledger:
        ledger.note(note_of(7, 200))
