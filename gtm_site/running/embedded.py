"""Embedded PostgreSQL and Redis (Valkey): child processes from wheels, on a private folder.

The only module that knows whether the servers are embedded. `POSTGRES_URL` and `REDIS_URL` replace them one by one.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from gtm_site import env
from gtm_site.running import processes
from gtm_site.running.child_server import START_TIMEOUT_S
from gtm_site.running.logs import log_shorten
from gtm_site.running.postgres_server import DATABASE, postgres_answers, postgres_start
from gtm_site.running.redis_server import redis_answers, redis_start
from gtm_site.running.state_folder import EmbeddedServerError, Layout, folders_make, is_supervised, layout, try_lock

logger = logging.getLogger(__name__)

# Whoever starts both servers, and makes the database first, has done so or given up by then.
LOCKED_S = 3 * START_TIMEOUT_S
# How long a supervisor waits before it starts once more what did not start again.
AGAIN_S = 10.0
# Commands that never touch a database: starting servers for them would only cost a second.
WITHOUT_SERVERS = {"help", "--help", "-h", "--version", "version", "evaluate"}
WITHOUT_SERVERS |= {"collectstatic", "makemessages", "compilemessages", "startapp"}
# Commands that run the servers themselves, for as long as they live.
RUN_SERVERS = {"serve", "demo", "run"}


def postgres_url() -> str:
    """The configured server, else the embedded one's address (whether or not it runs)."""
    return env.server_url("POSTGRES_URL", "postgresql", "postgres") or f"postgresql://postgres@/{DATABASE}?host={layout().sockets}"


def redis_url() -> str:
    return env.server_url("REDIS_URL", "redis", "rediss", "unix") or f"unix://{layout().redis_socket}?db=0"


def servers_for_command(argv: Sequence[str]) -> contextlib.AbstractContextManager[object]:
    """The servers that `manage.py` needs for this command, for as long as it runs."""
    command = argv[1] if len(argv) > 1 else "help"
    if command in WITHOUT_SERVERS | RUN_SERVERS or "--help" in argv or "-h" in argv:
        return contextlib.nullcontext()
    return _servers_of_somebody()


@contextlib.contextmanager
def _servers_of_somebody() -> Iterator[None]:
    """Those of the supervisor while there is one, else our own.

    A worker that started a server while the supervisor's was down would take it along when it is killed, and would not
    bury it when that is killed: whoever tends servers must be one process.
    """
    place, deadline = layout(), time.monotonic() + START_TIMEOUT_S
    while is_supervised(place):
        if _all_answer(place):
            yield
            return
        if time.monotonic() > deadline:
            raise EmbeddedServerError(f"the servers of the GTM Engine that runs on {place.state} do not answer: look at its logs there")
        time.sleep(0.1)
    with servers():
        yield


@contextlib.contextmanager
def servers(*, durable: bool = True) -> Iterator[EmbeddedServers]:
    """Start what is embedded and not running yet; stop, in the end, what was started here. Raises EmbeddedServerError."""
    own = EmbeddedServers(layout(), durable=durable)
    try:
        own.tend()
        yield own
    finally:
        own.stop()


def _all_answer(place: Layout) -> bool:
    return bool(env.optional("POSTGRES_URL") or postgres_answers(place)) and bool(env.optional("REDIS_URL") or redis_answers(place))


class EmbeddedServers:
    """The embedded servers of one state folder. Use from the main thread. `durable=False` is for tests: no fsync."""

    def __init__(self, place: Layout, *, durable: bool) -> None:
        self._place = place
        self._durable = durable
        self._postgres: subprocess.Popen[bytes] | None = None
        self._redis: subprocess.Popen[bytes] | None = None
        self._not_before: float | None = None

    def tend(self) -> None:
        """Start what does not answer and is not configured to be somewhere else; servers of another process are used as they are.

        What has run before and does not start again is tried once more later: a full disk may have room by then. Raises
        EmbeddedServerError, or OSError, at the first start.
        """
        if self._not_before is not None and time.monotonic() < self._not_before:
            return
        try:
            self._start()
        except (EmbeddedServerError, OSError) as error:
            if self._not_before is None:
                raise
            logger.warning("%s\nTried again in %.0f s", error, AGAIN_S)
            self._not_before = time.monotonic() + AGAIN_S
        else:
            self._not_before = 0.0

    def _start(self) -> None:
        for log in (self._place.postgres_log, self._place.redis_log):
            log_shorten(log)
        postgres = not env.optional("POSTGRES_URL") and _ended(self._postgres)
        redis_server = not env.optional("REDIS_URL") and _ended(self._redis)
        if not postgres and not redis_server:
            return
        folders_make(self._place)
        with _locked(self._place.lock):
            try:
                if postgres and not postgres_answers(self._place):
                    self._postgres = postgres_start(self._place, durable=self._durable)
            finally:  # limits and logins need Redis, whatever became of PostgreSQL
                if redis_server and not redis_answers(self._place):
                    self._redis = redis_start(self._place, durable=self._durable)

    def stop(self) -> None:
        if self._redis is not None:
            processes.stop(self._redis, signal.SIGTERM)
        if self._postgres is not None:
            processes.stop(self._postgres, signal.SIGINT)


def _ended(process: subprocess.Popen[bytes] | None) -> bool:
    return process is None or process.poll() is not None


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One process at a time starts servers on this folder. Raises EmbeddedServerError when another one does not get done with it."""
    deadline = time.monotonic() + LOCKED_S
    with path.open("w") as handle:
        while not try_lock(handle, fcntl.LOCK_EX):
            if time.monotonic() > deadline:
                raise EmbeddedServerError(f"another process has held {path} for {LOCKED_S:.0f} s to start the servers: end it first")
            time.sleep(0.05)
        yield
