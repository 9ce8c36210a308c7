"""How a board is held while it is read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from ingestion import pipeline
from ingestion.ats.registry import adapter
from ingestion.models import RawPosting, Run, Source
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

    monkeypatch.setattr("ingestion.storing.boards_store", store)
    return handed_over


def test_a_board_waits_without_its_texts(generated: RunningSandbox, use: Use, stored: list[BoardRead], monkeypatch: pytest.MonkeyPatch):
    use(generated)
    for key in generated.boards()["lever"]:
        make_source(key.casefold(), "lever")
    monkeypatch.setattr("ingestion.ats.lever.PAGE_SIZE", 2)
    assert fetch().state == "done"
    held = {name for read in stored for page in read.pages for item in page.items for name in item.payload}
    assert held == set(adapter("lever").headline_fields)
    assert any(len(read.pages) > 1 for read in stored)
    assert RawPosting.objects.count() == sum(len(page.items) for read in stored for page in read.pages)


def test_a_board_of_many_pages_that_is_too_large_in_all_is_refused(generated: RunningSandbox, use: Use, monkeypatch: pytest.MonkeyPatch):
    use(generated)
    for key in generated.boards()["lever"]:
        make_source(key.casefold(), "lever")
    monkeypatch.setattr("ingestion.ats.lever.PAGE_SIZE", 2)
    monkeypatch.setattr("ingestion.reading.MAX_BOARD_BYTES", 1000)
    fetch()
    assert set(Source.objects.filter(state="failed").values_list("state_reason", flat=True)) == {
        "the board is larger than 0 MB (too_large)"
    }
    assert Source.objects.filter(state="valid").exists()  # one page


def test_a_temporary_folder_that_takes_nothing_parks_the_run(
    generated: RunningSandbox, use: Use, full_boards: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    use(generated)
    source = make_source(full_boards[0])
    with monkeypatch.context() as patch:
        patch.setattr("ingestion.http.received.LARGE", 10)
        patch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
        run = fetch()
    assert (run.state, run.parked_on) == ("paused", "raw storage")
    assert run.message.startswith("the temporary folder cannot hold an answer")
    source.refresh_from_db()
    assert (source.state, source.lease_token) == ("discovered", None)
    assert fetch().state == "done"
