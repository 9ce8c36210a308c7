"""What the chaos test is made of: the product as an operator runs it, everything that can happen to it, and what must come out.

A system is `manage.py run` on a folder of its own; its processes are known by that folder. What it leaves is read from
its tables and its storage, by content and never by ids, since ids differ from run to run.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg
import pytest
import zstandard

from gtm_site.running import embedded
from gtm_site.running.state_folder import PROJECT
from sandbox.testing import RunningSandbox

# Seconds between two misfortunes, at least and at most; after a start more, so that some strike while it comes up.
PAUSE_S = (0.3, 2.0)
PAUSE_AFTER_START_S = (1.0, 9.0)
# Shorter than the retries of one request last, so that no board is given up because of it.
CUT_S = (0.5, 2.5)

_POSTING = "s.source_type, s.source_key, p.source_job_id FROM ingestion_rawposting p JOIN ingestion_source s ON s.id = p.source_id"
# Every row of these must be there after the chaos as after an undisturbed run, as often as there. The frontier is not among
# them: which postings are not read yet when discovery meets them depends on how far fetching is.
CONTENTS = {
    "sources": "SELECT source_type, source_key, region, state, company_name, open_postings FROM ingestion_source",
    "sightings": "SELECT source_type, source_key, method, crawl FROM ingestion_sighting JOIN ingestion_source s ON s.id = source_id",
    "versions": "SELECT content_hash FROM ingestion_postingversion",
    "raw objects": "SELECT sha256, size FROM ingestion_rawobject",
    "postings": f"SELECT p.content_hash, p.title, p.missing_since, p.closed_at, p.reopened_count, {_POSTING}",
    "extractions": f"SELECT e.content_hash, e.tier, md5(e.record::text), {_POSTING} JOIN extraction_extraction e ON e.posting_id = p.id",
    "jobs": "SELECT source_type, source_key, source_job_id, state, title, company_name, job_function, md5(text)"
    " FROM catalog_job j JOIN catalog_jobcontent c ON c.job_id = j.id",
    "skills of jobs": "SELECT source_type, source_key, source_job_id, s.name"
    " FROM catalog_jobskill JOIN catalog_job j ON j.id = job_id JOIN catalog_skill s ON s.id = skill_id",
}
# No row of these may be there.
TROUBLE = {
    "source stuck": "SELECT source_type, source_key, state FROM ingestion_source WHERE state = 'discovered'",
    "lease left on a source": "SELECT source_type, source_key FROM ingestion_source WHERE lease_token IS NOT NULL",
    "posting stuck": "SELECT posting_id, state, error FROM extraction_pendingextraction",
    "dead letter": "SELECT source_id, kind, message FROM ingestion_deadletter WHERE resolved_at IS NULL",
    "run not ended": "SELECT id, state FROM ingestion_run WHERE state NOT IN ('done', 'failed')",
    "stage not ended": "SELECT r.id, s.name FROM ingestion_runstage s JOIN ingestion_run r ON r.id = run_id"
    " WHERE r.state = 'done' AND s.ended_at IS NULL",
    # Nothing in the database sees to these (`ingest integrity` asks the same).
    "posting without its raw object": "SELECT p.id, p.raw_object_id FROM ingestion_rawposting p"
    " WHERE NOT EXISTS (SELECT FROM ingestion_rawobject o WHERE o.id = p.raw_object_id)",
    "version without its raw object": "SELECT p.id, p.raw_object_id FROM ingestion_postingversion p"
    " WHERE NOT EXISTS (SELECT FROM ingestion_rawobject o WHERE o.id = p.raw_object_id)",
    "content extracted twice": "SELECT posting_id, content_hash, tier FROM extraction_extraction GROUP BY 1, 2, 3 HAVING count(*) > 1",
}


class System:
    """`manage.py run` against a sandbox, on a state folder of its own."""

    def __init__(self, folder: Path, sandbox: RunningSandbox, port: int, **settings: str) -> None:
        self.folder = folder
        self.log = folder.with_suffix(".log")
        self._argv = [sys.executable, "manage.py", "run", "--exit", "--port", str(port)]
        inherited = {n: v for n, v in os.environ.items() if n not in {"POSTGRES_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE"}}
        self._environment = {**inherited, **sandbox.environment(), "IN_SANDBOX": "1", "GTM_STATE_DIR": str(folder), **settings}
        self.process: subprocess.Popen[bytes] | None = None
        self.starts = 0

    def story(self) -> str:
        """The ends of what it showed and of what its programs logged since the last start."""
        logs = (path for path in (self.log, self.folder / "serve.log") if path.exists())
        return "\n".join(f"{path}:\n{path.read_text(errors='replace')[-3000:]}" for path in logs)

    def start(self) -> None:
        """As an operator does, who sees that it is down."""
        self.starts += 1
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self._argv, cwd=PROJECT, env=self._environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def status(self) -> int | None:
        """The exit status when it has ended, else None."""
        return self.process.poll() if self.process else None

    def said_done(self) -> bool:
        """Whether the last run that it showed came to its end."""
        return re.findall(r"^Run \w+: (\w+)", self.log.read_text(), re.MULTILINE)[-1:] == ["done"]

    def stop(self) -> None:
        """End it, and everything that it did not end itself."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(20)
        for process in self.members():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        if self.process:
            self.process.wait()

    def members(self, *words: str) -> list[psutil.Process]:
        """Its living processes whose command line holds all these words."""
        return [process for process in psutil.process_iter() if self._is_member(process, words)]

    def _is_member(self, process: psutil.Process, words: tuple[str, ...]) -> bool:
        try:
            if process.status() == psutil.STATUS_ZOMBIE or not self._is_ours(process):
                return False
            line = " ".join(process.cmdline())
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            return False
        return all(word in line for word in words)

    def _is_ours(self, process: psutil.Process) -> bool:
        """PostgreSQL's children write their titles over their environment, but stand in the data folder."""
        return Path(process.cwd()).is_relative_to(self.folder) or process.environ().get("GTM_STATE_DIR") == str(self.folder)


