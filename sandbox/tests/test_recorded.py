from __future__ import annotations

from pathlib import Path

import httpx
import orjson
import pytest

from sandbox.recorded import parse_time
from sandbox.testing import RunningSandbox, running_sandbox


def count(sandbox: RunningSandbox, client: httpx.Client) -> int:
    return len(client.get(f"{sandbox.lever_url}/v0/postings/site?mode=json").json())


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (None, 5),
        ("2026-08-01T00:00:00Z", 1),  # before the first snapshot: the first
        ("20260808T120000000000Z", 1),
        ("2026-08-12T11:59:59Z", 1),
        ("2026-08-12T14:00:00+02:00", 3),
        ("2026-12-01", 3),
    ],
)
def test_the_newest_snapshot_not_after_the_time_is_served(
    sandbox: RunningSandbox, client: httpx.Client, at: str | None, expected: int
) -> None:
    sandbox.control(at=at)
    assert count(sandbox, client) == expected


def test_times_are_read_as_utc() -> None:
    assert parse_time("20260808T195722760851Z") == parse_time("2026-08-08T19:57:22.760851")
    with pytest.raises(ValueError, match="yesterday"):
        parse_time("yesterday")


def test_the_recorded_folder_is_served_completely(data_dir: Path, client: httpx.Client) -> None:
    """Every file of every kind is a board with all its jobs; whole responses byte for byte."""
    ats = data_dir / "ats"
    with running_sandbox(data=ats) as sandbox:
        totals = dict.fromkeys(("", "listonly", "trimmed", "single"), 0)
        for kind in totals:
            for path in sorted((ats / "greenhouse" / kind).glob("*.json")):
                answer = client.get(f"{sandbox.greenhouse_url}/v1/boards/{path.stem}/jobs?content=true")
                totals[kind] += len(orjson.loads(answer.content)["jobs"])
                assert kind or answer.content == path.read_bytes()
        for path in (*ats.glob("lever/*.json"), *ats.glob("lever/trimmed/*.json")):
            answer = client.get(f"{sandbox.lever_url}/v0/postings/{path.stem}?mode=json")
            totals["" if path.parent.name == "lever" else "trimmed"] += len(answer.json())
    assert totals[""] == 1081
    assert totals["listonly"] == 15_921
    assert totals["single"] == len(list((ats / "greenhouse/single").glob("*.json")))
