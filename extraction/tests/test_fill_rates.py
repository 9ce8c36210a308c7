from __future__ import annotations

import uuid

import pytest

from extraction.fill_rates import FACTS, fill_rates
from extraction.models import Extraction

RUN = uuid.uuid4()


def extraction(posting_id: int, tier: int = 0, **record: object) -> None:
    Extraction.objects.create(
        posting_id=posting_id, content_hash="x", schema_version="v", provider=f"tier{tier}", prompt_version="p", tier=tier,
        record=record, confidence=0.5, needs_tier2=False, run_id=RUN,
    )  # fmt: skip


@pytest.mark.django_db
def test_empty_unknown_and_missing_are_not_filled():
    extraction(1, role_title="Seller", remote_type="unknown", location_city=None, skills_raw=[], salary_min_usd=0)
    extraction(2, role_title="", remote_type="hybrid", location_city="Graz", skills_raw=["SQL"])
    found = fill_rates(RUN)
    assert found.records == 2
    rates = {
        name: found.rate(name) for name in ("role_title", "remote_type", "location_city", "skills_raw", "salary_min_usd", "job_summary")
    }
    assert rates == {
        "role_title": 0.5,
        "remote_type": 0.5,
        "location_city": 0.5,
        "skills_raw": 0.5,
        "salary_min_usd": 0.5,
        "job_summary": 0.0,
    }
    assert set(found.filled) == set(FACTS)


@pytest.mark.django_db
def test_the_best_record_of_a_posting_counts_once():
    extraction(1, role_title="")
    extraction(1, tier=1, role_title="Seller")
    assert (fill_rates(RUN).records, fill_rates(RUN).rate("role_title")) == (1, 1.0)


@pytest.mark.django_db
def test_a_run_that_extracted_nothing_has_no_rates():
    assert fill_rates(uuid.uuid4()).rate("role_title") == 0.0
