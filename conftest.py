"""Test set-up: real PostgreSQL and Redis (the embedded ones, unless configured), on a state folder of the tests' own."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent
_servers = contextlib.ExitStack()


def pytest_configure(config: pytest.Config) -> None:
    """Start the servers once, in the process that starts the workers."""
    if not os.environ.get("PYTEST_XDIST_WORKER"):
        from gtm_site import embedded

        _servers.enter_context(embedded.servers(durable=False))


def pytest_unconfigure(config: pytest.Config) -> None:
    _servers.close()


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Recorded and labelled data (`GTM_DATA_DIR`, by default ../shared/data); required when GTM_REQUIRE_DATA=1."""
    folder = Path(os.environ.get("GTM_DATA_DIR", PROJECT.parent / "shared" / "data"))
    if not folder.is_dir():
        if os.environ.get("GTM_REQUIRE_DATA") == "1":
            pytest.fail(f"GTM_REQUIRE_DATA=1, but there is no data at {folder}")
        pytest.skip(f"no recorded data at {folder} (set GTM_DATA_DIR)")
    return folder
