"""Chips and hidden fields: no filter of an address is lost or unreadable on the page."""

from __future__ import annotations

import pytest
from django.http import QueryDict

from catalog.filters import JobFilter
from catalog.formats import money
from catalog.models import Job
from catalog.search_form import CHIP_LABELS, active_search
from catalog.services import jobs_publish
from catalog.tests.factories import job_facts

pytestmark = pytest.mark.django_db
MAX_PAY = f"{money(90_000, 'USD')} per year"
READS = [
    ("seniority_not=senior", "Not seniority", "Senior"),
    ("agencies=no", "Agencies", "None"),
    ("prospects=only", "Open applications", "Only these"),
    ("has=salary", "States", "Salary"),
    ("has_not=company_domain", "Does not state", "Domain of the company"),
    ("country_not=de", "Not country", "Germany"),
    ("max_comp=90000", "Pays at most", MAX_PAY),
    ("location_city=Austin, TX", "City", "Austin, TX"),
    ("remote_from=US", "Remote from", "United States"),
    ("posted_within_days=1", "Board says posted within", "24 hours"),
]


def search(query: str):
    data = QueryDict(query)
    found = JobFilter(data=data, queryset=Job.objects.all())
    assert found.is_valid(), found.errors
    return active_search(found, data)


def test_every_filter_can_be_a_chip():
    assert set(JobFilter.base_filters) - set(CHIP_LABELS) == {"q", "sort"}


@pytest.mark.parametrize(("query", "label", "value"), READS)
def test_chips_read_well(query, label, value):
    (chip,) = search(query).chips()
    assert (chip.label, chip.value) == (label, value)
    assert chip.href.endswith("/jobs") or "?" not in chip.href


@pytest.mark.parametrize("field", list(JobFilter.base_filters["has"].columns))
def test_every_field_that_a_job_may_state_has_a_name(field):
    (chip,) = search(f"has={field}").chips()
    assert chip.value[0].isupper()


def test_a_company_that_is_left_out_is_named():
    jobs_publish(facts=[job_facts(1)])
    (chip,) = search(f"company_not={Job.objects.get().company_id}").chips()
    assert (chip.label, chip.value) == ("Not company", "Acme")
