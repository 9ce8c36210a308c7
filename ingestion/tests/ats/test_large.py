"""Large bodies item by item mean what they mean as a whole."""

from __future__ import annotations

import mmap
from pathlib import Path
from typing import Any

import orjson
import pytest

from ingestion.ats.base import PayloadError, Request
from ingestion.ats.decoding import decode_items
from ingestion.ats.large import large_items
from ingestion.ats.registry import adapter

JOBS: list[Any] = [
    {"id": 1, "content": 'a "quoted" \\ [bracket] {brace} é', "jobs": [{"id": 9}]},
    {"id": 2, "departments": [{"name": "Sales"}], "meta": {"jobs": []}},
    ["not", "an", "object"],
]


@pytest.mark.parametrize(
    ("body", "key"),
    [
        (orjson.dumps(JOBS), ""),
        (b" \n" + orjson.dumps(JOBS, option=orjson.OPT_INDENT_2), ""),
        (orjson.dumps({"meta": {"jobs": [{}]}, "jobs": JOBS, "x": [{"jobs": [3]}]}), "jobs"),
        (b'{"jobs" : %s }' % orjson.dumps(JOBS), "jobs"),
    ],
)
def test_the_items_are_those_of_the_whole(body: bytes, key: str) -> None:
    items = large_items(body, key)
    assert items is not None
    assert list(items) == JOBS
    assert items[1]["id"] == 2
    assert list(items[1:]) == JOBS[1:]


@pytest.mark.parametrize("body", [b"[]", b'{"jobs":[]}'])
def test_a_list_may_be_empty(body: bytes) -> None:
    items = large_items(body, "jobs" if body.startswith(b"{") else "")
    assert items is not None
    assert len(items) == 0


@pytest.mark.parametrize("body", [b"", b"[{}", b"[{},]", b"[{}]x", b"[1,{}]", b'[{"a":]}]', b'{"jobs":[]}', b"\xff[{}]"])
def test_anything_else_is_left_to_the_ordinary_way(body: bytes) -> None:
    assert large_items(body, "") is None


@pytest.mark.parametrize("body", [b'{"jobs":[{"a":1}],"jobs":[{"b":2}]}', b'{"jobs":null}', b'[{"jobs":[]}]', b'{"other":[{}]}'])
def test_a_list_that_is_not_at_its_place_is_none(body: bytes) -> None:
    assert large_items(body, "jobs") is None


def test_large_boards_are_split_alike_by_both_adapters(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("ingestion.ats.decoding.LARGE", 10)
    payloads = [{"id": 7, "company_name": "Acme"}, {"id": 8}]
    page = adapter("greenhouse").split(orjson.dumps({"jobs": payloads, "meta": {}}), Request(""))
    assert (list(page.payloads), page.company_name) == (payloads, "Acme")
    path = tmp_path / "body"
    path.write_bytes(orjson.dumps(payloads))
    with path.open("rb") as handle:
        mapped = mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ)
    assert list(adapter("lever").split(mapped, Request("")).payloads) == payloads


def test_a_damaged_large_body_is_named_as_a_small_one_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingestion.ats.decoding.LARGE", 3)
    with pytest.raises(PayloadError, match="not complete JSON"):
        decode_items(b'[{"id": 1}, {"id"')
