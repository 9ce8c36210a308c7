"""The supervisor: starts the programs of one machine, prefixes their logs, restarts what dies, ends them all together."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import FrameType
from typing import IO

from gtm_site.running import processes

# A program that dies at once is started again after 1, 2, 4 ... s, at most:
MAX_BACKOFF_S = 30.0
# One that lived this long gets a fresh start.
HEALTHY_AFTER_S = 20.0
STOP_TIMEOUT_S = 10.0


@dataclass
class Program:
    """One program to keep running. `if_orphaned` reaches it when the supervisor dies without a word."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    if_orphaned: signal.Signals = signal.SIGTERM
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    not_before: float = 0.0
    failures: int = 0


class Supervisor:
    """Use from the main thread: `start()`, then `tend()` now and then (or `run()`), then `stop()`."""

    def __init__(
        self,
        programs: Sequence[Program],
        *,
        output: IO[str] | None = None,
        as_json: bool = False,
    ) -> None:
        self.programs = list(programs)
        self._output = output or sys.stdout
        self._as_json = as_json
        self._width = max((len(p.name) for p in self.programs), default=0)
        self._stopping = threading.Event()

    def start(self) -> None:
        for program in self.programs:
            self._start(program)

    def tend(self) -> None:
        """Start again what has died."""
        now = time.monotonic()
        for program in self.programs:
            if program.process is not None and program.process.poll() is not None:
                self._buried(program, now)
            if program.process is None and now >= program.not_before:
                self._start(program)

    def run(self, tend_first: Callable[[], None] = lambda: None) -> None:
        """Tend until SIGINT or SIGTERM; `tend_first` looks after what the programs stand on (the servers)."""
        with stop_signals(self._stopping):
            while not self._stopping.wait(0.5):
                tend_first()
                self.tend()

    def stop(self) -> None:
        """End all programs, last started first; kill what does not end in time."""
        alive = [p for p in reversed(self.programs) if p.process is not None]
        for program in alive:
            _signal(program, signal.SIGTERM)
        deadline = time.monotonic() + STOP_TIMEOUT_S
        for program in alive:
            assert program.process is not None
            with contextlib.suppress(subprocess.TimeoutExpired):
                program.process.wait(max(0.0, deadline - time.monotonic()))
            processes.stop(program.process, signal.SIGKILL)

    def _start(self, program: Program) -> None:
        environment = {**os.environ, "PYTHONUNBUFFERED": "1", **program.env}
        program.process = processes.spawn(program.argv, env=environment, stdout=subprocess.PIPE, stop_signal=program.if_orphaned)
        program.started_at = time.monotonic()
        threading.Thread(target=self._copy_output, args=(program.name, program.process), daemon=True).start()

    def _buried(self, program: Program, now: float) -> None:
        assert program.process is not None
        lived = now - program.started_at
        program.failures = 0 if lived > HEALTHY_AFTER_S else program.failures + 1
        wait = min(MAX_BACKOFF_S, 2.0 ** (program.failures - 1)) if program.failures else 0.0
        self.say(f"{program.name} ended with status {program.process.returncode} after {lived:.0f} s; starting it again in {wait:.0f} s")
        program.process, program.not_before = None, now + wait

    def _copy_output(self, name: str, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                self._write(name, line.decode("utf-8", "replace").rstrip())

    def say(self, message: str) -> None:
        """A line of the supervisor's own among those of the programs."""
        self._write("supervisor", message)

    def _write(self, name: str, line: str) -> None:
        with contextlib.suppress(ValueError, OSError):  # the console is gone; the programs are not ours to hurt
            self._output.write(f"{_json_line(name, line) if self._as_json else f'{name:<{self._width}} | {line}'}\n")
            self._output.flush()


def _json_line(name: str, line: str) -> str:
    """The program's log event with its name; what it prints that is none becomes one of now."""
    try:
        event = json.loads(line)
    except ValueError:
        event = None
    if not isinstance(event, dict):
        event = {"event": line, "level": "info", "timestamp": f"{datetime.now(UTC).replace(tzinfo=None).isoformat()}Z"}
    return json.dumps({"program": name, **event}, ensure_ascii=False)


@contextlib.contextmanager
def stop_signals(event: threading.Event) -> Iterator[None]:
    """Set `event` on SIGINT and SIGTERM instead of dying in the middle of something."""

    def remember(_number: int, _frame: FrameType | None) -> None:
        event.set()

    before = {number: signal.signal(number, remember) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _signal(program: Program, number: signal.Signals) -> None:
    if program.process is not None and program.process.poll() is None:
        program.process.send_signal(number)
