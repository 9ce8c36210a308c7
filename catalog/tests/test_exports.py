"""Whole results as files: complete, bounded, and safe to open."""

from __future__ import annotations

import csv
import io
import socket
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from urllib.parse import urlencode

import duckdb
import orjson
import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from rest_framework.authtoken.models import Token

from catalog.api.serializers import JobSerializer
from catalog.changes import Position
from catalog.errors import ExportBusyError, ExportCutError
from catalog.exports import download, stream, wanted
from catalog.exports.columns import export_columns
from catalog.exports.download import export_response
from catalog.exports.stream import Export
from catalog.exports.text import csv_chunks, json_lines
from catalog.exports.wanted import ExportFormat, Wanted
from catalog.filters import JobFilter
from catalog.models import Job
from catalog.search.query import Search
from catalog.services import jobs_publish
from catalog.tests.factories import NOW, job_facts
from catalog.tests.test_filters import JUNK

COLUMNS = list(JobSerializer().fields)
PAY = ["salary_min", "salary_max", "salary_currency", "salary_period", "salary_ote"]
IN_CSV = [column for name in COLUMNS if name != "highlights" for column in (PAY if name == "salary" else [name])]
ALL_JOBS = Search()


@pytest.fixture
def ask():
    client = Client(headers={"Authorization": f"Token {Token.objects.create(user=User.objects.create_user('reader')).key}"})
    return lambda query: client.get(f"/api/v1/jobs/export?{query}")


@pytest.fixture
def jobs(monkeypatch):
    monkeypatch.setattr(stream, "BATCH", 3)
    hostile = {
        "title": '=HYPERLINK("http://x.example")',
        "company_name": '+Acme, "the" one\nand only',
        "source_key": "b",
        "company_domain": None,
    }
    jobs_publish(facts=[job_facts(n, salary_max_usd=100_000 + n) for n in range(1, 8)] + [job_facts(8, closed_at=NOW, missing_since=NOW)])
    jobs_publish(facts=[job_facts(9, job_function="marketing", **hostile)])


def elsewhere(work):
    """Do it in a thread, which has a connection of its own."""

    def run():
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result()


def body(answer) -> bytes:
    return b"".join(answer.streaming_content)


@pytest.mark.django_db
def test_csv_is_complete_and_runs_nothing(ask, jobs):
    answer = ask("")
    assert (answer["Content-Type"], answer["X-Total-Count"]) == ("text/csv; charset=utf-8", "8")
    assert answer["Content-Disposition"].startswith('attachment; filename="jobs-')
    rows = list(csv.DictReader(io.StringIO(body(answer).decode(), newline="")))
    assert list(rows[0]) == IN_CSV
    assert [row["source_job_id"] for row in rows] == list("12345679")
    assert rows[-1]["title"] == '\'=HYPERLINK("http://x.example")'
    assert rows[-1]["company_name"] == '\'+Acme, "the" one\nand only'
    assert (rows[0]["posted_at"], rows[0]["skills_raw"], rows[0]["is_prospect"]) == ("2026-08-01T11:59:00Z", "outbound", "false")


@pytest.mark.django_db
@pytest.mark.parametrize("export_format", ExportFormat)
def test_columns_are_those_that_are_named(ask, jobs, export_format, tmp_path):
    file = tmp_path / "file"
    file.write_bytes(body(ask(f"format={export_format}&fields=title,highlights&fields=id,title")))
    read = {"csv": "read_csv", "jsonl": "read_json", "parquet": "read_parquet"}[export_format.value]
    options = ", format='newline_delimited'" if export_format is ExportFormat.JSONL else ""
    rows = duckdb.sql(f"SELECT * FROM {read}('{file}'{options})")
    assert rows.columns == ["title", "highlights", "id"]
    assert len(rows) == 8
    assert "Salesforce" in str(rows.fetchall()[0][1])


@pytest.mark.django_db
@pytest.mark.parametrize("export_format", [ExportFormat.CSV, ExportFormat.JSONL])
def test_an_export_that_is_not_read_in_time_says_so_and_breaks_off(jobs, export_format, monkeypatch):
    monkeypatch.setattr(stream, "BATCH", 1)
    export = Export(Wanted(ALL_JOBS, export_format))
    read = [next(export)]
    export._until = 0.0
    with pytest.raises(ExportCutError):
        read.extend(export)
    export.close()
    *_, last = b"".join(read).strip().splitlines()
    assert b"INCOMPLETE" in last


@pytest.mark.django_db(transaction=True)
def test_a_reader_who_stops_keeps_no_snapshot(jobs, settings):
    settings.EXPORT_SECONDS = 77
    export = Export(Wanted(ALL_JOBS, ExportFormat.CSV))
    with connection.cursor() as cursor:
        cursor.execute("SHOW idle_in_transaction_session_timeout")
        assert cursor.fetchone() == ("77s",)
    export.close()
    ours, theirs = socket.socketpair()
    with ours, theirs, closing(export_response(Wanted(ALL_JOBS, ExportFormat.CSV), {"gunicorn.socket": ours})):
        assert ours.gettimeout() == download.PATIENCE_S


