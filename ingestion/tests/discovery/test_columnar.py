from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingestion import pipeline
from ingestion.discovery.parquet import Scan
from ingestion.errors import CdxError, FetchError
from ingestion.models import CrawlProgress, FrontierUrl, OutboundRequest, Run, Sighting, Source
from ingestion.services import run_create
from sandbox.files import Files, serving

pytestmark = pytest.mark.django_db(transaction=True)

CRAWL = "CC-MAIN-2025-51"
ROWS = [
    ("boards.greenhouse.io", "/Acme", None, 200, "2025-12-05 10:00:00", "AAA", CRAWL),
    ("boards.greenhouse.io", "/acme/jobs/4000001", "gh_src=x", 200, "2025-12-06 10:00:00", "BBB", CRAWL),
    ("boards.greenhouse.io", "/embed/job_board", "for=Embedded", 200, "2025-12-06 10:00:00", "CCC", CRAWL),
    ("boards.greenhouse.io", "/moved", None, 301, "2025-12-06 10:00:00", "DDD", CRAWL),
    ("boards.greenhouse.io", "/acme/jobs/4000002", None, 404, "2025-12-06 10:00:00", "EEE", CRAWL),
    ("boards.greenhouse.io", "/robots.txt", None, 200, "2025-12-06 10:00:00", "FFF", CRAWL),
    ("jobs.eu.lever.co", "/beta", None, 200, "2025-11-06 10:00:00", "GGG", "CC-MAIN-2025-47"),
    ("jobs.lever.co.evil.example", "/nobody", None, 200, "2025-11-06 10:00:00", "HHH", CRAWL),
    ("www.example.com", "/acme", None, 200, "2025-11-06 10:00:00", "III", CRAWL),
]
FOUND = {("greenhouse", "acme", ""), ("greenhouse", "embedded", ""), ("greenhouse", "moved", ""), ("lever", "beta", "eu")}
COLUMNS = "url_host_name, url_path, url_query, fetch_status, fetch_time, content_digest, crawl"


@pytest.fixture(autouse=True)
def quick(settings: Any) -> None:
    settings.CDX_SPACING_MS = 0
    settings.FETCH_RETRY_UNIT_S = 0.004


def write(path: Path, columns: str = COLUMNS, padding: int = 0) -> Path:
    """A Parquet file of the rows, and of `padding` rows of other hosts in row groups before and behind them."""
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE c ({', '.join(f'{name} VARCHAR' for name in COLUMNS.split(', '))})")
        connection.executemany(f"INSERT INTO c VALUES ({', '.join('?' * 7)})", ROWS)
        connection.execute(
            "INSERT INTO c SELECT 'a' || (i % 7) || '.example', '/' || md5(i::VARCHAR), md5((i + 1)::VARCHAR), '200', "
            "'2025-12-05 10:00:00', md5((i + 2)::VARCHAR), ? FROM range(?) t(i)",
            [CRAWL, padding],
        )
        typed = columns.replace("fetch_status", "fetch_status::SMALLINT AS fetch_status").replace(
            "fetch_time", "fetch_time::TIMESTAMP AS fetch_time"
        )
        connection.execute(f"COPY (SELECT {typed} FROM c ORDER BY url_host_name) TO '{path}' (FORMAT parquet, ROW_GROUP_SIZE 4096)")
    return path


def discover(*locations: Path | str, **parameters: Any) -> Run:
    run = run_create(kind="discover", parameters={"columnar": [str(location) for location in locations], **parameters})
    pipeline.discover(run_id=run.pk)
    run.refresh_from_db()
    return run


def known() -> set[tuple[str, str, str]]:
    return set(Source.objects.values_list("source_type", "source_key", "region"))


@pytest.fixture
def server(tmp_path: Path, settings: Any) -> Iterator[Files]:
    with serving(tmp_path) as files:
        settings.COLUMNAR_BASE_URL = files.url
        yield files


def test_one_file_names_boards_and_postings_with_their_crawl(tmp_path: Path):
    run = discover(write(tmp_path / "part.parquet"))
    stage = run.stages.get()
    assert known() == FOUND
    assert (run.state, stage.done, stage.unit, stage.counts["captures"], stage.counts["new"]) == ("done", 1, "files", 7, 4)
    sighting = Sighting.objects.get(source__source_key="acme")
    assert (sighting.method, sighting.crawl, sighting.capture_url) == ("columnar", CRAWL, "https://boards.greenhouse.io/Acme")
    assert f"{sighting.captured_at:%Y-%m-%d %H:%M %Z}" == "2025-12-05 10:00 UTC"
    assert list(FrontierUrl.objects.values_list("source_job_id", "checksum")) == [("4000001", "BBB")]
    assert Sighting.objects.get(source__source_key="beta").crawl == "CC-MAIN-2025-47"


def test_files_that_were_read_are_not_read_again_unless_asked(tmp_path: Path):
    write(tmp_path / "a.parquet")
    write(tmp_path / "b.parquet")
    discover(tmp_path / "*.parquet")
    assert discover(tmp_path / "*.parquet").stages.get().counts == {"known": 2}
    assert discover(tmp_path / "a.parquet", again=True).stages.get().counts == {"captures": 7, "tokens": 4, "new": 0}
    assert CrawlProgress.objects.filter(finished_at=None).count() == 0


