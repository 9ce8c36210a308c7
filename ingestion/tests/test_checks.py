from __future__ import annotations

import pytest
from django.core.checks import run_checks
from django.core.management import CommandError, call_command

from ingestion import pipeline
from ingestion.checks import missing_contact
from ingestion.errors import ContactMissingError
from ingestion.models import OutboundRequest, Run, Source
from ingestion.services import run_create
from ingestion.tests.factories import make_source

NOBODY, SOMEBODY = "Engine/1 (contact: crawler@engine.invalid)", "Engine/1 (contact: crawler@engine.example)"
NETWORKS = ("internal", "local", "localhost", "svc", "svc.cluster.local", "test")
REAL, LOCAL = "https://boards-api.greenhouse.io", "http://127.0.0.1:8100"


@pytest.fixture
def world(settings):
    settings.IN_SANDBOX, settings.FETCH_USER_AGENT = False, NOBODY
    settings.ATS_BASE_URLS = dict.fromkeys(settings.ATS_BASE_URLS, REAL)
    settings.CDX_BASE_URL = settings.COLUMNAR_BASE_URL = LOCAL
    return settings


def test_the_real_world_is_told_whom_to_write_to(world):
    assert missing_contact({}) == (
        "boards-api.greenhouse.io would be asked under an address that nobody has: set FETCH_USER_AGENT to a name and contact of yours"
    )
    world.FETCH_USER_AGENT = SOMEBODY
    assert missing_contact({}) == ""


@pytest.fixture
def nearby(world):
    """Only this machine is asked, unless a run says otherwise."""
    world.ATS_BASE_URLS = dict.fromkeys(world.ATS_BASE_URLS, LOCAL)
    return world


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "10.0.0.7", "sandbox", *(f"boards.{network}" for network in NETWORKS)])
def test_ones_own_network_needs_no_contact(world, host):
    world.ATS_BASE_URLS = {"GREENHOUSE_BASE_URL": f"http://{host}:8100"}
    assert missing_contact({}) == ""
    world.CDX_BASE_URL = "https://index.commoncrawl.org"
    assert missing_contact({}).startswith("index.commoncrawl.org ")


def test_a_run_needs_one_for_what_it_asks_itself(nearby):
    nearby.COLUMNAR_BASE_URL = "https://data.commoncrawl.org"
    assert missing_contact({"sites": ["", "sandbox"]}) == ""
    assert missing_contact({"sites": ["sandbox", "acme.example"]}).startswith("acme.example ")
    assert missing_contact({"columnar": ["part.parquet"]}).startswith("data.commoncrawl.org ")


@pytest.mark.parametrize("rotating", [[SOMEBODY, NOBODY], [""]])
def test_who_is_judged_is_who_asks(world, rotating):
    world.FETCH_USER_AGENT, world.FETCH_ROTATING_USER_AGENTS = SOMEBODY, rotating
    assert missing_contact({}) != ""
    world.FETCH_USER_AGENT, world.FETCH_ROTATING_USER_AGENTS = NOBODY, [SOMEBODY]
    assert missing_contact({}) == ""


@pytest.mark.parametrize("agent", ["", " ", NOBODY.upper()])
def test_nobody_is_nobody_however_it_is_written(world, agent):
    world.FETCH_USER_AGENT = agent
    assert missing_contact({}) != ""


def test_the_sandbox_needs_no_contact(world):
    world.IN_SANDBOX = True
    assert missing_contact({}) == ""


def test_who_deploys_is_warned(world):
    def warned():
        return "ingestion.W001" in {message.id for message in run_checks(include_deployment_checks=True)}

    assert warned()
    world.FETCH_USER_AGENT = SOMEBODY
    assert not warned()


@pytest.mark.django_db
@pytest.mark.parametrize("command", ["ingest all", "ingest all --queued", "ingest fetch", "ingest discover", "run"])
def test_no_command_asks_the_real_world_without_a_contact(world, command):
    with pytest.raises(CommandError, match="set FETCH_USER_AGENT"):
        call_command(*command.split())
    assert not Run.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("action", ["resume", "retry"])
def test_nor_does_a_run_go_on_without_one(world, action):
    run = Run.objects.create(kind="fetch", state=Run.State.PAUSED, trace_id="0" * 32)
    with pytest.raises(CommandError, match="set FETCH_USER_AGENT"):
        call_command("ingest", "runs", action, str(run.pk))
    assert Run.objects.get().state == Run.State.PAUSED


@pytest.mark.django_db
def test_a_site_is_not_visited_without_one_either(nearby):
    with pytest.raises(CommandError, match=r"acme\.example would be asked .* set FETCH_USER_AGENT"):
        call_command("ingest", "discover", "--site", "acme.example")


@pytest.mark.django_db
@pytest.mark.parametrize("action", ["resume", "retry"])
def test_a_run_of_the_sandbox_is_not_asked_for_one(world, action):
    run = Run.objects.create(kind="fetch", state=Run.State.FAILED, trace_id="0" * 32, in_sandbox=True)
    with pytest.raises(CommandError, match="is of the sandbox"):
        call_command("ingest", "runs", action, str(run.pk))


@pytest.fixture
def unresolved(monkeypatch):
    """No name has an address: nothing leaves, whatever is tried."""

    async def nowhere(host):
        return []

    monkeypatch.setattr("ingestion.http.addresses._resolve", nowhere)


@pytest.mark.django_db(transaction=True)
def test_a_worker_ends_such_a_run_and_blames_no_board(world, unresolved, raw_folder):
    make_source("acme")
    run = run_create(kind="fetch", parameters={"queued": True})
    pipeline.fetch_start(run_id=run.pk)
    assert pipeline.fetch_one_slice(source_type="greenhouse", run_id=run.pk).failed == 0
    run.refresh_from_db()
    assert (run.state, "set FETCH_USER_AGENT" in run.message) == ("failed", True)
    assert Source.objects.get().last_checked_at is None
    assert not OutboundRequest.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_nor_does_a_worker_discover_anything(world, unresolved):
    world.CDX_BASE_URL = "https://index.commoncrawl.org"
    run = run_create(kind="discover", parameters={"queued": True})
    with pytest.raises(ContactMissingError, match="set FETCH_USER_AGENT"):
        pipeline.discover(run_id=run.pk)
    run.refresh_from_db()
    assert (run.state, "set FETCH_USER_AGENT" in run.message) == ("failed", True)
    assert not OutboundRequest.objects.exists()
