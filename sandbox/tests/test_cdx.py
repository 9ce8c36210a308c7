from __future__ import annotations

import json
from datetime import date
from urllib.parse import parse_qs, unquote, urlsplit

import httpx
import pytest

from sandbox.boards import Boards
from sandbox.captures import captures_of, dead_token
from sandbox.crawls import CRAWLS, SURE_GREENHOUSE, SURE_LEVER
from sandbox.generate import generated_boards
from sandbox.surt import surt
from sandbox.testing import RunningSandbox

NEWEST, LEVER_CRAWL = CRAWLS[0].id, SURE_LEVER[0].id


class Index:
    def __init__(self, sandbox: RunningSandbox, client: httpx.Client) -> None:
        self.base, self.client = sandbox.cdx_url, client

    def ask(self, crawl: str, **query: str) -> httpx.Response:
        return self.client.get(f"{self.base}/{crawl}-index", params={"output": "json", **query})

    def rows(self, crawl: str, **query: str) -> list[dict[str, str]]:
        answer = self.ask(crawl, **query)
        assert answer.headers["Content-Type"] == "text/x-ndjson"
        return [json.loads(line) for line in answer.text.splitlines()]


@pytest.fixture
def index(sandbox: RunningSandbox, client: httpx.Client) -> Index:
    return Index(sandbox, client)


def test_collinfo_lists_the_crawls_newest_first_and_leads_back_here(index: Index) -> None:
    crawls = index.client.get(f"{index.base}/collinfo.json").json()
    assert [crawl["id"] for crawl in crawls] == sorted((crawl["id"] for crawl in crawls), reverse=True)
    assert all(crawl["cdx-api"] == f"{index.base}/{crawl['id']}-index" for crawl in crawls)
    assert crawls[0]["name"] == "February 2026 Index"


def test_no_captures_is_404_and_drops_the_star(index: Index) -> None:
    answer = index.ask(NEWEST, url="boards.example.org/*")
    assert (answer.status_code, answer.json()) == (404, {"message": "No Captures found for: boards.example.org/"})
    counted = index.ask(NEWEST, url="boards.example.org/*", showNumPages="true")
    assert counted.json() == {"pages": 0, "pageSize": 5, "blocks": 0}


def test_pages_add_up_to_the_whole_and_end_with_400(index: Index) -> None:
    whole = index.rows(NEWEST, url="boards.greenhouse.io/*")
    query = {"url": "boards.greenhouse.io/*", "pageSize": "1"}
    pages = index.ask(NEWEST, **query, showNumPages="true").json()["pages"]
    assert pages > 2
    paged = [row for page in range(pages) for row in index.rows(NEWEST, **query, page=str(page))]
    assert paged == whole
    past = index.ask(NEWEST, **query, page=str(pages))
    assert past.status_code == 400
    assert past.json()["message"] == f"Page {pages} invalid: First Page is 0, Last Page is {pages - 1}"


def test_fields_filters_and_limit(index: Index) -> None:
    rows = index.rows(NEWEST, url="boards.greenhouse.io/*", fl="url,status", filter="=status:301")
    assert rows
    assert all(row.keys() == {"url", "status"} and row["status"] == "301" for row in rows)
    moved = index.rows(NEWEST, url="boards.greenhouse.io/*", filter="!status:200", limit="3")
    assert len(moved) == 3
    embeds = index.rows(NEWEST, url="boards.greenhouse.io/*", filter="~url:.*embed/job_(board|app).*")
    assert embeds
    assert index.ask(NEWEST, url="boards.greenhouse.io/*", filter="~url:(").status_code == 400


def test_redirect_captures_have_the_extra_key(index: Index) -> None:
    rows = index.rows(NEWEST, url="boards.greenhouse.io/*")
    assert all(("redirect" in row) is (row["status"] == "301") for row in rows)


