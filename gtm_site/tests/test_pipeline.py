from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from gtm_site import pipeline
from ingestion.errors import UnreadableBodyError
from ingestion.models import FrontierUrl, Run, Source
from ingestion.services import run_create, run_retry, run_start, source_fail, sources_claim, stage_end, stage_start
from ingestion.tests.factories import make_source

pytestmark = pytest.mark.django_db


def read_run() -> Run:
    """A run whose boards are read; one of them was given up."""
    run = run_create(kind=Run.Kind.ALL, parameters={"queued": True})
    run_start(run_id=run.pk)
    stage_start(run_id=run.pk, name="fetch", unit="sources")
    make_source()
    (claim,) = sources_claim(source_type="greenhouse", limit=1, run_id=run.pk)
    source_fail(claim=claim, error=UnreadableBodyError("not a board", status=200), run_id=run.pk)
    stage_end(run_id=run.pk, name="fetch")
    return run


def test_a_run_ends_when_its_boards_are_read_and_nothing_waits_for_extraction():
    run = read_run()
    pipeline.advance(run)
    assert Run.objects.get(pk=run.pk).state == "done"


def test_a_start_in_the_sandbox_takes_up_no_run_of_the_real_world_nor_the_other_way_round(settings: Any):
    settings.IN_SANDBOX = False
    settings.FETCH_USER_AGENT = "GTM-Engine/0.1 (contact: tests@gtm-engine.example)"
    real, played = (pipeline.run_all(parameters={}, in_sandbox=world) for world in (None, True))
    assert (real.in_sandbox, played.in_sandbox) == (False, True)
    assert pipeline.run_all(parameters={}, in_sandbox=True) == played
    settings.IN_SANDBOX = True
    pipeline.tick()
    assert set(Run.objects.values_list("pk", "state")) == {(real.pk, "queued"), (played.pk, "running")}


def test_a_retry_that_comes_during_the_last_upkeep_is_not_lost(monkeypatch: pytest.MonkeyPatch):
    run = read_run()
    monkeypatch.setattr(pipeline, "upkeep", lambda: run_retry(run_id=run.pk))
    pipeline.advance(run)
    run.refresh_from_db()
    assert (run.state, run.stages.get(name="fetch").ended_at) == ("running", None)


def test_upkeep_drops_addresses_whose_board_was_read():
    read, unread = (make_source(name, last_read_at=moment) for name, moment in (("read", timezone.now()), ("unread", None)))
    for number, source in enumerate((read, unread)):
        seen_at = timezone.now() - timedelta(hours=1)
        FrontierUrl.objects.create(url_hash=f"{number:032x}", url=f"https://x.example/{number}", source=source, seen_at=seen_at)
    pipeline.upkeep()
    assert [row.source for row in FrontierUrl.objects.select_related("source")] == [Source.objects.get(source_key="unread")]
