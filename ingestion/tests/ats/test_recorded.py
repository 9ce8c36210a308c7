"""Every recorded response parses whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ingestion.ats.registry import adapter
from ingestion.boards import content_hash, items_of

WHOLE = {"greenhouse/stripe": 547, "greenhouse/impact": 93, "greenhouse/luno": 10, "lever/binance": 276, "lever/Yassir": 142}


def rows_of(path: Path) -> list[dict[str, Any]]:
    value = json.loads(path.read_bytes())
    return value.get("jobs", [value]) if isinstance(value, dict) else value


def has_text(row: Any) -> bool:
    """Whether the file has any text of this posting."""
    return bool(row.get("content") or row.get("description") or row.get("lists") or row.get("additional"))


def read_all(source_type: str, paths: list[Path]) -> tuple[int, int]:
    """(rows in the files, postings parsed with title, address and location as in the file)."""
    reader, expected, parsed = adapter(source_type), 0, 0
    for path in paths:
        for row in rows_of(path):
            expected += 1
            posting = reader.parse(row)
            location = row["location"]["name"] if source_type == "greenhouse" else row["categories"].get("location")
            assert posting.title == (row.get("title") or row.get("text")).strip()
            assert posting.job_location == (location or "").strip()
            assert posting.url
            assert content_hash(reader, row)
            parsed += 1
    return expected, parsed


def test_whole_boards(data_dir: Path):
    boards = {name: data_dir / "ats" / f"{name}.json" for name in (*WHOLE, "lever/moo")}
    counts = {name: len(rows_of(path)) for name, path in boards.items()}
    assert {name: counts[name] for name in WHOLE} == WHOLE
    assert sum(counts.values()) == 1081
    for name, path in boards.items():
        source_type = name.partition("/")[0]
        reader = adapter(source_type)
        page = reader.split(path.read_bytes(), reader.list_request("x"))
        items, bad = items_of(reader, "0", page.payloads)
        assert (len(items), bad) == (counts[name], [])
        texts = [(reader.parse(payload).description_html, has_text(payload)) for payload in page.payloads]
        assert all(bool(text) is stated for text, stated in texts)


def test_list_only_boards(data_dir: Path):
    paths = sorted((data_dir / "ats/greenhouse/listonly").glob("*.json"))
    assert len(paths) == 495
    assert read_all("greenhouse", paths) == (15_921, 15_921)


@pytest.mark.parametrize("source_type", ["greenhouse", "lever"])
def test_trimmed_and_single_files(data_dir: Path, source_type: str):
    paths = [path for part in ("trimmed", "single") for path in sorted((data_dir / "ats" / source_type / part).glob("*.json"))]
    expected, parsed = read_all(source_type, paths)
    assert parsed == expected > 20


def test_escaped_text_comes_out_as_a_slow_but_certain_way_has_it(data_dir: Path):
    """Against the standard library, after one more decoding, which every HTML parser does."""
    import html

    reader = adapter("greenhouse")
    for row in rows_of(data_dir / "ats/greenhouse/impact.json"):
        assert html.unescape(reader.parse(row).description_html) == html.unescape(html.unescape(row["content"])).strip()