def test_match_types(index: Index) -> None:
    domain = index.rows(NEWEST, url="greenhouse.io", matchType="domain")
    hosts = {urlsplit(row["url"]).hostname for row in domain}
    assert {"boards.greenhouse.io", "job-boards.greenhouse.io", "boards-api.greenhouse.io"} <= hosts
    host = index.rows(NEWEST, url="boards.greenhouse.io", matchType="host")
    assert host == index.rows(NEWEST, url="boards.greenhouse.io/*")
    prefix = index.rows(NEWEST, url="boards.greenhouse.io/embed/", matchType="prefix")
    assert all("/embed" in row["url"] for row in prefix)
    assert [row["url"] for row in index.rows(NEWEST, url="boards.greenhouse.io/robots.txt")] == ["https://boards.greenhouse.io/robots.txt"]


def test_lever_is_only_in_crawls_of_2025_and_older(index: Index) -> None:
    assert index.ask(NEWEST, url="jobs.lever.co/*").status_code == 404
    assert index.rows(LEVER_CRAWL, url="jobs.lever.co/*")
    assert index.rows(LEVER_CRAWL, url="jobs.eu.lever.co/*")


def test_a_504_is_html_even_with_output_json(index: Index, sandbox: RunningSandbox) -> None:
    sandbox.control(faults=[{"kind": "504", "rate": 1, "host": "cdx"}])
    answer = index.ask(NEWEST, url="boards.greenhouse.io/*")
    assert answer.status_code == 504
    assert answer.headers["Content-Type"] == "text/html"


def tokens(urls: list[str], host: str) -> set[str]:
    """Tokens as a reader of the index could find them: embeds, API calls, first path segment."""
    found = set()
    for url in urls:
        parts = urlsplit(url)
        path = [unquote(part) for part in parts.path.split("/") if part]
        if parts.hostname is None or not parts.hostname.endswith(host):
            continue
        if path[:1] == ["embed"]:
            found |= set(parse_qs(parts.query).get("for", []))
        else:
            found |= set(path[2:3] if path[:2] == ["v1", "boards"] else path[:1])
    return {token.casefold() for token in found}


def test_two_crawls_hold_every_board_of_ten_thousand_and_dead_ones_too() -> None:
    """Greenhouse from the two newest crawls, Lever from the two newest of 2025."""
    boards = Boards(generated_boards(10_000, None, 3, date(2026, 9, 1)))
    found = [capture.url for crawl in SURE_GREENHOUSE for capture in captures_of(crawl, boards, 3)]
    assert {key.casefold() for key in boards.keys()["greenhouse"]} <= tokens(found, "greenhouse.io")
    found = [capture.url for crawl in SURE_LEVER for capture in captures_of(crawl, boards, 3)]
    for host, name in (("lever", "jobs.lever.co"), ("lever-eu", "jobs.eu.lever.co")):
        assert {key.casefold() for key in boards.keys()[host]} <= tokens(found, name)
        assert dead_token(host, 0, 3) in tokens(found, name)
        assert boards.find(host, dead_token(host, 0, 3)) is None


def test_the_index_holds_what_discovery_must_cope_with(index: Index) -> None:
    urls = [row["url"] for row in index.rows(NEWEST, url="greenhouse.io", matchType="domain")]
    text = "\n".join(urls)
    for piece in ("embed/job_board?for=", "embed/job_app?for=", "robots.txt", ".css", "/v1/boards/", "http://"):
        assert piece in text
    keys = [token for token in (urlsplit(url).path.split("/")[1] for url in urls) if token]
    assert len({key.casefold() for key in keys}) < len(set(keys))


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://boards.greenhouse.io/Acme", "io,greenhouse,boards)/acme"),
        ("http://www.boards.greenhouse.io:80/Acme/", "io,greenhouse,boards)/acme"),
        ("https://jobs.lever.co/", "co,lever,jobs)/"),
        ("https://a.io/x?b=2&A=1", "io,a)/x?a=1&b=2"),
    ],
)
def test_surt(url: str, key: str) -> None:
    assert surt(url) == key
