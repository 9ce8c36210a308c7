from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from sandbox.cli import build_parser, main
from sandbox.faults import KINDS
from sandbox.testing import SandboxError, running_sandbox


def test_help_names_every_kind_of_fault() -> None:
    text = build_parser().format_help()
    assert all(f"  {kind} " in text and does.split("(")[0][:40] in text for kind, does in KINDS.items())


def test_without_boards_it_says_what_to_give(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--port", "0"]) == 2
    assert "--data FOLDER" in capsys.readouterr().err


def test_interfaces_stand_side_by_side_from_the_port_given() -> None:
    port = _free_run_of_ports(7)
    with running_sandbox(generate=1, port=port) as sandbox:
        boards = (sandbox.greenhouse_url, sandbox.lever_url, sandbox.lever_eu_url, sandbox.cdx_url)
        models = (sandbox.ollama_url, sandbox.openai_url, sandbox.anthropic_url)
        assert [httpx.URL(url).port for url in boards + models] == list(range(port, port + 7))
        with pytest.raises(SandboxError, match=str(port)), running_sandbox(generate=1, port=port):
            pass


def test_the_process_is_gone_afterwards() -> None:
    with running_sandbox(generate=1) as sandbox:
        os.kill(sandbox.pid, 0)
    with pytest.raises(ProcessLookupError):
        os.kill(sandbox.pid, 0)


def test_warm_boards_are_the_same_as_those_made_on_request(client: httpx.Client) -> None:
    bodies = []
    for arguments in ([], ["--warm"]):
        with running_sandbox(generate=3, postings=30, arguments=[*arguments, "--reference-date=2026-09-01"]) as sandbox:
            (key, *_) = sandbox.boards()["greenhouse"]
            query = "content=true&pay_transparency=true"
            bodies.append(client.get(f"{sandbox.greenhouse_url}/v1/boards/{key}/jobs?{query}").content)
    assert bodies[0] == bodies[1]


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks for child processes in /proc")
def test_a_killed_sandbox_leaves_no_worker_behind() -> None:
    command = [sys.executable, "-m", "sandbox", "--generate=400", "--warm", "--port=0"]
    with subprocess.Popen(command, cwd=Path(__file__).parents[2], stderr=subprocess.DEVNULL) as process:
        wait_until(lambda: len(_children(process.pid)) >= 2)
        workers = _children(process.pid)
        process.kill()
    wait_until(lambda: not any(map(_runs, workers)))


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _free_run_of_ports(length: int) -> int:
    """A port with free ones behind it; checked by binding all of them."""
    for first in range(20_000 + os.getpid() % 20_000, 60_000, length):
        sockets = [socket.socket() for _ in range(length)]
        try:
            for number, one in enumerate(sockets):
                one.bind(("127.0.0.1", first + number))
        except OSError:
            continue
        else:
            return first
        finally:
            for one in sockets:
                one.close()
    raise AssertionError("no free ports")
