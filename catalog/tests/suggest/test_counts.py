import pytest
from django.core.cache import cache

from catalog.filters import JobFilter
from catalog.models import Company, Job, Place
from catalog.services import companies_count_jobs, jobs_publish, jobs_update_status, places_count_jobs, suggestions_keep
from catalog.tests.beside import uncommitted
from catalog.tests.factories import NOW, job_facts, place, status

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_counted():
    cache.clear()


def published(posting_id, *locations, **changes):
    city, state, country = (locations[0][name] for name in ("city", "state", "country"))
    at = {"location_city": city, "location_state": state, "location_country": country, "location_text": "", "locations": list(locations)}
    jobs_publish(facts=[job_facts(posting_id, **at, **changes)])


def test_every_count_is_what_the_filter_finds():
    published(1, place("New York", "NY", "US"), place("Oakland", "CA", "US"))
    published(2, place("Oakland", "CA", "US"))
    published(3, place("Berlin", None, "DE"))
    published(4, place("Perth", "WA", "AU"))
    published(5, place("Tbilisi", None, "GE"))
    published(6, place("Atlanta", "GA", "US"))
    places_count_jobs()
    found = {row.name: row.job_count for row in Place.objects.all()}
    assert {"Oakland, CA": 2, "Berlin, Germany": 1, "Georgia, United States": 1}.items() <= found.items()
    for name, count in found.items():
        assert JobFilter(data={"location": [name]}, queryset=Job.objects.all()).qs.count() == count, name


def test_counts_follow_the_jobs():
    published(1, place("Berlin", None, "DE"))
    published(2, place("Paris", None, "FR"))
    assert places_count_jobs() > 0
    assert places_count_jobs() == 0
    jobs_update_status(statuses=[status(1, missing_since=NOW, closed_at=NOW)])
    places_count_jobs()
    assert set(Place.objects.filter(kind="city").values_list("name", flat=True)) == {"Paris, France"}


def test_companies_count_their_open_jobs():
    published(1, place("Berlin", None, "DE"))
    published(2, place("Berlin", None, "DE"), closed_at=NOW, missing_since=NOW)
    assert companies_count_jobs() == 1
    assert Company.objects.get().job_count == 1
    jobs_update_status(statuses=[status(1, missing_since=NOW, closed_at=NOW)])
    companies_count_jobs()
    assert Company.objects.get().job_count == 0


@pytest.mark.django_db(transaction=True)
def test_a_company_that_is_being_written_is_not_waited_for():
    published(1, place("Berlin", None, "DE"))
    published(2, place("Berlin", None, "DE"), source_key="globex", company_name="Globex", company_domain="globex.example")
    with uncommitted(lambda: Company.objects.filter(name="Acme").update(name="Acme Inc")):
        assert companies_count_jobs() == 1
    assert dict(Company.objects.values_list("name", "job_count")) == {"Acme Inc": 0, "Globex": 1}
    assert companies_count_jobs() == 1


def test_nothing_is_counted_while_no_job_changes():
    published(1, place("Berlin", None, "DE"))
    assert suggestions_keep()
    assert not suggestions_keep()
    published(2, place("Paris", None, "FR"))
    assert suggestions_keep()
    assert Company.objects.get().job_count == 2
