from __future__ import annotations

import os
from collections.abc import Iterator

import orjson
import pytest

from bench.floor import AT_ONCE, Body, Floor, count_cdx_calls, measure_floor, measure_parse, read_bodies
from gtm_site.running import embedded
from sandbox.testing import RunningSandbox, running_sandbox


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox(generate=12, postings=400) as sandbox:
        yield sandbox


def test_the_floor_is_calls_plus_the_slower_of_fetching_and_computing() -> None:
    floor = Floor(boards=1, postings=1, megabytes=1, cdx_calls=3, fetch=10, parse_cpu=8, copy_cpu=16, cores=2)
    assert floor.seconds == 3 + 12
    assert Floor(1, 1, 1, 3, fetch=30, parse_cpu=8, copy_cpu=16, cores=2).seconds == 3 + 30


def test_both_kinds_of_responses_are_parsed_to_clean_text() -> None:
    greenhouse = {"jobs": [{"id": 7, "title": "A", "content": "&lt;p&gt;x &amp;amp; y&lt;script&gt;z&lt;/script&gt;&lt;/p&gt;"}]}
    lever = [{"id": "u", "text": "B", "description": "<p>d</p>", "lists": [{"text": "t", "content": "<li>i"}], "additional": ""}]
    seconds, rows = measure_parse([Body("g", orjson.dumps(greenhouse)), Body("l", orjson.dumps(lever))])
    assert seconds >= 0
    assert [(row.board, row.job_id, row.title) for row in rows] == [("g", "7", "A"), ("l", "u", "B")]
    assert rows[0].text == "x & y"
    assert rows[1].text.split() == ["d", "t", "i"]
    assert rows[0].digest != rows[1].digest


def test_every_page_of_every_board_is_read_once(sandbox: RunningSandbox) -> None:
    _, rows = measure_parse(list(read_bodies(sandbox)))
    assert len(rows) == 400
    assert len({(row.board, row.job_id) for row in rows}) == 400


def test_cdx_calls_are_the_list_of_crawls_and_a_count_and_page_each(sandbox: RunningSandbox) -> None:
    assert count_cdx_calls(sandbox.cdx_url) == 1 + 6 * 2 * 2


def test_the_floor_is_measured_with_five_requests_at_once(sandbox: RunningSandbox) -> None:
    url = os.environ.get("POSTGRES_URL") or embedded.postgres_url()
    floor = measure_floor(sandbox, url, latency_ms=30, vector_chars=500)
    assert (floor.boards, floor.postings) == (12, 400)
    assert floor.fetch > 0.03
    assert floor.parse_cpu > 0
    assert floor.copy_cpu > 0
    assert sandbox.control()["highest_concurrency"]["greenhouse"] == AT_ONCE
