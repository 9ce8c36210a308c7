from __future__ import annotations

import pytest

from catalog.models import Job
from catalog.search.short_forms import other_forms
from catalog.services import jobs_publish
from catalog.tests.factories import job_facts


@pytest.mark.parametrize(
    ("title", "forms"),
    [
        ("Sales Development Representative", "SDR"),
        ("Senior SDR, Nordics", "sales development representative"),
        ("SDRs (m/w/d)", "sales development representative"),
        ("Go-to-Market Lead", "GTM"),
        ("VP, Revenue Operations", "vice president RevOps"),
        ("SMB AE / AE", "small business account executive"),
        ("Human Resources Business Partner", "HRBP"),
        ("Regional Vice President", "RVP"),
        ("Aerospace Engineer", ""),
        ("Aesthetic AEsthetics", ""),
        ("", ""),
    ],
)
def test_a_title_gives_the_other_form_of_each_of_its_forms(title, forms):
    assert other_forms(title) == forms


@pytest.mark.django_db
def test_jobs_are_found_by_either_form_and_by_their_place():
    jobs_publish(
        facts=[
            job_facts(1, title="Sales Development Representative", location_text="Kraków, Poland"),
            job_facts(2, title="SDR", location_text="Remote"),
            job_facts(3, title="Baker", location_text="Remote"),
        ]
    )

    def found(text):
        return set(Job.objects.matching(text).values_list("posting_id", flat=True))

    assert found("SDR") == found('"sales development representative"') == {1, 2}
    assert found("sdr remote") == {2}
    assert found("sdr krakow") == {1}
