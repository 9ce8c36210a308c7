"""Test set-up: real PostgreSQL and Redis (the embedded ones, unless configured), on a state folder of the tests' own."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# No test fails because a machine is slow.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

PROJECT = Path(__file__).resolve().parent
_servers = contextlib.ExitStack()


def pytest_configure(config: pytest.Config) -> None:
    """Start the servers once, in the process that starts the workers."""
    if not os.environ.get("PYTEST_XDIST_WORKER"):
        from gtm_site.running import embedded

        _servers.enter_context(embedded.servers(durable=False))


def pytest_unconfigure(config: pytest.Config) -> None:
    _servers.close()


@pytest.fixture(scope="session")
def until() -> Callable[..., None]:
    """`until(condition, what)` waits for the condition; what does not come is said, and fails the test."""

    def wait(condition: Callable[[], object], what: str, seconds: float = 120.0) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"{what}: not within {seconds:.0f} s"
            time.sleep(0.01)

    return wait


@pytest.fixture(scope="session")
def next_line() -> Callable[..., Any]:
    """`next_line(process)`: what a child process says next, empty at the end. One that says nothing in time is killed."""

    def read(process: subprocess.Popen[Any], seconds: float = 120.0) -> Any:
        assert process.stdout
        killing = threading.Timer(seconds, process.kill)
        killing.start()
        try:
            return process.stdout.readline()
        finally:
            killing.cancel()

    return read


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    """What a process keeps in memory for some seconds is of the test before."""
    from catalog.search import remembered
    from catalog.suggest import skills as suggest

    remembered.forget()
    suggest.forget()


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Recorded and labelled data (`GTM_DATA_DIR`, by default ../shared/data); required when GTM_REQUIRE_DATA=1."""
    folder = Path(os.environ.get("GTM_DATA_DIR", PROJECT.parent / "shared" / "data"))
    if not folder.is_dir():
        if os.environ.get("GTM_REQUIRE_DATA") == "1":
            pytest.fail(f"GTM_REQUIRE_DATA=1, but there is no data at {folder}")
        pytest.skip(f"no recorded data at {folder} (set GTM_DATA_DIR)")
    return folder
