from __future__ import annotations

from datetime import UTC, datetime

import orjson
import pytest

from catalog.api import item_json
from catalog.api.item_json import items_json
from catalog.api.rows import LIST_COLUMNS, job_items
from catalog.models import Job, JobContent, Skill
from catalog.services import jobs_publish, skill_register_name
from catalog.tests.factories import NOW, job_facts, mention

pytestmark = pytest.mark.django_db


def test_postgresql_writes_the_items_that_python_would():
    for name in ("Salesforce", "dbt", "Zoom"):
        skill_register_name(skill=Skill.objects.create(name=name, kind="tool", category="crm"))
    odd = {"title": 'Łukasz\'s "Lead" \\ 100 %, +00:00"', "location_text": "São Paulo; Zürich", "company_domain": None, "language": None}
    jobs_publish(
        facts=[
            job_facts(1, skills=(mention("Zoom"), mention("Salesforce"), mention("dbt")), salary_min_usd=90_000, **odd),
            job_facts(2, posted_at=None, confidence=1.0, first_seen_at=datetime(2026, 8, 1, 12, 0, 0, 120_000, tzinfo=UTC)),
            job_facts(3, closed_at=NOW, missing_since=NOW),
        ]
    )
    JobContent.objects.update(highlights=[{"label": "must", "text": "“ü” 7+ years", "start_char": 0, "end_char": 12}])
    rows = list(Job.objects.order_by("-posting_id").values(*LIST_COLUMNS))
    written = orjson.loads(orjson.dumps(items_json([row["id"] for row in rows])))
    expected = orjson.loads(orjson.dumps(job_items(rows), option=orjson.OPT_UTC_Z))
    assert {item["first_seen"] for item in written} >= {"2026-08-01T12:00:00.120000Z"}
    assert written == expected
    assert [list(item) for item in written] == [list(item) for item in expected]


def test_what_is_gone_is_left_out():
    assert orjson.dumps(items_json([])) == orjson.dumps(items_json([4_711])) == b"[]"


def test_an_item_is_what_the_row_is_now():
    """Also within one transaction, where a row changes without another one to have written it."""
    jobs_publish(facts=[job_facts(1), job_facts(2)])
    ids = list(Job.objects.order_by("id").values_list("pk", flat=True))
    for title in ("First", "Second", "Third"):
        Job.objects.filter(pk=ids[0]).update(title=title)
        assert [item["title"] for item in orjson.loads(orjson.dumps(items_json(ids)))] == [title, "Account Executive"]


def test_an_item_is_written_once_while_its_row_is_the_same(monkeypatch):
    jobs_publish(facts=[job_facts(1)])
    ids = list(Job.objects.values_list("pk", flat=True))
    before = items_json(ids)
    monkeypatch.setattr(item_json, "_written", lambda ids: pytest.fail(f"written again: {ids}"))
    assert orjson.dumps(items_json(ids)) == orjson.dumps(before)
