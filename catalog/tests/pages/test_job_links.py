import pytest
from django.http import QueryDict

from catalog.filters import JobFilter
from catalog.models import Job
from catalog.pages.job_links import job_links
from catalog.place_names import place_name
from catalog.services import jobs_publish
from catalog.tests.factories import job_facts, place

pytestmark = pytest.mark.django_db


def test_every_link_leads_to_a_search_that_finds_the_job():
    jobs_publish(facts=[job_facts(1), job_facts(2, job_function="it", seniority_level="vp", source_key="zest", company_domain=None)])
    job = Job.objects.get(posting_id=1)
    links = job_links(job)
    assert [link.label for link in links] == ["Jobs at Acme", "Mid jobs", "Sales jobs", "Jobs in New York, NY", "All of these together"]
    for link in links:
        found = JobFilter(data=QueryDict(link.href.partition("?")[2]), queryset=Job.objects.all())
        assert found.is_valid()
        assert job in found.qs, link.label


def test_what_is_not_known_is_no_link():
    unknown = {"job_function": "unknown", "seniority_level": "unknown", "location_city": None, "location_state": None}
    jobs_publish(facts=[job_facts(1, **unknown, location_country=None, locations=[])])
    assert [link.label for link in job_links(Job.objects.get())] == ["Jobs at Acme"]


@pytest.mark.parametrize(
    ("where", "name"),
    [
        (("New York", "NY", "US"), "New York, NY"),
        (("Perth", "WA", "AU"), "Perth, Western Australia"),
        (("Berlin", None, "DE"), "Berlin, Germany"),
        ((None, "NY", "US"), "New York, United States"),
        ((None, None, "US"), "United States"),
        (("Atlantis", None, None), "Atlantis"),
        ((None, None, None), ""),
    ],
)
def test_a_place_is_named_as_the_filter_understands_it(where, name):
    assert place_name(*where) == name
    if name:
        jobs_publish(facts=[job_facts(1, locations=[place(*where)], location_text="")])
        assert JobFilter(data={"location": [name]}, queryset=Job.objects.all()).qs.count() == 1
