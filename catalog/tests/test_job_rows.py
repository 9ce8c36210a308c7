"""What one line of the list says."""

import pytest

from catalog.job_rows import job_rows
from catalog.models import Job
from catalog.services import jobs_publish
from catalog.tests.factories import NOW, job_facts

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("low", "high", "told"),
    [(None, 121_000, "≈ up to US$121k/year"), (88_900, None, "≈ from US$88.9k/year"), (90_000, 100_000, "≈ US$90k–100k/year")],
)
def test_pay_in_another_currency_has_dollars_beside_it(low, high, told):
    salary = {"min": low, "max": high, "currency": "EUR", "period": "year", "ote": False}
    jobs_publish(facts=[job_facts(1, salary_min_usd=low, salary_max_usd=high, salary=salary)])
    [row] = job_rows(list(Job.objects.select_related("content")), wanted=(), now=NOW)
    assert row.pay_usd == told


def test_a_line_says_whether_its_date_is_when_the_job_was_posted_or_seen(client):
    jobs_publish(facts=[job_facts(1, title="Dated"), job_facts(2, title="Undated", posted_at=None)])
    dated, undated = client.get("/").content.decode().split('class="job__title"')[1:]
    if "Undated" in dated:
        dated, undated = undated, dated
    assert "Posted 2026-08-01 11:59 UTC" in dated
    assert '<span class="job__ago"><span class="job__when">' in dated
    assert "First seen 2026-08-01 11:58 UTC" in undated
    assert 'title="The board states no date of posting.' in undated
    assert '<span class="job__ago">seen <span class="job__when">' in undated
