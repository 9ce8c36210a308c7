"""A server of a wheel as a child process: started, its log kept, and answering before anybody goes on."""

from __future__ import annotations

import logging
import math
import signal
import subprocess
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import IO

from gtm_site.running import processes
from gtm_site.running.state_folder import EmbeddedServerError

logger = logging.getLogger(__name__)

START_TIMEOUT_S = 60.0
# What PostgreSQL logs of everybody whom it turns away while it starts.
NOT_YET = ("the database system is starting up", "the database system is in recovery mode", "the database system is not yet accepting")


def package_folder(package: str) -> Path:
    """Where a package is installed, without importing it. Raises EmbeddedServerError when it is not."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedServerError(f"the package {package} is not installed: run `make setup`, or set POSTGRES_URL and REDIS_URL")
    return Path(spec.submodule_search_locations[0])


def spawn_logged(argv: list[str], log: Path, *, user: str | None, stop_signal: signal.Signals) -> subprocess.Popen[bytes]:
    """The program, as `user` where one is named; all that it says goes to the end of the log."""
    stream: IO[bytes]
    with log.open("ab") as stream:
        return processes.spawn(argv, stop_signal=stop_signal, stdout=stream, cwd=Path("/"), user=user)


def started(
    spawn: Callable[[], subprocess.Popen[bytes]], answers: Callable[[], bool], name: str, log: Path, *, remains_s: float, timeout_s: float
) -> subprocess.Popen[bytes]:
    """The server once it answers; tried again while the remains of one that was killed may be in its way. Raises EmbeddedServerError."""
    remains_until, deadline = time.monotonic() + remains_s, time.monotonic() + timeout_s
    while True:
        process = spawn()
        if _answers_in_time(process, answers, deadline, name, log):
            return process
        processes.stop(process, signal.SIGKILL)
        if time.monotonic() > remains_until:
            raise EmbeddedServerError(f"{name} did not start; the end of {log}:\n{last_words(log)}")
        time.sleep(0.2)


def last_words(log: Path) -> str:
    """The end of the log without our own knocking, which may have filled it."""
    lines = log.read_text(errors="replace").splitlines()
    return "\n".join([line for line in lines if not any(word in line for word in NOT_YET)][-15:])


def _answers_in_time(process: subprocess.Popen[bytes], answers: Callable[[], bool], deadline: float, name: str, log: Path) -> bool:
    """Whether the server answered before it ended and before the deadline; a long wait is told once."""
    tell_at = time.monotonic() + START_TIMEOUT_S
    while not answers():
        if process.poll() is not None or time.monotonic() > deadline:
            return False
        if time.monotonic() > tell_at:
            logger.warning("%s has not answered for %.0f s and is waited for: %s tells what it does", name, START_TIMEOUT_S, log)
            tell_at = math.inf
        time.sleep(0.02)
    return True