@pytest.mark.django_db(transaction=True)
def test_who_is_not_signed_in_gets_the_first_jobs_and_holds_nothing(jobs, monkeypatch):
    monkeypatch.setattr("catalog.pages.export_views.ANONYMOUS_ROWS", 3)
    monkeypatch.setattr("catalog.templatetags.catalog_pages.ANONYMOUS_ROWS", 3)
    client = Client()
    told = '(the first 3; <a href="/login?next=/%3Fstate%3Dopen">sign in</a> for all)'
    assert told in client.get("/?state=open").content.decode()
    assert "sign in" not in client.get("/?function=marketing").content.decode()
    answer = client.get("/jobs.jsonl")
    assert not connection.in_atomic_block
    assert (answer["X-Total-Count"], body(answer).count(b"\n")) == ("3", 3)
    assert "X-Since" not in answer  # from there the others would never come
    assert "X-Since" in client.get("/jobs.jsonl?function=marketing")
    client.force_login(User.objects.create_user("ann"))
    answer = client.get("/jobs.jsonl?fields=id")
    assert (answer["X-Total-Count"], body(answer).count(b"\n")) == ("8", 8)
    assert "sign in" not in client.get("/").content.decode()


@pytest.mark.django_db
def test_changes_go_on_where_the_export_stops(ask, jobs):
    answer = ask("state=open,missing,closed")
    assert body(answer).count(b"\n") > 9
    since = Position.parse(answer["X-Since"])
    assert list(Job.objects.changed_since(since)) == []
    jobs_publish(facts=[job_facts(2, extraction_id=2)])
    assert [job.posting_id for job in Job.objects.changed_since(since)] == [2]


@pytest.mark.django_db
def test_json_lines_are_the_items_of_the_list(ask, jobs):
    client = ask("format=jsonl&function=sales&sort=salary")
    items = [orjson.loads(line) for line in body(client).splitlines()]
    assert [item["salary_max_usd"] for item in items] == [100_000 + n for n in range(7, 0, -1)]
    assert all(list(item) == list(items[0]) for item in items)
    assert items[0].keys() == set(COLUMNS)


@pytest.mark.django_db
def test_parquet_has_the_same_rows_and_types(ask, jobs, tmp_path):
    file = tmp_path / "jobs.parquet"
    file.write_bytes(body(ask("format=parquet&q=restaurants")))
    rows = duckdb.sql(f"SELECT * FROM '{file}'")
    assert rows.columns == COLUMNS
    types = dict(zip(rows.columns, map(str, rows.types), strict=True))
    assert (types["id"], types["posted_at"], types["skills"], types["needs_tier2"]) == ("BIGINT", "TIMESTAMP", "VARCHAR[]", "BOOLEAN")
    assert [row[COLUMNS.index("source_job_id")] for row in rows.fetchall()] == list("12345679")
    first = duckdb.sql(f"SELECT posted_at::varchar, highlights[1].text, title FROM '{file}' ").fetchall()[0]
    assert first == ("2026-08-01 11:59:00", "Salesforce", "Account Executive")


@pytest.mark.django_db
@pytest.mark.parametrize("export_format", ExportFormat)
def test_nothing_found_is_an_empty_file(ask, export_format):
    answer = ask(f"format={export_format}")
    assert (answer.status_code, answer["X-Total-Count"]) == (200, "0")
    assert body(answer).count(b"\n") <= 1 or export_format is ExportFormat.PARQUET


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["format=xlsx", "min_comp=x", "limit=5", "cursor=x", "fields=id,colour", "colour=red", "q=%00"])
def test_what_is_wrong_answers_400(ask, query):
    assert (answer := ask(query)).status_code == 400
    assert answer.json()["error"]["hint"]


@pytest.mark.django_db
def test_junk_answers_200_or_400(ask, jobs):
    for name in (*JobFilter.base_filters, "format", "limit"):
        for junk in JUNK[::4]:
            answer = ask(urlencode({name: junk}))
            assert answer.status_code in (200, 400), (name, junk)
            if answer.streaming:
                body(answer)


@pytest.mark.django_db
def test_without_duckdb_parquet_says_what_to_do(ask, monkeypatch):
    monkeypatch.setattr(wanted, "parquet_is_there", lambda: False)
    answer = ask("format=parquet")
    assert (answer.status_code, answer.json()["error"]["code"]) == (501, "format_not_available")
    assert "csv" in answer.json()["error"]["hint"]


