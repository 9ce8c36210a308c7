"""Every kind of fault over a real socket."""

from __future__ import annotations

import json
import time
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx
import pytest

from sandbox.damage import FOREIGN_ADDRESS, HUGE_BYTES, PRIVATE_ADDRESS
from sandbox.faults import KINDS
from sandbox.testing import RunningSandbox


@pytest.fixture
def url(sandbox: RunningSandbox) -> str:
    return f"{sandbox.greenhouse_url}/v1/boards/acme/jobs?content=true"


@pytest.fixture
def right(recordings: Path) -> bytes:
    return (recordings / "greenhouse/acme.json").read_bytes()


def play(sandbox: RunningSandbox, kind: str, **more: object) -> None:
    sandbox.control(faults=[{"kind": kind, "rate": 1, **more}])


@pytest.mark.parametrize("status", [401, 403, 404, 410, 429, 500, 501, 502, 503, 504, 529])
def test_status_kinds(sandbox: RunningSandbox, client: httpx.Client, url: str, status: int) -> None:
    play(sandbox, str(status))
    answer = client.get(url)
    assert answer.status_code == status
    assert "Retry-After" not in answer.headers
    assert answer.content


def test_retry_after(sandbox: RunningSandbox, client: httpx.Client, url: str) -> None:
    play(sandbox, "429-retry-after", seconds=7)
    answer = client.get(url)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")


def test_retry_after_as_a_date_is_never_sooner(sandbox: RunningSandbox, client: httpx.Client, url: str) -> None:
    play(sandbox, "429-retry-date", seconds=30)
    asked = time.time()
    answer = client.get(url)
    assert answer.status_code == 429
    assert asked + 30 <= parsedate_to_datetime(answer.headers["Retry-After"]).timestamp() <= time.time() + 31


def test_unavailable_with_retry_after(sandbox: RunningSandbox, client: httpx.Client, url: str) -> None:
    play(sandbox, "503-retry-after", seconds=2)
    answer = client.get(url)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")


def test_truncated_boards_are_valid_and_hold_half(sandbox: RunningSandbox, client: httpx.Client) -> None:
    token = sandbox.boards()["greenhouse"][-1]
    board, index = f"{sandbox.greenhouse_url}/v1/boards/{token}/jobs", f"{sandbox.cdx_url}/collinfo.json"
    site = f"{sandbox.lever_url}/v0/postings/site?mode=json"
    whole = [client.get(address).json() for address in (board, site, index)]
    play(sandbox, "truncated")
    half = [client.get(address).json() for address in (board, site, index)]
    assert half[0]["jobs"] == whole[0]["jobs"][: len(whole[0]["jobs"]) // 2]
    assert half[0]["meta"] == whole[0]["meta"]
    assert half[1:] == [items[: len(items) // 2] for items in whole[1:]]


def test_truncated_indexes_lack_lines(sandbox: RunningSandbox, client: httpx.Client) -> None:
    crawl = client.get(f"{sandbox.cdx_url}/collinfo.json").json()[0]["id"]
    address = f"{sandbox.cdx_url}/{crawl}-index?url=boards.greenhouse.io/*&output=json"
    lines = client.get(address).content.splitlines(keepends=True)
    play(sandbox, "truncated")
    assert client.get(address).content == b"".join(lines[: len(lines) // 2])


@pytest.mark.parametrize("kind", ["slow", "drip"])
def test_slow_kinds_give_the_right_answer_late(sandbox: RunningSandbox, client: httpx.Client, url: str, right: bytes, kind: str) -> None:
    play(sandbox, kind, seconds=0.3)
    begin = time.monotonic()
    assert client.get(url).content == right
    assert time.monotonic() - begin >= 0.3


@pytest.mark.parametrize("kind", ["cut-length", "cut-chunked"])
def test_cut_kinds_end_the_connection_in_the_middle(
    sandbox: RunningSandbox, client: httpx.Client, url: str, right: bytes, kind: str
) -> None:
    play(sandbox, kind)
    with client.stream("GET", url) as answer:
        assert answer.headers.get("Content-Length") == (str(len(right)) if kind == "cut-length" else None)
        chunks = answer.iter_raw()
        received = next(chunks)
        with pytest.raises(httpx.RemoteProtocolError):
            list(chunks)
    assert right.startswith(received)
    assert 0 < len(received) < len(right)


def test_reset_closes_before_the_first_byte(sandbox: RunningSandbox, client: httpx.Client, url: str) -> None:
    play(sandbox, "reset")
    with pytest.raises(httpx.ReadError):
        client.get(url)
    assert sandbox.requests()[-1]["status"] == 0


def test_broken_contents(sandbox: RunningSandbox, client: httpx.Client, url: str, right: bytes) -> None:
    for kind in ("invalid-json", "html", "utf-16", "latin-1", "empty"):
        play(sandbox, kind)
        answer = client.get(url)
        assert answer.status_code == 200
        with pytest.raises(ValueError):
            json.loads(answer.content.decode("utf-8"))
    play(sandbox, "bom")
    assert client.get(url).content == b"\xef\xbb\xbf" + right
    play(sandbox, "wrong-type")
    answer = client.get(url)
    assert (answer.headers["Content-Type"], answer.content) == ("text/html", right)


def test_oversized_bodies(sandbox: RunningSandbox, client: httpx.Client, url: str) -> None:
    play(sandbox, "gzip-bomb")
    with client.stream("GET", url) as answer:
        packed = sum(len(chunk) for chunk in answer.iter_raw())
        assert answer.headers["Content-Encoding"] == "gzip"
    assert packed < HUGE_BYTES / 500
    play(sandbox, "huge")
    received = 0
    with client.stream("GET", url) as answer:
        for chunk in answer.iter_raw():
            received += len(chunk)
            if received > 5 * 2**20:
                break
    assert received > 5 * 2**20


def test_redirects(sandbox: RunningSandbox, client: httpx.Client, url: str, right: bytes) -> None:
    play(sandbox, "redirect")
    answer = client.get(url, follow_redirects=True)
    assert answer.content == right
    assert len(answer.history) == 1
    play(sandbox, "redirect-private")
    assert client.get(url).headers["Location"] == PRIVATE_ADDRESS
    play(sandbox, "redirect-foreign")
    assert client.get(url).headers["Location"] == FOREIGN_ADDRESS
    play(sandbox, "redirect-loop")
    with pytest.raises(httpx.TooManyRedirects):
        client.get(url, follow_redirects=True)
    play(sandbox, "redirect-broken")
    assert client.get(url).headers["Location"] == "http://["


def test_no_kind_brings_the_sandbox_down(sandbox: RunningSandbox, client: httpx.Client, url: str) -> None:
    for kind in KINDS.keys() - {"huge", "gzip-bomb"}:
        play(sandbox, kind, seconds=0)
        for address in (url, f"{sandbox.lever_url}/v0/postings/site", f"{sandbox.cdx_url}/collinfo.json"):
            try:
                status = client.get(address, headers={"Accept-Encoding": "identity"}).status_code
            except httpx.TransportError:
                assert kind in ("reset", "cut-length", "cut-chunked")
            else:
                assert kind.startswith("redirect") or status == (int(kind[:3]) if kind[:3].isdigit() else 200)
    sandbox.control(faults=[])
    assert client.get(url).status_code == 200