def test_optional_columns_may_be_missing_and_the_path_may_name_the_crawl(tmp_path: Path):
    folder = tmp_path / f"crawl={CRAWL}"
    folder.mkdir()
    discover(write(folder / "part.parquet", columns="url_host_name, url_path"))
    assert known() == FOUND - {("greenhouse", "embedded", "")}
    assert set(Sighting.objects.values_list("crawl", "captured_at")) == {(CRAWL, None)}


def test_crawls_and_systems_can_be_chosen(tmp_path: Path):
    discover(write(tmp_path / "part.parquet"), crawls=["CC-MAIN-2025-47"])
    assert known() == {("lever", "beta", "eu")}
    discover(tmp_path / "part.parquet", source_types=["greenhouse"], again=True)
    assert known() == FOUND


def test_a_remote_file_is_read_by_ranges_of_our_own_client(tmp_path: Path, server: Files):
    path = write(tmp_path / "part.parquet", padding=60_000)
    discover(f"{server.url}/part.parquet")
    assert known() == FOUND
    rows = list(OutboundRequest.objects.order_by("started_at"))
    assert {(row.purpose, row.status) for row in rows} == {("columnar", 206)}
    assert [row.url for row in rows] == [f"{server.url}/part.parquet"] * len(server.asked)
    assert all(asked.startswith("bytes=") for _, _, asked in server.asked)
    assert sum(row.bytes for row in rows) < path.stat().st_size / 4
    assert all(later.started_at >= earlier.ended_at for earlier, later in itertools.pairwise(rows))


def test_a_small_remote_file_costs_one_request(tmp_path: Path, server: Files):
    write(tmp_path / "part.parquet")
    discover(f"{server.url}/part.parquet")
    assert (len(server.asked), known()) == (1, FOUND)


def test_duckdb_opens_nothing_but_the_file(tmp_path: Path, server: Files):
    file, other = write(tmp_path / "part.parquet"), write(tmp_path / "other.parquet")
    scan = Scan(str(file), ["boards.greenhouse.io"])
    try:
        for place in (other, f"{server.url}/other.parquet", "https://data.commoncrawl.org/x.parquet"):
            with pytest.raises(duckdb.Error, match="disabled by configuration"):
                scan._connection.execute(f"SELECT * FROM read_parquet('{place}')")
        for statement in ("SET enable_external_access = true", "SET allowed_paths = []"):
            with pytest.raises(duckdb.Error, match=r"Cannot change configuration|locked"):
                scan._connection.execute(statement)
        with pytest.raises(duckdb.Error):
            scan._connection.execute("LOAD httpfs")
    finally:
        scan.close()
    assert server.asked == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"PAR1 not really", "cannot be read: .*"),
        (b"", "cannot be read: .*"),
    ],
)
def test_files_that_are_no_parquet_are_said(tmp_path: Path, content: bytes, message: str):
    (tmp_path / "part.parquet").write_bytes(content)
    with pytest.raises(CdxError, match=message):
        discover(tmp_path / "part.parquet")
    assert "part.parquet" in Run.objects.get().message


def test_files_of_something_else_are_said(tmp_path: Path):
    write(tmp_path / "part.parquet", columns="url_path, crawl")
    with pytest.raises(CdxError, match="no part of a columnar index: it has no column url_host_name"):
        discover(tmp_path / "part.parquet")


@pytest.mark.parametrize(
    ("location", "message"),
    [
        ("nowhere/*.parquet", "no Parquet file at nowhere"),
        ("https://elsewhere.example/part.parquet", "not under COLUMNAR_BASE_URL"),
        ("http://169.254.169.254/part.parquet", "not under COLUMNAR_BASE_URL"),
        ("http://127.0.0.1:1/crawl=*/part.parquet", "name each file"),
    ],
)
def test_locations_that_lead_nowhere_are_said(location: str, message: str, settings: Any):
    settings.COLUMNAR_BASE_URL = "http://127.0.0.1:1"
    with pytest.raises(CdxError, match=message):
        discover(location)
    assert not OutboundRequest.objects.exists()


def test_a_server_without_ranges_is_not_asked_for_the_whole_file(tmp_path: Path, settings: Any):
    write(tmp_path / "part.parquet")
    with serving(tmp_path, ranges=False) as files:
        settings.COLUMNAR_BASE_URL = files.url
        with pytest.raises(CdxError, match="sends no parts of files"):
            discover(f"{files.url}/part.parquet")
        assert len(files.asked) == 1


def test_what_the_client_met_is_what_the_run_says(server: Files):
    with pytest.raises(FetchError, match="404"):
        discover(f"{server.url}/missing.parquet")
    assert (Run.objects.get().state, len(server.asked)) == ("failed", 1)


def test_without_the_library_the_message_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = write(tmp_path / "part.parquet")
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(CdxError, match=r"needs duckdb, which is not installed: .*gtm-engine\[columnar\]"):
        discover(path)


def test_an_interrupted_file_is_read_again_to_the_same_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = write(tmp_path / "part.parquet")
    monkeypatch.setattr("ingestion.discovery.parquet.BATCH", 3)
    take: Callable[[Scan], Any] = Scan.rows
    taken: list[int] = []

    def break_at_the_second(scan: Scan) -> Any:
        taken.append(1)
        if len(taken) == 2:
            raise CdxError("as if killed")
        return take(scan)

    monkeypatch.setattr(Scan, "rows", break_at_the_second)
    with pytest.raises(CdxError):
        discover(path)
    assert known() < FOUND
    discover(path)
    assert (known(), Sighting.objects.count(), CrawlProgress.objects.get().captures) == (FOUND, 4, 7)
