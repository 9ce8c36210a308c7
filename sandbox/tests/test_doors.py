"""Ports that are shut for a while."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from sandbox.doors import Cut
from sandbox.testing import RunningSandbox, SandboxError, running_sandbox


def refused(client: httpx.Client, url: str) -> bool:
    try:
        client.get(f"{url}/_control")
    except httpx.ConnectError:
        return True
    return False


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def other() -> Iterator[RunningSandbox]:
    """A sandbox whose doors may stay shut: it ends with the test."""
    with running_sandbox(generate=1, postings=1) as sandbox:
        yield sandbox


def test_a_cut_host_refuses_and_the_others_go_on(other: RunningSandbox, client: httpx.Client) -> None:
    other.cut(seconds=600, host="lever")
    assert refused(client, other.lever_url)
    assert client.get(f"{other.greenhouse_url}/_control").json()["cut"] == ["lever"]


def test_a_cut_host_opens_again_by_itself(sandbox: RunningSandbox, client: httpx.Client) -> None:
    assert sandbox.control(cut={"seconds": 0.2, "host": "lever"})["cut"] == ["lever"]
    wait_until(lambda: not refused(client, sandbox.lever_url))
    assert sandbox.control()["cut"] == []


def test_everything_can_be_cut_and_a_second_cut_changes_nothing(other: RunningSandbox, client: httpx.Client) -> None:
    other.cut(seconds=600, host="lever")
    other.cut(seconds=600)
    assert all(refused(client, url) for url in (other.greenhouse_url, other.lever_url, other.lever_eu_url, other.cdx_url))


def test_everything_that_was_cut_opens_again(sandbox: RunningSandbox, client: httpx.Client) -> None:
    sandbox.cut(seconds=0.2, host="lever")
    sandbox.cut(seconds=0.2)
    urls = [sandbox.greenhouse_url, sandbox.lever_url, sandbox.lever_eu_url, sandbox.cdx_url]
    wait_until(lambda: not any(refused(client, url) for url in urls))


def test_connections_under_way_are_broken(sandbox: RunningSandbox, client: httpx.Client) -> None:
    sandbox.control(latency_ms=10_000)
    outcome: list[Exception] = []

    def ask() -> None:
        try:
            client.get(f"{sandbox.lever_url}/v0/postings/site")
        except httpx.TransportError as error:
            outcome.append(error)

    asking = threading.Thread(target=ask)
    before = sandbox.control()["requests"].get("lever", 0)
    asking.start()
    wait_until(lambda: sandbox.control()["requests"].get("lever", 0) > before)
    sandbox.cut(seconds=0.2, host="lever")
    asking.join(timeout=5)
    assert outcome
    wait_until(lambda: sandbox.control()["cut"] == [])


@pytest.mark.parametrize("cut", [{}, {"seconds": 0}, {"seconds": "inf"}, {"seconds": 1, "host": "nowhere"}, {"seconds": 1, "for": 2}])
def test_nonsense_cuts_nothing(sandbox: RunningSandbox, client: httpx.Client, cut: dict[str, object]) -> None:
    with pytest.raises(SandboxError, match=r"cut|interface"):
        sandbox.control(cut=cut, latency_ms=99)
    state = sandbox.control()
    assert (state["cut"], state["latency_ms"]) == ([], 0)


def test_a_cut_is_for_one_host_or_all() -> None:
    assert Cut.from_dict({"seconds": 2}) == Cut(2)
    assert Cut.from_dict({"seconds": 2, "host": "cdx"}) == Cut(2, "cdx")
