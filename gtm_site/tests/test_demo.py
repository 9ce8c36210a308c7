"""`manage.py demo` as a new user runs it: servers, workers and sandbox of its own."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psutil
import pytest

from gtm_site.management.commands.demo import NOWHERE, _world
from gtm_site.running.state_folder import PROJECT
from sandbox.testing import running_sandbox

pytestmark = pytest.mark.xdist_group("demo")
BOARDS = 6


def free_ports(count: int) -> int:
    """The first of `count` free ports in a row."""
    starts = random.sample(range(12_000, 32_000, 20), 200)  # below the ports that systems give out themselves
    for first in starts:
        try:
            for port in range(first, first + count):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return first
    raise AssertionError("no free ports")


class Demo:
    """The command on a state folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_ports(12)
        self.environment = {
            **{name: value for name, value in os.environ.items() if name not in {"POSTGRES_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE"}},
            "GTM_STATE_DIR": str(folder),
            "DEMO_PORT": str(self.port),
            "SANDBOX_PORT": str(self.port + 2),
            "CDX_SPACING_MS": "0",
        }

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        argv = [sys.executable, "manage.py", "demo", "--boards", str(BOARDS), "--latency-ms", "2", *arguments]
        return subprocess.Popen(argv, cwd=PROJECT, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def run(self) -> dict[str, Any]:
        """The figures of its last line."""
        process = self.start("--exit")
        output, _ = process.communicate(timeout=300)
        assert process.returncode == 0, output
        last = output.strip().splitlines()[-1]
        assert last.startswith("DEMO "), output
        figures: dict[str, Any] = json.loads(last.removeprefix("DEMO "))
        return figures


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = Path("/var/tmp") / f"gtm-demo-test-{os.getpid()}" if os.geteuid() == 0 else tmp_path_factory.mktemp("demo")
    yield Demo(folder)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def first(demo: Demo) -> dict[str, Any]:
    return demo.run()


def test_every_address_that_is_asked_is_the_sandboxs_or_nowhere(settings: Any):
    settings.ATS_BASE_URLS = {**settings.ATS_BASE_URLS, "THIRD_BASE_URL": "https://api.third.example"}
    world = _world(8920)
    named = set(re.findall(r"^([A-Z0-9_]+_BASE_URL)=", (PROJECT / ".env.example").read_text(), re.MULTILINE))
    assert {*named, *settings.ATS_BASE_URLS} <= world.keys()
    assert {urlsplit(value).hostname for name, value in world.items() if name.endswith("_BASE_URL")} == {"127.0.0.1"}
    assert world["THIRD_BASE_URL"] == NOWHERE
    assert (world["FETCH_PROXIES"], world["SENTENCE_PROVIDER"]) == ("", "none")


def postings_of_the_sandbox() -> int:
    with running_sandbox(generate=BOARDS, seed=1) as sandbox, httpx.Client() as client:
        hosts = {"greenhouse": sandbox.greenhouse_url, "lever": sandbox.lever_url, "lever-eu": sandbox.lever_eu_url}
        total = 0
        for host, keys in sandbox.boards().items():
            for key in keys:
                if host == "greenhouse":
                    total += len(client.get(f"{hosts[host]}/v1/boards/{key}/jobs").json()["jobs"])
                else:
                    total += len(client.get(f"{hosts[host]}/v0/postings/{key}", params={"mode": "json"}).json())
        return total


def test_every_posting_of_every_board_becomes_an_open_job(first):
    assert first["postings"] == first["jobs"] == postings_of_the_sandbox()
    assert first["sources"] >= BOARDS
    assert first["skills"] >= 500
    assert set(first["seconds"]) == {"discover", "fetch", "extract"}


def test_the_account_is_kept_for_its_owner_only(demo, first):
    path = demo.folder / "demo.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text())["token"]


def test_a_second_demo_asks_nobody_and_extracts_nothing(demo, first):
    again = demo.run()
    assert (again["refetched"], again["reextracted"]) == (0, 0)
    assert again["jobs"] == first["jobs"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_however_it_ends_no_process_is_left(demo, first, number):
    process = demo.start()
    deadline = time.monotonic() + 120
    while True:
        try:
            if httpx.get(f"http://127.0.0.1:{demo.port}/health").status_code == 200:
                break
        except httpx.TransportError:
            assert time.monotonic() < deadline, "the app never answered"
            assert process.poll() is None
            time.sleep(0.1)
    family = psutil.Process(process.pid).children(recursive=True)
    assert len(family) >= 8
    process.send_signal(number)
    process.communicate(timeout=60)
    _, alive = psutil.wait_procs(family, timeout=20)
    assert [p.cmdline() for p in alive] == []


def test_a_port_in_use_is_said_before_anything_starts(demo):
    with socket.socket() as other:
        other.bind(("127.0.0.1", demo.port))
        other.listen()
        process = demo.start("--exit")
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert f"port {demo.port} is in use" in output
    assert "DEMO_PORT" in output
