from __future__ import annotations

import json
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from rich.console import Console

from catalog.services import skills_count_jobs
from extraction import services
from extraction.tests.conftest import greenhouse_payload, raw_folder, read_board, vocabulary  # noqa: F401 - fixtures
from extraction.tests.factories import llm_call
from gtm_site.report import run_report
from gtm_site.report_tables import report_tables
from ingestion.models import RawPosting, Run
from ingestion.services import run_create, run_finish, run_start, stage_add, stage_start

FOUNDING_FIELDS = {
    "jobs_ingested", "jobs_extracted_t0", "jobs_extracted_t1", "jobs_escalated_t2", "tier2_tokens_in_total",
    "tier2_tokens_out_total", "tier2_estimated_cost_usd", "top_20_skills_by_count",
}  # fmt: skip


@pytest.fixture
def run(vocabulary, read_board) -> Run:  # noqa: F811
    """A run that has read and extracted three postings."""
    run = run_start(run_id=run_create(kind="all").pk)
    stage_start(run_id=run.pk, name="extract", unit="postings")
    read_board([greenhouse_payload(n) for n in range(3)])
    RawPosting.objects.update(run_id=run.pk)
    services.pending_fill(run_id=run.pk)
    services.pending_extract()
    return run


def test_the_report_counts_what_the_run_did(run, tmp_path):
    skills_count_jobs()
    run_finish(run_id=run.pk)
    output = StringIO()
    call_command("report", str(run.pk), folder=tmp_path, stdout=output)
    path = tmp_path / f"run_{run.started_at:%Y%m%dT%H%M%SZ}.json"
    assert output.getvalue().rstrip().endswith(str(path))
    report = json.loads(path.read_text())
    assert report.keys() >= FOUNDING_FIELDS
    assert (report["jobs_ingested"], report["jobs_extracted_t0"], report["jobs_escalated_t2"]) == (3, 3, 0)
    assert report["stages"]["extract"]["done"] == 3
    assert {"skill": "Snowflake", "count": 3} in report["top_20_skills_by_count"]


@pytest.mark.django_db
def test_a_board_that_is_gone_has_not_failed():
    run = run_start(run_id=run_create(kind="all").pk)
    stage_start(run_id=run.pk, name="fetch", unit="sources")
    stage_add(run_id=run.pk, name="fetch", done=4, failed=8, counts={"gone": 6, "failed": 2})
    stage = run_report(run)["stages"]["fetch"]
    assert (stage["done"], stage["gone"], stage["failed"]) == (4, 6, 2)
    output = StringIO()
    Console(file=output, width=120).print(report_tables(run_report(run)))
    assert "│ fetch │ sources │ 4 │ 6 │ 2 │ - │" in [" ".join(line.split()) for line in output.getvalue().splitlines()]


def test_tier_2_is_counted_from_the_ledger(vocabulary, read_board):  # noqa: F811
    run = run_start(run_id=run_create(kind="all").pk)
    for number in range(3):
        llm_call(number, run_id=run.pk, posting_ids=[number % 2])
    llm_call(7, run_id=run.pk, posting_ids=[9], provider="anthropic", state="failed", tokens_in=0, tokens_out=0, cost_usd=0, error="busy")
    llm_call(8, run_id=run.pk, posting_ids=[5], batch_id="b", cost_usd=Decimal("0.006"))
    llm_call(9, run_id=run.pk, purpose="tier1", provider="ollama", model="local", cost_usd=0, at_most_usd=0)
    report = run_report(run)
    assert (report["jobs_escalated_t2"], report["tier2_tokens_in_total"], report["tier2_tokens_out_total"]) == (4, 8_000, 2_000)
    assert report["tier2_estimated_cost_usd"] == pytest.approx(4 * 0.012)
    assert report["tier2_cost_usd"] == pytest.approx(3 * 0.012 + 0.006)
    assert {(row["provider"], row["purpose"], row["calls"], row["failed"]) for row in report["llm"]} == {
        ("openai", "tier2", 4, 0), ("anthropic", "tier2", 1, 1), ("ollama", "tier1", 1, 0),
    }  # fmt: skip


def test_the_tables_hold_what_the_json_holds(run, tmp_path):
    llm_call(1, run_id=run.pk)
    run_finish(run_id=run.pk)
    tables, as_json = StringIO(), StringIO()
    call_command("report", str(run.pk), folder=tmp_path, stdout=tables)
    for words in (
        "extracted by tier 0 (rules)",
        "greenhouse",
        "Stages",
        "Fields stated",
        "role_title",
        "100.0%",
        "small-1",
        "0.0120 USD",
        "of these published, open now",
    ):
        assert words in tables.getvalue()
    call_command("report", json=True, folder=tmp_path / "none", stdout=as_json)
    report = json.loads(as_json.getvalue())
    assert report["by_source_type"] == {"greenhouse": {"ingested": 3, "published": 3}}
    assert report["jobs_by_state"] == {"open": 3}
    assert report["fill_rates"]["role_title"] == 1.0
    assert not (tmp_path / "none").exists()


@pytest.mark.django_db
def test_without_a_run_it_says_how_to_make_one(tmp_path):
    with pytest.raises(CommandError, match="make demo"):
        call_command("report", folder=tmp_path)
