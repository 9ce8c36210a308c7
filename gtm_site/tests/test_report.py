from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from catalog.services import skills_count_jobs
from extraction import services
from extraction.tests.conftest import greenhouse_payload, raw_folder, read_board, vocabulary  # noqa: F401 - fixtures
from ingestion.models import RawPosting
from ingestion.services import run_create, run_finish, run_start, stage_start

FOUNDING_FIELDS = {
    "jobs_ingested", "jobs_extracted_t0", "jobs_extracted_t1", "jobs_escalated_t2", "tier2_tokens_in_total",
    "tier2_tokens_out_total", "tier2_estimated_cost_usd", "top_20_skills_by_count",
}  # fmt: skip


def test_the_report_counts_what_the_run_did(vocabulary, read_board, tmp_path):  # noqa: F811
    run = run_start(run_id=run_create(kind="all").pk)
    stage_start(run_id=run.pk, name="extract", unit="postings")
    read_board([greenhouse_payload(n) for n in range(3)])
    RawPosting.objects.update(run_id=run.pk)
    services.pending_fill(run_id=run.pk)
    services.pending_extract()
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
def test_without_a_run_it_says_how_to_make_one(tmp_path):
    with pytest.raises(CommandError, match="make demo"):
        call_command("report", folder=tmp_path)
