from __future__ import annotations

import io
import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import django_rq
import pytest
from django.conf import settings as configured
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from ingestion import pipeline, tasks
from ingestion.errors import RunStateError
from ingestion.models import DeadLetter, OutboundRequest, Run, Source
from ingestion.services import run_create
from ingestion.services.direct_runs import run_held
from ingestion.tests.factories import make_source
from sandbox.testing import RunningSandbox, running_sandbox

Use = Callable[[RunningSandbox], None]


def ingest(*arguments: str) -> str:
    out = io.StringIO()
    call_command("ingest", *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_a_retry_tells_of_paused_boards():
    DeadLetter.objects.create(source=make_source(state="paused"), kind="busy", message="503", attempts=6)
    out = ingest("dlq", "retry")
    assert "0 sources are due again" in out
    assert "1 go on waiting: their boards are paused" in out


@pytest.mark.django_db
@pytest.mark.parametrize("action", ["pause", "cancel"])
def test_of_several_runs_none_is_stopped_without_its_id(action: str):
    first, second = (run_create(kind="fetch", parameters={"queued": True}) for _ in range(2))
    with pytest.raises(CommandError, match="2 runs can be moved") as refused:
        ingest("runs", action)
    assert str(first.pk)[:8] in str(refused.value)
    ingest("runs", action, str(second.pk))
    ingest("runs", "cancel", str(first.pk))
    first.refresh_from_db()
    assert first.state == "cancelled"


@pytest.mark.django_db
def test_a_second_run_of_the_queues_tells_of_the_first(queues: Any):
    make_source()
    first = run_create(kind="fetch", parameters={"queued": True})
    assert f"run {first.pk} (fetch) is running too" in ingest("fetch", "--queued")
    Run.objects.all().delete()
    run_create(kind="extract", parameters={"queued": True})
    assert "they share" not in ingest("fetch", "--queued")


@pytest.mark.django_db
def test_a_fetch_that_asks_nobody_says_why():
    assert "No board is known" in ingest("fetch")
    source = make_source(open_postings=40, last_checked_at=timezone.now(), next_check_at=timezone.now() + timedelta(hours=3))
    assert f"No board is due before {source.next_check_at:%Y-%m-%d %H:%M} UTC" in ingest("fetch")
    Source.objects.update(next_check_at=timezone.now())
    assert "the target of 30 open postings is reached" in ingest("fetch", "--target", "30")


@pytest.mark.django_db
def test_a_fetch_that_asks_nobody_goes_by_its_own_boards():
    now = timezone.now()
    make_source("due", next_check_at=now - timedelta(days=1))
    later = make_source("later", "lever", last_checked_at=now, next_check_at=now + timedelta(hours=3))
    make_source("paused", "lever", state="paused", next_check_at=now - timedelta(days=1))
    assert f"No such board is due before {later.next_check_at:%Y-%m-%d %H:%M} UTC" in ingest("fetch", "--type", "lever")
    later.delete()
    assert "No such board was asked: all are paused" in ingest("fetch", "--type", "lever")
    Source.objects.all().delete()
    assert "No such board is known" in ingest("fetch", "--type", "lever")


@pytest.mark.django_db(transaction=True)
def test_a_fetch_whose_boards_are_all_gone_did_ask(generated: RunningSandbox, use: Callable[[RunningSandbox], None]):
    use(generated)
    make_source("there-is-no-such-board")
    assert "No board" not in ingest("fetch")
    assert Source.objects.get().state == "gone"


@pytest.mark.django_db
def test_proofs_of_nothing_are_refused():
    with pytest.raises(CommandError, match="is not before --until"):
        call_command("politeness", "--since", "2h", "--until", "3h")
    with pytest.raises(CommandError, match="no request to 'nosuch' is on record") as nothing:
        call_command("politeness", "--host", "nosuch")
    assert nothing.value.returncode == 1
    earlier = timezone.now() - timedelta(hours=5)
    OutboundRequest.objects.create(
        host="h.example", url="http://h.example/", purpose="list", attempt=1, worker="w", started_at=earlier, ended_at=earlier, status=200
    )
    with pytest.raises(CommandError, match=r"no request to 'h\.example' is on record in this time or run$"):
        call_command("politeness", "--since", "1h", "--host", "h.example")


@pytest.mark.django_db
def test_dead_letters_of_no_known_run_or_kind_are_refused():
    with pytest.raises(CommandError, match="no run begins with 'zzz', and no waiting dead letter is of one"):
        ingest("dlq", "list", "--run", "zzz")
    assert "nothing was given up" in ingest("dlq", "list", "--run", str(run_create(kind="fetch").pk)[:8])
    with pytest.raises(SystemExit):  # by argparse, which names the choices
        ingest("dlq", "retry", "--kind", "banana")


@pytest.mark.django_db
def test_a_token_in_the_place_of_a_file_is_told_how_it_is_given():
    with pytest.raises(CommandError, match=r"echo acme \| manage\.py ingest seed --type ATS -"):
        ingest("seed", "acme")


@contextmanager
def fetching(sandbox: RunningSandbox, raw_folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`manage.py ingest fetch` over the tests' database, killed in the end; its raw objects go to `raw_folder`."""
    state = raw_folder.parent / "state"
    state.mkdir()
    raw_folder.mkdir(exist_ok=True)
    (state / "raw").symlink_to(raw_folder)
    database = connection.settings_dict
    services = {
        "POSTGRES_URL": f"postgresql://{database['USER']}@/{database['NAME']}?host={quote(database['HOST'])}",
        "REDIS_URL": configured.REDIS_URL,
        "GTM_STATE_DIR": str(state),
        "FETCH_MIN_SPACING_MS": "300",  # thirty boards take nine seconds: time enough to kill it in the middle
    }
    argv = [sys.executable, "manage.py", "ingest", "fetch"]
    environment = {**os.environ, **sandbox.environment(), **services}
    with subprocess.Popen(argv, cwd=configured.BASE_DIR, env=environment, stdout=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.kill()


def is_free(run: Run) -> bool:
    """The server needs a moment to see that its client is gone."""
    with suppress(RunStateError), run_held(run_id=run.pk):
        return True
    return False


@pytest.fixture
def queues() -> Any:
    """The scrape and discover queues, empty before and after."""
    names = [configured.DISCOVER_QUEUE, *configured.SCRAPE_QUEUES.values()]
    found = {name: django_rq.get_queue(name) for name in names}
    for queue in found.values():
        queue.empty()
    yield found
    for queue in found.values():
        queue.empty()


@pytest.mark.parametrize("name", ["discover", "seed", "fetch", "all", "status", "sources", "dlq", "runs"])
def test_every_subcommand_explains_itself(name: str, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as ended:
        call_command("ingest", name, "--help")
    assert ended.value.code == 0
    text = capsys.readouterr().out
    assert len(text.split()) > 20


@pytest.mark.parametrize(
    "arguments",
    [
        ["sources", "--limit", "-1"],
        ["sources", "--limit", "0"],
        ["sources", "--limit", "9" * 30],
        ["fetch", "--target", "-3"],
        ["all", "--target", "many"],
        ["dlq", "retry", "-4"],
    ],
)
def test_numbers_that_mean_nothing_are_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as ended:
        call_command("ingest", *arguments)
    assert ended.value.code == 2
    assert f"must be a whole number from 1 to 1,000,000,000, not '{arguments[-1]}'" in capsys.readouterr().err


@pytest.mark.django_db
class TestWithoutNetwork:
    def test_seed_names_bad_lines_and_adds_the_rest(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
        path = tmp_path / "boards.csv"
        path.write_text("lever/acme\nhttps://example.com/jobs\nhttps://boards.greenhouse.io/beta\nlever/ACME\n")
        ingest("seed", str(path))
        assert capsys.readouterr().err.startswith("line 2: this address is of no known ATS")
        assert {str(source) for source in Source.objects.all()} == {"lever/acme", "greenhouse/beta"}
        assert "0 of them new" in ingest("seed", str(path)).replace("\n", " ")

    def test_seed_without_a_board_fails(self, tmp_path: Path):
        path = tmp_path / "boards.txt"
        path.write_text("nonsense without ats\n")
        with pytest.raises(CommandError, match="no line names a board"):
            ingest("seed", str(path))
        with pytest.raises(CommandError, match="cannot read"):
            ingest("seed", str(tmp_path / "absent"))

    def test_status_as_json_has_the_agreed_shape(self, settings: Any):
        settings.STATUS_COUNTS = []
        make_source()
        assert json.loads(ingest("status", "--json")) == {
            "sources": {"discovered": 1},
            "postings": {"open": 0, "missing": 0, "closed": 0, "prospect": 0, "fetched": 0, "extracted": 0},
            "jobs": 0,
        }

    def test_status_takes_in_what_other_apps_count(self, settings: Any):
        settings.STATUS_COUNTS = ["ingestion.tests.test_command.counted_elsewhere"]
        counts = json.loads(ingest("status", "--json"))
        assert (counts["postings"]["extracted"], counts["postings"]["open"], counts["jobs"]) == (7, 0, 5)

    def test_a_pasted_address_becomes_a_source(self):
        ingest("sources", "--url", "https://jobs.eu.lever.co/Acme/123")
        assert Source.objects.get().region == "eu"
        with pytest.raises(CommandError, match="there is no such domain"):
            ingest("sources", "--url", "https://careers.acme.invalid")

    def test_force_needs_a_name_and_names_must_exist(self):
        with pytest.raises(CommandError, match="--force needs --source"):
            ingest("fetch", "--force")
        with pytest.raises(CommandError, match="'lever/nobody' is not a known source"):
            ingest("fetch", "--source", "lever/nobody")


def counted_elsewhere() -> dict[str, Any]:
    return {"postings": {"extracted": 7}, "jobs": 5}


@pytest.mark.django_db(transaction=True)
class TestQueues:
    def test_queued_fetch_fills_the_queues_once(self, queues: Any):
        make_source("acme", "lever")
        for number in range(pipeline.SOURCES_PER_TASK + 1):
            make_source(f"board{number}")
        ingest("fetch", "--queued")
        assert (queues["scrape.lever"].count, queues["scrape.greenhouse"].count) == (1, 2)
        assert pipeline.tick() == 0
        run = Run.objects.get()
        assert queues["scrape.lever"].jobs[0].args == ("lever", str(run.pk))

    def test_runs_are_paused_resumed_and_cancelled(self, queues: Any):
        make_source()
        ingest("fetch", "--queued")
        for action, state in (("pause", "paused"), ("resume", "running"), ("cancel", "cancelled")):
            ingest("runs", action)
            assert Run.objects.get().state == state
        with pytest.raises(CommandError, match="no such run"):
            ingest("runs", "resume")


@pytest.mark.django_db(transaction=True)
class TestOverTheSandbox:
    def test_all_discovers_and_reads(self, generated: RunningSandbox, use: Use):
        use(generated)
        text = ingest("all")
        counts = json.loads(ingest("status", "--json"))
        assert counts["postings"]["open"] > 60
        assert counts["sources"]["gone"] >= 1
        assert f"{counts['postings']['open']:,}" in text
        assert (Run.objects.get().kind, Run.objects.get().state) == ("ingest", "done")

    def test_logs_leave_the_bars_alone(self, generated: RunningSandbox, use: Use, caplog: pytest.LogCaptureFixture):
        use(generated)
        caplog.set_level(logging.INFO)
        ingest("discover", "--type", "lever")
        assert caplog.messages == []
        pipeline.discover(run_id=run_create(kind="discover", parameters={"source_types": ["lever"], "again": True}).pk)
        assert any("crawl read" in message for message in caplog.messages)

    def test_the_target_stops_the_run(self, generated: RunningSandbox, use: Use):
        use(generated)
        ingest("all", "--target", "20")
        assert Run.objects.get().state == "done"
        assert Source.objects.filter(state="discovered").exists()

    def test_kill_9_leaves_a_run_that_the_same_call_ends(
        self, use: Use, raw_folder: Path, monkeypatch: pytest.MonkeyPatch, until: Callable[..., None]
    ):
        monkeypatch.setattr("ingestion.politeness.limiter.LEASE_S", 0.5)
        with running_sandbox(generate=30, postings=300, latency_ms=40) as sandbox:
            use(sandbox)
            for key in sandbox.boards()["greenhouse"]:
                make_source(key.casefold())
            with fetching(sandbox, raw_folder) as process:
                until(lambda: process.poll() is not None or Source.objects.exclude(last_read_at=None).count() >= 3, "three boards")
                sandbox.control(latency_ms=3_000)  # so that it cannot end before it is killed
                assert process.poll() is None, "it ended by itself"
                run = Run.objects.get()
                with pytest.raises(CommandError, match="another process works on"):
                    ingest("runs", "resume")
                process.kill()
            read_before = dict(Source.objects.exclude(last_read_at=None).values_list("pk", "last_read_at"))
            Source.objects.exclude(lease_until=None).update(lease_until=timezone.now())
            cache.clear()  # and with it the slots of the killed process
            sandbox.control(latency_ms=0)
            until(lambda: is_free(run), "the end of the killed process' hold on the run")
            assert "goes on where it stopped" in ingest("fetch").replace("\n", " ")
        run = Run.objects.get()
        assert (run.state, run.stages.get().done) == ("done", Source.objects.count())
        assert {pk: Source.objects.get(pk=pk).last_read_at for pk in read_before} == read_before

    def test_queued_work_ends_the_same(self, generated: RunningSandbox, use: Use, queues: Any):
        use(generated)
        ingest("all", "--queued")
        run = Run.objects.get()
        tasks.discover(*queues["discover"].jobs[0].args)
        tasks.discover(str(run.pk))
        while waiting := [task for name, queue in queues.items() if name.startswith("scrape.") for task in queue.jobs]:
            tasks.fetch_slice(*waiting[0].args)
            waiting[0].delete()
        run.refresh_from_db()
        stage = run.stages.get(name="fetch")
        assert (run.state, stage.done + stage.failed, stage.total) == ("done", Source.objects.count(), Source.objects.count())
        assert not Source.objects.filter(state="discovered").exists()

    def test_dead_letters_are_listed_retried_and_mirrored(self, source: Source, generated: RunningSandbox, use: Use):
        use(generated)
        generated.control(faults=[{"kind": "html", "rate": 1}])
        ingest("fetch")
        letter = DeadLetter.objects.get()
        mirror = django_rq.get_queue("dlq.scrape")
        assert f"dead-letter-{letter.pk}" in mirror.job_ids
        assert "unreadable" in ingest("dlq", "list")
        generated.control(faults=[])
        ingest("dlq", "retry", str(letter.pk))
        assert f"dead-letter-{letter.pk}" not in mirror.job_ids
        ingest("fetch")
        source.refresh_from_db()
        assert source.state == "valid"

    @pytest.fixture
    def source(self, full_boards: list[str]) -> Source:
        return make_source(full_boards[0])