@pytest.mark.django_db(transaction=True)
def test_few_at_once_and_a_slot_is_free_when_the_client_goes(ask, jobs, monkeypatch):
    monkeypatch.setattr(stream, "AT_ONCE", 0)
    answer = ask("")
    assert (answer.status_code, answer.json()["error"]["code"], answer["Retry-After"]) == (503, "export_busy", "60")
    monkeypatch.setattr(stream, "AT_ONCE", 1)
    export = Export(Wanted(ALL_JOBS, ExportFormat.CSV))
    next(iter(export))
    assert connection.in_atomic_block
    export.close()
    assert not connection.in_atomic_block
    again = Export(Wanted(ALL_JOBS, ExportFormat.CSV))
    with pytest.raises(ExportBusyError):
        elsewhere(lambda: Export(Wanted(ALL_JOBS, ExportFormat.CSV)))
    again.close()


@pytest.mark.django_db(transaction=True)
def test_strangers_and_those_who_are_signed_in_do_not_wait_for_each_other(ask, jobs, monkeypatch):
    monkeypatch.setattr(stream, "AT_ONCE", 1)
    for held, free in ((None, 3), (3, None)):
        with closing(Export(Wanted(ALL_JOBS, ExportFormat.CSV, most=held))):
            elsewhere(lambda most=free: Export(Wanted(ALL_JOBS, ExportFormat.CSV, most=most)).close())
            with pytest.raises(ExportBusyError):
                elsewhere(lambda most=held: Export(Wanted(ALL_JOBS, ExportFormat.CSV, most=most)))


@pytest.mark.django_db
def test_of_a_few_jobs_no_more_are_counted(jobs, django_assert_max_num_queries):
    with django_assert_max_num_queries(4) as asked, closing(Export(Wanted(ALL_JOBS, ExportFormat.CSV, most=3))) as export:
        assert (export.total, export.is_whole) == (3, False)
    assert any("LIMIT 4" in query["sql"] for query in asked)


@pytest.mark.django_db(transaction=True)
def test_few_jobs_that_are_not_read_in_time_hold_nothing(jobs, settings):
    settings.EXPORT_SECONDS = 0
    with pytest.raises(ExportCutError) as cut:
        export_response(Wanted(ALL_JOBS, ExportFormat.CSV, most=3), {})
    assert not connection.in_atomic_block, cut  # its traceback holds the export


@pytest.mark.django_db(transaction=True)
def test_count_and_rows_are_of_one_moment(jobs):
    export = Export(Wanted(ALL_JOBS, ExportFormat.JSONL))
    pieces = [next(iter(export))]
    elsewhere(lambda: jobs_publish(facts=[job_facts(n, source_key="late", company_domain=None) for n in range(20, 30)]))
    pieces += export
    export.close()
    assert b"".join(pieces).count(b"\n") == export.total == 9


def test_memory_does_not_grow_with_the_number_of_rows():
    item = dict.fromkeys(COLUMNS, "x" * 40) | {"salary": None}
    for writer in (csv_chunks, json_lines):
        peaks = []
        for batches in (5, 50):
            tracemalloc.start()
            for _ in writer(([item] * 100 for _ in range(batches)), export_columns()):
                pass
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
        assert peaks[1] < 1.5 * peaks[0]


@pytest.mark.django_db
@pytest.mark.parametrize("export_format", ExportFormat)
def test_pay_is_given_as_stated_too(ask, export_format, tmp_path):
    pay = {"min": 39.5, "max": None, "currency": "EUR", "period": "hour", "ote": True}
    jobs_publish(facts=[job_facts(1, salary=pay), job_facts(2, salary=None, salary_min_usd=None, salary_max_usd=None)])
    file = tmp_path / f"jobs.{export_format}"
    file.write_bytes(body(ask(f"format={export_format}")))
    if export_format is ExportFormat.CSV:
        rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8"))))
        assert [[row[name] for name in PAY] for row in rows] == [["39.5", "", "EUR", "hour", "true"], [""] * 5]
    else:
        assert duckdb.sql(f"SELECT salary FROM '{file}'").fetchall() == [(pay,), (None,)]


@pytest.mark.django_db
def test_only_csv_for_people_begins_with_the_mark_of_utf_8(ask, jobs):
    assert body(Client().get("/jobs.csv")).startswith(b"\xef\xbb\xbfid,")
    assert body(ask("format=csv")).startswith(b"id,")
    assert body(Client().get("/jobs.jsonl")).startswith(b"{")


@pytest.mark.django_db
def test_the_page_offers_its_search_as_files(jobs):
    page = Client().get("/?function=marketing&page=2&cursor=x").content.decode()
    assert 'href="/jobs.csv?function=marketing"' in page
    answer = Client().get("/jobs.jsonl?function=marketing")
    assert orjson.loads(body(answer))["job_function"] == "marketing"
    assert Client().get("/jobs.csv?min_comp=x").status_code == 400
    assert Client().get("/jobs.xls").status_code == 404
