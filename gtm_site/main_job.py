"""The main job as the commands `demo` and `run` show it: start everything, follow one run to its end, close with a table."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from rich.console import Console
from rich.table import Table

from catalog.models import Job, Skill
from catalog.services import skills_import
from extraction import services as extraction
from gtm_site import pipeline
from gtm_site.accounts.demo_account import Account, account_create
from gtm_site.progress import follow
from gtm_site.report import report_write, run_report
from gtm_site.running import embedded, programs
from gtm_site.running.logs import log_shorten
from gtm_site.running.outlive import outlive
from gtm_site.running.ports import require_free
from gtm_site.running.state_folder import only_supervisor
from gtm_site.running.supervisor import Program, Supervisor, stop_signals
from gtm_site.schema import schema_update
from ingestion.errors import RunStateError
from ingestion.management.runs import caller
from ingestion.models import RawPosting, Run, Source


@dataclass(frozen=True)
class ClosingFigures:
    """What scripts read from the last line; seconds are wall time by stage."""

    url: str
    sources: int
    postings: int
    jobs: int
    skills: int
    seconds: dict[str, float]
    wall_seconds: float
    refetched: int
    reextracted: int


def run_main_job(
    *,
    port: int,
    parameters: dict[str, Any],
    extra: Sequence[Program],
    environment: dict[str, str],
    stay: bool,
    with_account: bool,
    tiers: Sequence[int] | None = None,
) -> None:
    """Bring the schema and the skills up to date, start everything, do the job, show its table, stay up until Ctrl-C.

    `tiers`: those of language models that get workers; by default the ones that the settings switch on.
    """
    console = Console(soft_wrap=True)
    require_free(port, f"choose another one with {'DEMO_PORT' if with_account else 'PORT'}=NUMBER")
    url = f"http://127.0.0.1:{port}/"
    stopping = threading.Event()
    settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
    with stop_signals(stopping), only_supervisor(), embedded.servers() as servers:
        console.print("Setting up the database and the vocabulary ...")
        account = outlive(lambda: _set_up(url, with_account=with_account), servers.tend)
        own = [programs.web(port), *programs.workers(tiers=tiers), programs.scheduler()]
        for program in own:
            program.env = {**program.env, **environment}
        log_path = _fresh_log(settings.VAR_DIR / "serve.log")
        with _working([*extra, *own], servers, log_path) as tend:
            _wait_for_web(port, tend, stopping, log_path)
            console.print(f"Jobs appear at {url} while the run works; logs are in {log_path}")
            started = outlive(lambda: _start(parameters, in_sandbox=settings.IN_SANDBOX or "IN_SANDBOX" in environment), tend)
            run = follow(started.pk, console, tend, stopping.is_set)
            if run is not None:
                console.print(f"Report: {outlive(lambda: report_write(run, run_report(run), settings.REPORTS_DIR), tend)}")
                _close(console, run, account, outlive(lambda: closing_figures(run, url), tend), stay=stay)
                _require_done(run, stay=stay)
            while stay and not stopping.wait(0.5):
                tend()


@contextlib.contextmanager
def _working(wanted: Sequence[Program], servers: embedded.EmbeddedServers, log_path: Path) -> Iterator[Callable[[], None]]:
    """The programs at work until the end of the block, which is handed what looks after them and the servers."""
    with log_path.open("a", encoding="utf-8") as log:
        supervisor = Supervisor(wanted, output=log, as_json=settings.LOG_FORMAT == "json")

        def tend() -> None:
            log_shorten(log_path)
            servers.tend()
            supervisor.tend()

        supervisor.start()
        try:
            yield tend
        finally:
            supervisor.stop()


def _set_up(url: str, *, with_account: bool) -> Account | None:
    schema_update()
    skills_import()
    return account_create(url) if with_account else None


def _start(parameters: dict[str, Any], *, in_sandbox: bool) -> Run:
    """The run over the whole line, in the world of the programs that work on it; one that was paused is not begun a second time."""
    try:
        return pipeline.run_all(parameters=parameters, by=caller(), in_sandbox=in_sandbox)
    except RunStateError as error:
        raise CommandError(f"{error}. {error.hint} `manage.py ingest runs resume` and `... cancel` do that.") from error


def _fresh_log(path: Path) -> Path:
    """The log of this start; the one before is kept as `serve.log.1`, older ones are not."""
    if path.exists():
        path.replace(path.with_name(f"{path.name}.1"))
    return path


def closing_figures(run: Run, url: str) -> ClosingFigures:
    seconds = dict.fromkeys(("discover", "fetch", extraction.STAGE), 0.0) | {
        stage.name: round((stage.ended_at - stage.started_at).total_seconds(), 2) if stage.started_at and stage.ended_at else 0.0
        for stage in run.stages.all()
    }
    counts = pipeline.repeated_work(run)
    return ClosingFigures(
        url=url,
        sources=Source.objects.count(),
        postings=RawPosting.objects.open().count(),
        jobs=Job.objects.filter(state="open").count(),
        skills=Skill.objects.count(),
        seconds=seconds,
        wall_seconds=round((run.ended_at - run.started_at).total_seconds(), 2) if run.started_at and run.ended_at else 0.0,
        refetched=counts.refetched,
        reextracted=counts.reextracted,
    )


def _close(console: Console, run: Run, account: Account | None, figures: ClosingFigures, *, stay: bool) -> None:
    table = Table(
        title=f"Run {str(run.pk)[:8]}: {run.get_state_display()}{f' ({run.message})' if run.message else ''}", title_justify="left"
    )
    table.add_column("what")
    table.add_column("count or time", justify="right")
    for name, value in (
        ("sources", figures.sources),
        ("open postings", figures.postings),
        ("open jobs", figures.jobs),
        ("skills known", figures.skills),
    ):
        table.add_row(name, f"{value:,}")
    for stage, seconds in figures.seconds.items():
        table.add_row(f"{stage}", f"{seconds:,.1f} s")
    console.print(table)
    if account:
        console.print(f"Staff login: {account.user} / {account.password}   API token: {account.token}", highlight=False)
    else:
        console.print(f"Staff logs in at {figures.url}login; `manage.py createsuperuser` makes the first account", highlight=False)
    target = "demo" if account else "run"
    ends = f"Open {figures.url} (Ctrl-C ends everything)" if stay else f"Everything ends now; `make {target}` opens the app"
    console.print(ends, highlight=False)
    print(f"DEMO {json.dumps(asdict(figures))}", flush=True)


def _require_done(run: Run, *, stay: bool) -> None:
    """Scripts that do not stay learn from the exit status that the run did not end well."""
    if not stay and run.state != Run.State.DONE:
        raise CommandError(f"run {run.pk} is {run.state}: {run.message or 'see `manage.py ingest runs show`'}")


def _wait_for_web(port: int, tend: Callable[[], None], stopping: threading.Event, log: Path) -> None:
    deadline = time.monotonic() + 60
    while not stopping.wait(0.1):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        tend()
        if time.monotonic() > deadline:
            raise CommandError(f"the web server does not answer on port {port}; see {log}")
