"""Fixtures of ingestion's tests: sandboxes on real sockets, raw storage in a temporary folder, quick retries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.core.cache import cache

from sandbox.testing import RunningSandbox, running_sandbox


@pytest.fixture(autouse=True)
def _contact(settings: Any) -> None:
    """As an operator sets it: commands refuse to ask the real world's addresses without, also where nothing is sent."""
    settings.FETCH_USER_AGENT = "GTM-Engine/0.1 (contact: tests@gtm-engine.example)"


@pytest.fixture(scope="session")
def recorded(data_dir: Path) -> Iterator[RunningSandbox]:
    """The recorded boards."""
    with running_sandbox(data=data_dir / "ats") as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def generated_boards() -> Iterator[RunningSandbox]:
    """Small invented boards of both ATSs."""
    with running_sandbox(generate=66, postings=264) as sandbox:
        yield sandbox


@pytest.fixture
def generated(generated_boards: RunningSandbox) -> Iterator[RunningSandbox]:
    """The invented boards without faults, at day 0."""
    generated_boards.control(faults=[], day=0, latency_ms=0)
    yield generated_boards
    generated_boards.control(faults=[], day=0, latency_ms=0)


@pytest.fixture(scope="session")
def full_boards(generated_boards: RunningSandbox) -> list[str]:
    """Keys of the invented Greenhouse boards that have postings, folded."""
    generated_boards.control(faults=[], day=0, latency_ms=0)
    with httpx.Client(base_url=generated_boards.greenhouse_url, trust_env=False) as client:
        sizes = {key: client.get(f"/v1/boards/{key}/jobs").json()["meta"]["total"] for key in generated_boards.boards()["greenhouse"]}
    return [key.casefold() for key, size in sizes.items() if size]


@pytest.fixture
def raw_folder(settings: Any, tmp_path: Path) -> Path:
    folder = tmp_path / "raw"
    storage = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": folder}}
    settings.STORAGES = {**settings.STORAGES, "raw": storage}
    return folder


@pytest.fixture
def use(settings: Any, raw_folder: Path) -> Callable[[RunningSandbox], None]:
    """Send the product to a sandbox, without spacing and with retries that wait milliseconds."""

    def point_at(sandbox: RunningSandbox) -> None:
        urls = sandbox.environment()
        settings.ATS_BASE_URLS = {**settings.ATS_BASE_URLS, **{name: url for name, url in urls.items() if name != "CDX_BASE_URL"}}
        settings.CDX_BASE_URL = urls["CDX_BASE_URL"]
        settings.CDX_CRAWLS = []
        settings.CDX_SPACING_MS = 0
        settings.FETCH_MIN_SPACING_MS = 0
        settings.FETCH_RETRY_UNIT_S = 0.004
        settings.FETCH_BREAKER_OPEN_S = 0.01
        settings.STATUS_COUNTS = []
        cache.clear()

    return point_at
