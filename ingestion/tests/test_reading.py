"""How a board is held while it is read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any

import pytest
from django.utils import timezone

from ingestion import pipeline
from ingestion.ats.large import LargeItems
from ingestion.models import RawObject, RawPosting, Run, Source
from ingestion.services import BoardRead, BoardResult, boards_store, run_create
from ingestion.tests.factories import make_source
from sandbox.testing import RunningSandbox

pytestmark = pytest.mark.django_db(transaction=True)
Use = Callable[[RunningSandbox], None]


def fetch() -> Run:
    run = run_create(kind="fetch")
    pipeline.fetch(run_id=run.pk)
    run.refresh_from_db()
    return run


@pytest.fixture
def stored(monkeypatch: pytest.MonkeyPatch) -> list[BoardRead]:
    """What was handed over to be stored."""
    handed_over: list[BoardRead] = []

    def store(*, reads: Sequence[BoardRead], run_id: Any) -> list[BoardResult]:
        handed_over.extend(reads)
        return boards_store(reads=reads, run_id=run_id)

    monkeypatch.setattr("ingestion.fetch.boards_store", store)
    return handed_over


def test_a_board_of_many_pages_is_decoded_item_by_item_once_it_is_large(
    generated: RunningSandbox, use: Use, stored: list[BoardRead], monkeypatch: pytest.MonkeyPatch
):
    use(generated)
    for key in generated.boards()["lever"]:
        make_source(key.casefold(), "lever")
    fetch()
    postings = RawPosting.objects.count()
    large = max(RawObject.objects.values_list("size", flat=True)) // 2
    stored.clear()

    monkeypatch.setattr("ingestion.ats.lever.PAGE_SIZE", 2)
    monkeypatch.setattr("ingestion.received.LARGE", large)
    Source.objects.update(read_digest="", next_check_at=timezone.now())
    run = fetch()
    assert (run.state, run.stages.get().failed) == ("done", 0)
    assert run.stages.get().counts["unchanged"] == postings
    held = [[isinstance(page.payloads, LargeItems) for page in read.pages] for read in stored]
    assert held == [[size > large for size in accumulate(page.raw.size for page in read.pages)] for read in stored]
    assert any(len(set(pages)) == 2 for pages in held)
