"""Whoever waits for the row of a request gets it, or the error, but never waits in vain."""

from __future__ import annotations

import asyncio
import threading
import uuid
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import InterfaceError, connection
from django.utils import timezone

from ingestion import ledger as module
from ingestion.ledger import Beginning, Ending, Ledger
from ingestion.models import OutboundRequest


def beginning(url: str = "https://boards.example/acme") -> Beginning:
    return Beginning(
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
        started_at=timezone.now(),
    )


@pytest.mark.parametrize("error", [InterfaceError("the connection is closed"), ValueError("something nobody thought of")])
async def test_whatever_goes_wrong_reaches_all_who_wait_for_their_row(error: Exception, monkeypatch: pytest.MonkeyPatch):
    def fails(*_: object) -> list[int]:
        raise error

    monkeypatch.setattr(module, "_commit", fails)
    ledger = Ledger(None)
    async with asyncio.timeout(30):
        came = await asyncio.gather(*(ledger.begin(beginning()) for _ in range(3)), return_exceptions=True)
    assert came == [error] * 3
    ledger._thread.shutdown()


class Committing:
    """A commit that takes until it is let go, and remembers what it was given."""

    def __init__(self) -> None:
        self.began, self.go_on = threading.Event(), threading.Event()
        self.begun: list[str] = []
        self.ended: list[Ending] = []

    def __call__(self, batch: Any, run_id: uuid.UUID | None) -> list[int]:
        self.began.set()
        assert self.go_on.wait(30)
        ids = [len(self.begun) + number for number, _ in enumerate(batch.begun, 1)]
        self.begun += [one.url for one, _ in batch.begun]
        self.ended += batch.ended
        return ids


@pytest.fixture
def committing(monkeypatch: pytest.MonkeyPatch) -> Committing:
    commit = Committing()
    monkeypatch.setattr(module, "_commit", commit)
    return commit


async def test_a_request_cancelled_while_its_row_is_written_ends_as_not_sent(committing: Committing):
    one = beginning()
    async with asyncio.timeout(30), Ledger(None) as ledger:
        asking = asyncio.create_task(ledger.begin(one))
        await asyncio.to_thread(committing.began.wait, 30)
        asking.cancel()
        await asyncio.wait({asking})
        committing.go_on.set()
    assert asking.cancelled()
    (end,) = committing.ended
    assert (end.request_id, end.ended_at, end.status, end.error) == (1, one.started_at, None, "cancelled: not sent")


async def test_what_comes_while_a_commit_is_under_way_shares_the_next(committing: Committing):
    async with asyncio.timeout(30), Ledger(None) as ledger:
        asking = [asyncio.create_task(ledger.begin(beginning(str(number)))) for number in range(4)]
        await asyncio.to_thread(committing.began.wait, 30)
        ledger.end(Ending(7, timezone.now(), 200, 1))
        committing.go_on.set()
        assert await asyncio.gather(*asking) == [1, 2, 3, 4]
    assert committing.begun == ["0", "1", "2", "3"]
    assert [end.request_id for end in committing.ended] == [7]


@pytest.mark.django_db(transaction=True)
async def test_texts_that_cannot_be_stored_lose_what_is_bad_in_them():
    async with asyncio.timeout(30), Ledger(None) as ledger:
        first, second = await asyncio.gather(ledger.begin(beginning("https://a/\x00\udcff")), ledger.begin(beginning("https://b/\\u0000")))
        ledger.end(Ending(first, timezone.now(), 500, 0, "Tea\x00\udcffpot"))
    rows = await written(first, second)
    assert [(url, error) for url, error, _ in rows] == [("https://a/  ", "Tea  pot"), ("https://b/\\u0000", "")]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("status", [10**6, "five"])
async def test_an_end_that_can_never_be_written_holds_up_no_other(status: Any):
    async with asyncio.timeout(30), Ledger(None) as ledger:
        first = await ledger.begin(beginning())
        second = await ledger.begin(beginning())
        ledger.end(Ending(first, timezone.now(), status, 0))
        ledger.end(Ending(second, timezone.now(), 200, 0))
        third = await ledger.begin(beginning())
        ledger.end(Ending(third, timezone.now(), status, 0))
    assert [status for *_, status in await written(first, second, third)] == [None, 200, None]


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
            ledger.end(Ending(7, timezone.now(), 200, 1))

    using = asyncio.create_task(use())
    await asyncio.to_thread(committing.began.wait, 30)
    for _ in range(3):
        using.cancel()
        await asyncio.wait({using}, timeout=0.01)
    committing.go_on.set()
    async with asyncio.timeout(30):
        while not committing.ended:
            await asyncio.sleep(0.01)
    assert using.cancelled()


async def test_closing_gives_up_on_a_database_that_is_away(monkeypatch: pytest.MonkeyPatch):
    def fails(*_: object) -> list[int]:
        raise InterfaceError("the connection is closed")

    monkeypatch.setattr(module, "_commit", fails)
    async with asyncio.timeout(30), Ledger(None) as ledger:
        ledger.end(Ending(7, timezone.now(), 200, 1))
