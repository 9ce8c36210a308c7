"""Whoever waits for the row of a request gets it, or the error, but never waits in vain."""

from __future__ import annotations

import asyncio
import uuid

import pytest
from django.db import InterfaceError
from django.utils import timezone

from ingestion import ledger as module
from ingestion.ledger import Beginning, Ledger


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
    await asyncio.gather(ledger._writing, return_exceptions=True)
    ledger._thread.shutdown()