def _title(process: psutil.Process) -> str:
    """Its command line; empty for one that has ended since it was listed."""
    try:
        return " ".join(process.cmdline())
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return ""


@dataclass
class Mischief:
    """Does to a system, in an order and after pauses that depend on the seed alone, what must do it no harm."""

    system: System
    sandbox: RunningSandbox
    luck: random.Random
    played: list[str] = field(default_factory=list)

    def plan(self) -> list[Callable[[], int]]:
        """Every kind once, the frequent ones more often; each tells how many it met."""
        kinds = [self.kill_worker] * 3 + [self.kill_scheduler, self.kill_supervisor, self.kill_supervisor, self.empty_redis]
        kinds += [self.kill_backend, self.kill_postmaster, self.kill_postgres, self.cut_sandbox, self.cut_sandbox]
        self.luck.shuffle(kinds)
        return kinds

    def pause(self, *, after_start: bool = False) -> float:
        """Seconds until the next one."""
        return self.luck.uniform(*(PAUSE_AFTER_START_S if after_start else PAUSE_S))

    def kill_worker(self) -> int:
        return self._kill("worker", self.system.members("rqworker"), one=True)

    def kill_scheduler(self) -> int:
        return self._kill("scheduler", self.system.members("rqcron"))

    def kill_supervisor(self) -> int:
        process = self.system.process
        return self._kill("supervisor", [psutil.Process(process.pid)] if process and process.poll() is None else [])

    def empty_redis(self) -> int:
        shutil.rmtree(self.system.folder / "redis" / "appendonlydir", ignore_errors=True)
        return self._kill("redis, emptied", self.system.members("valkey-server"))

    def kill_backend(self) -> int:
        """PostgreSQL then ends all other connections too, and recovers by itself."""
        backends = [child for parent in self._postmaster() for child in parent.children() if "gtm" in _title(child)]
        return self._kill("postgres backend", backends, one=True)

    def kill_postmaster(self) -> int:
        """Its children live a moment longer, and hold the shared memory meanwhile."""
        return self._kill("postmaster", self._postmaster())

    def kill_postgres(self) -> int:
        return self._kill("all of postgres", [process for parent in self._postmaster() for process in (parent, *parent.children())])

    def cut_sandbox(self) -> int:
        seconds = self.luck.uniform(*CUT_S)
        host = self.luck.choice([None, "greenhouse", "lever", "cdx"])
        with contextlib.suppress(httpx.TransportError):  # it is cut already
            self.sandbox.cut(seconds=seconds, host=host)
        self.played.append(f"cut of {host or 'everything'} for {seconds:.1f} s")
        return 1

    def _postmaster(self) -> list[psutil.Process]:
        return self.system.members("bin/postgres", "-D")

    def _kill(self, what: str, processes: list[psutil.Process], *, one: bool = False) -> int:
        victims = [self.luck.choice(processes)] if one and processes else processes
        for victim in victims:
            with contextlib.suppress(psutil.NoSuchProcess):
                victim.send_signal(signal.SIGKILL)
        self.played += [what] if victims else []
        return len(victims)


@contextlib.contextmanager
def database_of(folder: Path) -> Iterator[psycopg.Connection[Any]]:
    """The database that a system left in its folder, started for the block."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GTM_STATE_DIR", str(folder))
        patch.delenv("POSTGRES_URL", raising=False)
        with embedded.servers(durable=False), psycopg.connect(embedded.postgres_url()) as connection:
            yield connection


def contents_of(connection: psycopg.Connection[Any], folder: Path) -> dict[str, Counter[Any]]:
    """How often each row of `CONTENTS`, and each file of the raw storage by what it holds, is there."""
    contents = {name: Counter(connection.execute(query.encode()).fetchall()) for name, query in CONTENTS.items()}
    contents["raw files"] = Counter(_hash_of(path) for path in (folder / "raw").rglob("[!.]*.zst"))
    return contents


def trouble_of(connection: psycopg.Connection[Any]) -> dict[str, list[Any]]:
    """The rows that should not be there, by what is wrong with them."""
    found = {name: connection.execute(query.encode()).fetchall() for name, query in TROUBLE.items()}
    return {name: rows for name, rows in found.items() if rows}


def differences(wanted: dict[str, Counter[Any]], got: dict[str, Counter[Any]]) -> list[str]:
    """A line for every kind of content that is not the same, with examples."""
    lines = []
    for name in wanted:
        for word, rows in (("missing", wanted[name] - got[name]), ("too many", got[name] - wanted[name])):
            if rows:
                lines.append(f"{name}: {rows.total()} {word}, such as {list(rows)[:3]}")
    return lines


def wait_until(condition: Callable[[], object], seconds: float) -> bool:
    """Whether it came true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def _hash_of(path: Path) -> str:
    """The checksum of the bytes behind a file; they must be what its name says."""
    body = zstandard.ZstdDecompressor().decompressobj().decompress(path.read_bytes())
    found = hashlib.sha256(body).hexdigest()
    return found if path.stem == found else f"{path.name} holds {found}"
