"""A sandbox for the length of a `with` block, in a process of its own, on free ports."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

_ROOT = Path(__file__).resolve().parent.parent
_READY = "sandbox ready "
# Many boards are made before it listens.
STARTS_WITHIN_S = 900.0


class SandboxError(Exception):
    """The sandbox did not start, or refused a control message; the text is what it said."""


@dataclass(frozen=True)
class RunningSandbox:
    """Where a running sandbox listens. Base URLs have no trailing slash."""

    greenhouse_url: str
    lever_url: str
    lever_eu_url: str
    cdx_url: str
    ollama_url: str
    openai_url: str
    anthropic_url: str
    access_log: Path
    pid: int

    def control(self, **wish: Any) -> dict[str, Any]:
        """POST /_control with the arguments as JSON (none: GET); the state afterwards."""
        return _control(self.greenhouse_url, wish)

    def cut(self, *, seconds: float, host: str | None = None) -> None:
        """Shut the port of an interface (None: of all) for so many seconds; shut when this returns."""
        _control(self.cdx_url, {"cut": {"seconds": seconds, "host": host}})

    def boards(self) -> dict[str, list[str]]:
        """Keys of all boards by host: greenhouse, lever, lever-eu."""
        keys: dict[str, list[str]] = _control(self.greenhouse_url, {}, boards="1")["boards"]
        return keys

    def requests(self, at_least: int = 0) -> list[dict[str, Any]]:
        """The access log so far, in the order the requests ended.

        A line may be written just after its answer arrives: waits up to 5 s until there are `at_least` lines.
        """
        deadline = time.monotonic() + 5
        while True:
            lines = self.access_log.read_text().splitlines() if self.access_log.exists() else []
            if len(lines) >= at_least or time.monotonic() > deadline:
                return [json.loads(line) for line in lines]
            time.sleep(0.01)

    def environment(self) -> dict[str, str]:
        """The base-URL settings that send the product here."""
        return {
            "GREENHOUSE_BASE_URL": self.greenhouse_url,
            "LEVER_BASE_URL": self.lever_url,
            "LEVER_EU_BASE_URL": self.lever_eu_url,
            "CDX_BASE_URL": self.cdx_url,
            "OLLAMA_BASE_URL": self.ollama_url,
            "OPENAI_BASE_URL": f"{self.openai_url}/v1",
            "ANTHROPIC_BASE_URL": self.anthropic_url,
        }


def _control(base_url: str, wish: dict[str, Any], **query: str) -> dict[str, Any]:
    # trust_env: the way to the loopback never leads through a proxy of the environment.
    method = "POST" if wish else "GET"
    # verify: there is no TLS here, and loading certificates takes longer than the message.
    with httpx.Client(trust_env=False, timeout=30, verify=False) as client:  # noqa: S501
        answer = client.request(method, f"{base_url}/_control", params=query, json=wish or None)
    if answer.is_error:
        raise SandboxError(answer.json()["error"])
    value: dict[str, Any] = answer.json()
    return value


@contextmanager
def running_sandbox(
    *,
    data: Path | str | None = None,
    generate: int = 0,
    postings: int | None = None,
    seed: int = 1,
    latency_ms: float = 0,
    faults: Sequence[str] = (),
    at: str | None = None,
    port: int = 0,
    arguments: Sequence[str] = (),
) -> Iterator[RunningSandbox]:
    """Start a sandbox, wait until it listens, and end it for sure afterwards.

    `faults` and `arguments` are as on the command line (`"503:0.2:lever"`, `"--day=3"`).
    Raises SandboxError with what the process said when it does not come up.
    """
    options = [f"--port={port}", f"--seed={seed}", f"--latency-ms={latency_ms}", f"--generate={generate}"]
    options += [f"--data={data}"] if data else []
    options += [f"--postings={postings}"] if postings is not None else []
    options += [f"--at={at}"] if at else []
    options += [f"--fault={fault}" for fault in faults]
    with tempfile.TemporaryDirectory(prefix="sandbox-") as folder:
        log, complaints = Path(folder) / "access.jsonl", Path(folder) / "stderr.txt"
        command = [sys.executable, "-m", "sandbox", f"--access-log={log}", *options, *arguments]
        with _process(command, complaints) as process:
            with _killed_after(process, STARTS_WITHIN_S):
                running = _wait_ready(process, log, complaints)
            yield running


@contextmanager
def _process(command: Sequence[str], complaints: Path) -> Iterator[subprocess.Popen[str]]:
    # A file, not a pipe: nobody reads on once the sandbox is ready, and a full pipe would stop it.
    with complaints.open("wb") as stderr:
        process = subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, stderr=stderr, text=True)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()


@contextmanager
def _killed_after(process: subprocess.Popen[str], seconds: float) -> Iterator[None]:
    """Kill the process when the block takes longer, which ends what it says and whoever reads that."""
    killing = threading.Timer(seconds, process.kill)
    killing.daemon = True
    killing.start()
    try:
        yield
    finally:
        killing.cancel()


def _wait_ready(process: subprocess.Popen[str], log: Path, complaints: Path) -> RunningSandbox:
    """Read the output up to the ready line; it ends early only when the process does."""
    for line in process.stdout or ():
        if line.startswith(_READY):
            urls = json.loads(line.removeprefix(_READY))["urls"]
            return RunningSandbox(
                greenhouse_url=urls["greenhouse"],
                lever_url=urls["lever"],
                lever_eu_url=urls["lever-eu"],
                cdx_url=urls["cdx"],
                ollama_url=urls["ollama"],
                openai_url=urls["openai"],
                anthropic_url=urls["anthropic"],
                access_log=log,
                pid=process.pid,
            )
    raise SandboxError(complaints.read_text().strip() or f"ended with status {process.wait()}")
