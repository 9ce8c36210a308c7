"""Runs of the real world and of the sandbox over one database: neither's programs work on the other's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import django_rq
import pytest
from django.conf import settings as configured
from django.core.management import CommandError, call_command

from ingestion import pipeline
from ingestion.models import OutboundRequest, Run, Source
from ingestion.schedule import scheduled_run_start
from ingestion.services import run_create, run_start, stage_start
from ingestion.services.direct_runs import run_open
from ingestion.services.parking import parked_runs_resume, run_park
from ingestion.tests.factories import make_source

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _empty_queues() -> Iterator[None]:
    yield
    for name in (configured.DISCOVER_QUEUE, *configured.SCRAPE_QUEUES.values()):
        django_rq.get_queue(name).delete(delete_jobs=True)


def begun_run(kind: str, **parameters: Any) -> Run:
    run = run_create(kind=kind, parameters={"queued": True, **parameters})
    return run_start(run_id=run.pk)


@pytest.mark.parametrize("here", [True, False], ids=["in the sandbox", "in the real world"])
def test_a_fetch_of_the_other_world_is_left_as_it_is(here: bool, settings: Any) -> None:
    settings.IN_SANDBOX, settings.SCHEDULE_MINUTES = not here, 0
    make_source("theirs", mark="" if here else "sandbox")
    waiting, begun = run_create(kind="fetch", parameters={"queued": True}), begun_run("fetch")
    stage_start(run_id=begun.pk, name="fetch", unit="sources")
    settings.IN_SANDBOX = here
    make_source("ours", mark="sandbox" if here else "")
    assert pipeline.tick() == 0
    assert pipeline.fetch_one_slice(source_type="greenhouse", run_id=begun.pk).read == 0  # a task that was left in the queue
    assert (Run.objects.get(pk=waiting.pk).state, Run.objects.get(pk=begun.pk).state) == ("queued", "running")
    assert not Source.objects.exclude(last_checked_at=None).exists()
    settings.IN_SANDBOX = not here
    assert pipeline.tick() == 2


def test_a_discovery_of_the_other_world_is_left_as_it_is(settings: Any) -> None:
    settings.IN_SANDBOX = False
    run = begun_run("discover", sites=["jobs.lever.co/acme"])
    settings.IN_SANDBOX = True
    assert pipeline.tick() == 0
    pipeline.discover(run_id=run.pk)
    assert not Source.objects.exists()
    settings.IN_SANDBOX = False
    pipeline.discover(run_id=run.pk)
    assert (Run.objects.get().state, Source.objects.get().mark) == ("done", "")


def test_nothing_else_takes_up_or_waits_for_a_run_of_the_other_world(settings: Any) -> None:
    settings.IN_SANDBOX, settings.SCHEDULE_MINUTES = True, 5
    begun_run("fetch")
    parked, lost = begun_run("fetch"), run_create(kind="ingest", parameters={"target": 5})
    run_park(run_id=parked.pk, reason="the disk is full")
    settings.IN_SANDBOX = False
    make_source("real")
    assert parked_runs_resume() == 0
    with run_open(kind="ingest", parameters={"target": 5}) as own:
        assert own.pk != lost.pk
    assert Run.objects.get(pk=lost.pk).state == "queued"
    Run.objects.filter(pk=own.pk).delete()
    assert scheduled_run_start() is not None


def test_a_command_that_would_go_on_in_the_other_world_says_so(settings: Any) -> None:
    settings.IN_SANDBOX = True
    run = run_create(kind="fetch")
    settings.IN_SANDBOX = False
    with pytest.raises(CommandError, match="is of the sandbox"):
        call_command("ingest", "runs", "resume", str(run.pk))


def test_companies_sites_are_not_asked_from_the_sandbox(settings: Any) -> None:
    settings.IN_SANDBOX = True
    run = begun_run("discover", sites=["acme.example"])
    with pytest.raises(pipeline.SiteError, match="sandbox plays no"):
        pipeline.discover(run_id=run.pk)
    assert not OutboundRequest.objects.exists()
