from __future__ import annotations

import io
import json
from pathlib import Path

import duckdb
import pytest
from django.core.management import CommandError, call_command

from ingestion.management.discovery import SHOWN
from ingestion.models import Run, Sighting, Source
from ingestion.tests.factories import make_source

pytestmark = pytest.mark.django_db


def ingest(*arguments: str) -> str:
    out = io.StringIO()
    call_command("ingest", *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("address", "source"),
    [
        ("https://boards.greenhouse.io/Acme/jobs/4000001?gh_src=x", "greenhouse/acme"),
        ("https://boards.greenhouse.io/embed/job_board?for=acme", "greenhouse/acme"),
        ("https://boards-api.greenhouse.io/v1/boards/acme/jobs", "greenhouse/acme"),
        ("job-boards.eu.greenhouse.io/acme", "greenhouse/acme"),
        ("https://jobs.eu.lever.co/acme/1c9a7f52-6c0e-4a57-9d0b-5f0c52a7d001/apply", "lever/acme"),
        ("api.lever.co/v0/postings/acme?mode=json", "lever/acme"),
    ],
)
def test_a_pasted_address_of_a_known_system_is_a_source_without_a_request(address: str, source: str):
    assert f"{source} is a source now" in ingest("seed", address).replace("\n", " ")
    assert [str(found) for found in Source.objects.all()] == [source]
    assert Sighting.objects.get().method == "pasted"
    assert not Run.objects.exists()


@pytest.mark.parametrize("address", ["http://169.254.169.254/careers", "http://2130706433/", "https://[::1]/jobs", "http://localhost/jobs"])
def test_a_pasted_private_address_is_refused(address: str):
    with pytest.raises(CommandError, match="is not visited: it names no domain"):
        ingest("seed", address)
    assert Run.objects.get().state == "failed"


def test_a_file_that_is_missing_is_said():
    with pytest.raises(CommandError, match=r"cannot read nowhere\.csv"):
        ingest("seed", "nowhere.csv")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_list_as_spreadsheets_save_it(tmp_path: Path, encoding: str):
    listed = tmp_path / "list.csv"
    listed.write_bytes("company\tats\ttoken\r\nMüller\tlever\tacme\r\n".encode(encoding))
    ingest("seed", str(listed))
    assert [str(source) for source in Source.objects.all()] == ["lever/acme"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("ats,token\nlever,müller".encode("cp1252"), "is not UTF-8 text: save it as CSV UTF-8"),
        (b"\xff\xfea", "is not UTF-8 text: save it as CSV UTF-8"),
        (b"PK\x03\x04rest", "is a spreadsheet or an archive, whatever its name: save the sheet as CSV UTF-8"),
    ],
    ids=["cp1252", "half of a character", "xlsx"],
)
def test_what_is_no_text_is_told_how_to_become_one(tmp_path: Path, data: bytes, message: str):
    listed = tmp_path / "list.csv"
    listed.write_bytes(data)
    with pytest.raises(CommandError, match=message):
        ingest("seed", str(listed))


@pytest.mark.parametrize("arguments", [(), ("-",)], ids=["nothing", "-"])
def test_standard_input_is_a_list_too(monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO("lever/acme\n".encode("utf-16"))))
    ingest("seed", *arguments)
    assert Sighting.objects.get().crawl == "stdin"


def test_a_list_of_sites(tmp_path: Path):
    listed = tmp_path / "sites.txt"
    listed.write_text("# ours\nhttps://jobs.lever.co/acme\n\nboards.greenhouse.io/beta\n")
    out = ingest("discover", "--sites", str(listed), "--site", "jobs.lever.co/gamma")
    assert {str(source) for source in Source.objects.all()} == {"lever/acme", "greenhouse/beta", "lever/gamma"}
    assert "company site" in out or "site" in out
    listed.write_text("# nothing\n")
    with pytest.raises(CommandError, match="names no site"):
        ingest("discover", "--sites", str(listed))


def test_the_columnar_index_by_command(tmp_path: Path):
    path = tmp_path / "part.parquet"
    with duckdb.connect() as connection:
        connection.execute(
            f"COPY (SELECT 'jobs.lever.co' AS url_host_name, '/acme' AS url_path, 'CC-MAIN-2025-43' AS crawl) TO '{path}' (FORMAT parquet)"
        )
    assert "CC-MAIN-2025-43" in ingest("discover", "--columnar", str(path))
    assert [str(source) for source in Source.objects.all()] == ["lever/acme"]


def test_one_way_at_a_time(tmp_path: Path):
    with pytest.raises(CommandError, match="one way at a time"):
        ingest("discover", "--columnar", "x.parquet", "--site", "acme.com")


def test_in_a_pipe_no_token_is_broken():
    key = "a-board-with-a-token-much-longer-than-a-column"
    make_source(key, company_name="A company with a name of many words " * 3)
    assert f"greenhouse/{key} " in ingest("sources")


def test_sources_are_listed_for_scripts():
    make_source("acme", state="gone", state_reason="404")
    make_source("bolt")
    (row,) = json.loads(ingest("sources", "--state", "gone", "--json"))
    assert (row["source_type"], row["source_key"], row["state"], row["reason"]) == ("greenhouse", "acme", "gone", "404")


def test_sources_are_listed_with_reason_mark_and_next_check(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COLUMNS", "200")
    make_source("acme", state="gone", state_reason="there is no such board [404]")
    make_source("acme-demo", mark="demo")
    out = ingest("sources")
    assert "there is no such board [404]" in " ".join(out.split())
    assert "not asked yet" in out
    assert "discovered (demo)" in ingest("sources", "--search", "DEMO")
    assert "acme-demo" not in ingest("sources", "--state", "gone")


def test_scripts_get_every_board_unless_they_ask_for_fewer():
    for number in range(SHOWN + 1):
        make_source(f"acme-{number}")
    assert len(json.loads(ingest("sources", "--json"))) == SHOWN + 1
    assert len(json.loads(ingest("sources", "--json", "--limit", "2"))) == 2
