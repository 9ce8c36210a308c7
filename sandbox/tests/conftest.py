"""One sandbox process for all tests that need sockets; every test leaves it healthy."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from sandbox.testing import RunningSandbox, running_sandbox

JOB = {
    "id": 101,
    "title": "Account Executive",
    "company_name": "Acme Tools",
    "location": {"name": "Lyon"},
    "content": "&lt;p&gt;Sell élan.&lt;/p&gt;",
    "departments": [{"id": 1, "name": "Sales"}],
    "offices": [],
    "pay_input_ranges": [{"min_cents": 1, "max_cents": 2, "currency_type": "EUR"}],
}
POSTINGS = [{"id": f"id-{number}", "text": f"Post {number}"} for number in range(5)]


def write(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Indented on purpose: an answer that is not these very bytes was rewritten.
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False), encoding="utf-8")


@pytest.fixture(scope="session")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small folder of responses in the layout of the recorded ones."""
    folder = tmp_path_factory.mktemp("recordings")
    greenhouse, lever = folder / "greenhouse", folder / "lever"
    write(greenhouse / "acme.json", {"jobs": [JOB], "meta": {"total": 1}})
    listed = {key: value for key, value in JOB.items() if key not in ("content", "departments", "offices")}
    write(
        greenhouse / "listonly/Beta.json",
        {"company": "beta", "fetched_at": "2026-08-01", "job_count": 1, "jobs": [listed]},
    )
    write(greenhouse / "trimmed/gamma__someone.json", {"jobs": [JOB], "meta": {"total": 99}})
    write(greenhouse / "single/delta-7.json", JOB)
    write(lever / "Site.json", POSTINGS)
    write(lever / "trimmed/one__single.json", POSTINGS[0])
    write(lever / "errors/nobody__not_found.json", {"ok": False})
    for stamp, count in (("20260808T120000000000Z", 1), ("20260812T120000000000Z", 3)):
        write(lever / "snapshots/Site" / f"{stamp}.json", POSTINGS[:count])
    (lever / "snapshots/Site/_metadata.jsonl").write_text("{}\n")
    return folder


@pytest.fixture(scope="session")
def shared_sandbox(recordings: Path) -> Iterator[RunningSandbox]:
    with running_sandbox(
        data=recordings,
        generate=40,
        postings=400,
        arguments=["--reference-date=2026-09-01", "--cdx-block-lines=20"],
    ) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(shared_sandbox: RunningSandbox) -> Iterator[RunningSandbox]:
    yield shared_sandbox
    shared_sandbox.control(at=None, faults=[], latency_ms=0)


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=20) as client:
        yield client
