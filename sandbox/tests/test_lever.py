from __future__ import annotations

from pathlib import Path

import httpx

from sandbox.testing import RunningSandbox


def test_a_whole_site_is_served_byte_for_byte(sandbox: RunningSandbox, client: httpx.Client, recordings: Path) -> None:
    answer = client.get(f"{sandbox.lever_url}/v0/postings/sITE?mode=json&skip=0&limit=100")
    assert answer.content == (recordings / "lever/Site.json").read_bytes()


def test_pages_are_cut_by_skip_and_limit(sandbox: RunningSandbox, client: httpx.Client) -> None:
    def ids(query: str) -> list[str]:
        return [item["id"] for item in client.get(f"{sandbox.lever_url}/v0/postings/site?mode=json&{query}").json()]

    assert ids("skip=0&limit=2") == ["id-0", "id-1"]
    assert ids("skip=4&limit=2") == ["id-4"]
    assert ids("skip=5&limit=2") == []


def test_a_single_posting_is_a_site_of_its_own(sandbox: RunningSandbox, client: httpx.Client) -> None:
    assert len(client.get(f"{sandbox.lever_url}/v0/postings/one__single?mode=json").json()) == 1
    assert client.get(f"{sandbox.lever_url}/v0/postings/site/id-3").json()["text"] == "Post 3"


def test_unknown_sites_and_the_recorders_error_bodies_are_no_boards(sandbox: RunningSandbox, client: httpx.Client) -> None:
    for site in ("nobody", "nobody__not_found"):
        answer = client.get(f"{sandbox.lever_url}/v0/postings/{site}?mode=json")
        assert (answer.status_code, answer.json()) == (404, {"ok": False, "error": "Document not found"})


def test_generated_sites_page_to_the_same_postings(sandbox: RunningSandbox, client: httpx.Client) -> None:
    site = next(key for key in sandbox.boards()["lever"] if key not in ("Site", "one__single"))
    url = f"{sandbox.lever_url}/v0/postings/{site}?mode=json"
    whole = client.get(url).json()
    paged = [item for skip in range(0, len(whole) + 1, 3) for item in client.get(f"{url}&skip={skip}&limit=3").json()]
    assert paged == whole


def test_eu_boards_are_only_on_the_eu_port(sandbox: RunningSandbox, client: httpx.Client) -> None:
    (site, *_) = sandbox.boards()["lever-eu"]
    assert client.get(f"{sandbox.lever_eu_url}/v0/postings/{site}?mode=json").status_code == 200
    assert client.get(f"{sandbox.lever_url}/v0/postings/{site}?mode=json").status_code == 404
