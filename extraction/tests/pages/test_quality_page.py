import copy
from functools import cache
from typing import Any

import pytest
from django.core.cache import cache as page_cache
from django.core.management import call_command
from django.test import Client

from catalog.services import jobs_publish
from catalog.tests.factories import job_facts
from extraction.evaluate.run import SAMPLE_FOLDER
from extraction.models import Measurement
from extraction.templatetags.quality import main_metric

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_kept_fill_rates() -> None:
    page_cache.clear()


@cache
def sample_figures() -> tuple[dict[str, Any], ...]:
    """What the commands store of the sample set, measured once."""
    call_command("evaluate", data=SAMPLE_FOLDER, store=True)
    call_command("calibrate", data=SAMPLE_FOLDER, check=True, store=True)
    rows = tuple(Measurement.objects.values("kind", "provider", "tier", "version", "rows", "figures"))
    Measurement.objects.all().delete()
    return rows


def measured() -> None:
    Measurement.objects.bulk_create(Measurement(**copy.deepcopy(row)) for row in sample_figures())


def test_without_figures_the_page_says_how_to_get_them(client: Client) -> None:
    page = client.get("/quality").content.decode()
    assert "Nothing was measured here yet" in page
    assert "manage.py evaluate --store" in page


def test_figures_by_field_file_and_threshold(client: Client) -> None:
    measured()
    jobs_publish(facts=[job_facts(1)])
    page = client.get("/quality").content.decode()
    for shown in ("Seniority level", "salary_non_usd", "Do confidences mean what they say?", "in use", 'class="chart__dot"'):
        assert shown in page
    assert "The rules have changed since" not in page


def test_figures_of_other_rules_are_said_to_be_old(client: Client) -> None:
    measured()
    Measurement.objects.update(version="other+vocabulary")
    assert "The rules have changed since" in client.get("/quality").content.decode()


def test_what_is_weak_is_named(client: Client) -> None:
    measured()
    newest = Measurement.objects.get(kind=Measurement.Kind.EVALUATION)
    fields: list[dict[str, Any]] = newest.figures["fields"]
    next(field for field in fields if field["field"] == "location").update(precision=0.5, rows=60)
    newest.save()
    page = client.get("/quality").content.decode()
    assert "Weak:" in page
    assert "Location (50.0\N{NO-BREAK SPACE}% right)" in page


def test_a_few_rows_prove_neither_strength_nor_weakness(client: Client) -> None:
    measured()
    page = client.get("/quality").content.decode()
    assert "Weak:" not in page
    assert "few rows" in page
    assert "100.0\N{NO-BREAK SPACE}% to 100.0\N{NO-BREAK SPACE}%" not in page


def test_the_main_metric_is_named_also_where_another_has_its_value() -> None:
    file = {"main": 1.0, "main_metric": "mean", "f1": 1.0, "mean": 1.0, "interval_95": {"f1": [0.5, 1.0], "mean": [0.4, 1.0]}}
    assert main_metric(file) == {"name": "mean", "value": 1.0, "low": 0.4, "high": 1.0}


def test_figures_of_a_language_model_do_not_replace_those_of_the_rules(client: Client) -> None:
    measured()
    Measurement.objects.create(
        kind=Measurement.Kind.EVALUATION, provider="ollama m", tier=1, version="v", rows=1, figures={"fields": [], "files": {}}
    )
    assert "Seniority level" in client.get("/quality").content.decode()


def test_the_page_asks_the_database_little(client: Client, django_assert_max_num_queries: Any) -> None:
    measured()
    with django_assert_max_num_queries(4):
        client.get("/quality")
