from __future__ import annotations

import asyncio
import time

import httpx
import pytest

from sandbox.testing import RunningSandbox

FIELDS = ["start", "end", "host", "port", "method", "path", "status", "bytes", "user_agent"]


def test_a_request_is_one_line_with_exactly_these_fields(sandbox: RunningSandbox, client: httpx.Client) -> None:
    path = "/v1/boards/acme/jobs?content=true"
    known = len(sandbox.requests())
    before = time.time()
    answer = client.get(sandbox.greenhouse_url + path, headers={"User-Agent": "reader/1 (+mailto:x@y.example)"})
    line = sandbox.requests(at_least=known + 1)[-1]
    assert list(line) == FIELDS
    assert before <= line["start"] <= line["end"] <= time.time()
    assert (line["host"], line["port"]) == ("127.0.0.1", httpx.URL(sandbox.greenhouse_url).port)
    assert (line["method"], line["path"], line["status"]) == ("GET", path, 200)
    assert line["bytes"] == len(answer.content)
    assert line["user_agent"] == "reader/1 (+mailto:x@y.example)"


def test_control_calls_are_not_logged(sandbox: RunningSandbox) -> None:
    before = len(sandbox.requests())
    sandbox.control(latency_ms=0)
    sandbox.boards()
    assert len(sandbox.requests()) == before


async def test_the_highest_concurrency_is_what_the_log_shows(sandbox: RunningSandbox) -> None:
    sandbox.control(latency_ms=150)
    known = len(sandbox.requests())
    begin = time.time()
    async with httpx.AsyncClient(trust_env=False) as client:
        await asyncio.gather(*(client.get(f"{sandbox.lever_eu_url}/v0/postings/nobody") for _ in range(4)))
    lines = [line for line in sandbox.requests(at_least=known + 4) if line["start"] >= begin]
    together = max(sum(one["start"] <= other["start"] < one["end"] for one in lines) for other in lines)
    assert together == 4
    assert sandbox.control()["highest_concurrency"]["lever-eu"] == 4


def test_a_request_whose_caller_hangs_up_ends_there(sandbox: RunningSandbox, client: httpx.Client) -> None:
    sandbox.control(latency_ms=20_000)
    with pytest.raises(httpx.ReadTimeout):
        client.get(f"{sandbox.greenhouse_url}/v1/boards/hanging/jobs", timeout=0.2)
    deadline = time.monotonic() + 5
    while not any("hanging" in line["path"] for line in sandbox.requests()) and time.monotonic() < deadline:
        time.sleep(0.02)
    line = next(line for line in sandbox.requests() if "hanging" in line["path"])
    assert line["status"] == 0
    assert line["end"] - line["start"] < 10
