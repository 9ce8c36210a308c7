"""Corrections by curators: shown at once, kept by every later publication, taken back without a trace."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from time import monotonic, sleep

import pytest
from django.db import connection, transaction

from catalog.curation.corrections import facts_corrected
from catalog.errors import CorrectionError
from catalog.models import Company, CurationChange, FieldCorrection, Job
from catalog.pages.fact_sheet import fact_sheet
from catalog.services import company_correct, correction_withdraw, job_correct, jobs_publish
from catalog.tests.factories import job_facts, place

pytestmark = pytest.mark.django_db


@pytest.fixture
def job():
    jobs_publish(facts=[job_facts(1)])
    return Job.objects.get()


def publish_again(number: int = 2, **changes) -> None:
    jobs_publish(facts=[job_facts(1, extraction_id=number, **changes)])


def test_a_correction_shows_at_once_and_outlives_publications(job):
    job_correct(job=job, field="seniority_level", value="senior", by="ada", reason="leads others")
    for seniority in (None, "junior"):
        if seniority:
            publish_again(seniority_level=seniority)
        job.refresh_from_db()
        assert job.seniority_level == "senior"
        assert job.content.evidence["seniority_level"]["source"] == "curator"
    assert FieldCorrection.objects.get().extracted["value"] == "junior"


def test_taken_back_the_newest_extraction_shows_again(job):
    correction = job_correct(job=job, field="seniority_level", value="senior", by="ada")
    evidence = {"seniority_level": {"source": "text", "rule": "years", "tier": 0, "confidence": 0.7, "spans": []}}
    publish_again(seniority_level="junior", evidence=evidence)
    correction.refresh_from_db()
    correction_withdraw(correction=correction, by="bob")
    job = Job.objects.select_related("content").get()
    assert (job.seniority_level, job.content.evidence) == ("junior", evidence)
    assert not FieldCorrection.objects.exists()


def test_who_when_before_after_are_logged(job):
    correction = job_correct(job=job, field="role_title", value="Seller", by="ada")
    correction_withdraw(correction=correction, by="bob")
    entries = [(c.changed_by, c.subject, c.action, c.before, c.after) for c in CurationChange.objects.order_by("id")]
    assert entries == [
        ("ada", "job", "correct role_title", {"role_title": "Account Executive"}, {"role_title": "Seller"}),
        ("bob", "job", "withdraw role_title", {"role_title": "Seller"}, {"role_title": "Account Executive"}),
    ]


def test_a_second_correction_of_a_field_still_knows_what_was_extracted(job):
    job_correct(job=job, field="role_title", value="Seller", by="ada")
    correction = job_correct(job=job, field="role_title", value="Salesperson", by="ada")
    assert (FieldCorrection.objects.count(), correction.extracted["value"]) == (1, "Account Executive")


def test_a_corrected_place_is_found_and_shown(job):
    for field, value in (("location_city", "Lyon"), ("location_state", None), ("location_country", "FR")):
        job_correct(job=job, field=field, value=value, by="ada")
    publish_again(locations=[place("New York", "NY", "US"), place("Austin", "TX", "US")])
    job = Job.objects.select_related("content").get()
    assert [p["city"] for p in job.content.locations] == ["Lyon", "Austin"]
    assert any("lyon" in key for key in job.places)
    assert fact_sheet(job, job.content, []).place == "Lyon, FR and 1 more"


def test_corrected_pay_replaces_what_was_stated(job):
    job_correct(job=job, field="salary_max_usd", value="150000", by="ada")
    job = Job.objects.select_related("content").get()
    assert (job.salary_max_usd, job.comp_usd, job.content.salary) == (150_000, 150_000, None)


def test_one_of_two_corrections_is_taken_back(job):
    first = job_correct(job=job, field="location_city", value="Lyon", by="ada")
    job_correct(job=job, field="role_title", value="Seller", by="ada")
    correction_withdraw(correction=first, by="ada")
    job = Job.objects.select_related("content").get()
    assert (job.location_city, job.role_title) == ("New York", "Seller")
    assert job.content.evidence["role_title"]["source"] == "curator"


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2)])
def test_in_whatever_order_corrections_are_taken_back_nothing_of_them_stays(job, order):
    content = job.content.evidence, job.content.locations, job.content.salary
    wanted = (("location_city", "Lyon"), ("location_country", "FR"), ("salary_max_usd", 200_000))
    corrections = [job_correct(job=job, field=field, value=value, by="ada") for field, value in wanted]
    for index in order:
        correction_withdraw(correction=FieldCorrection.objects.get(pk=corrections[index].pk), by="ada")
    job = Job.objects.select_related("content").get()
    assert (job.location_city, job.location_country, job.salary_max_usd) == ("New York", "US", 140_000)
    assert (job.content.evidence, job.content.locations, job.content.salary) == content


@pytest.mark.parametrize(
    ("field", "value", "part"),
    [
        ("state", "open", "these can"),
        ("seniority_level", "boss", "boss"),
        ("salary_min_usd", "much", "integer"),
        ("role_title", "", "blank"),
        ("salary_min_usd", "-5", "below 0"),
        ("salary_min_usd", "140001", "least pay would be 140,001 and the most 140,000"),
        ("salary_max_usd", "99999", "least pay would be 100,000 and the most 99,999"),
        ("location_country", "ZZ", "no country's two-letter code"),
        ("location_country", "fr", "no country's two-letter code"),
    ],
)
def test_what_cannot_be_is_refused_with_a_reason(job, field, value, part):
    with pytest.raises(CorrectionError, match=part):
        job_correct(job=job, field=field, value=value, by="ada")
    assert not FieldCorrection.objects.exists()
    assert not CurationChange.objects.exists()


def test_a_company_keeps_the_name_that_a_curator_gave_it(job):
    company = Company.objects.get()
    correction = company_correct(company=company, field="name", value="Acme Robotics", by="ada")
    assert Job.objects.get().company_name == "Acme Robotics"
    publish_again()
    assert (Job.objects.get().company_name, Company.objects.get().name) == ("Acme Robotics", "Acme Robotics")
    correction_withdraw(correction=correction, by="ada")
    assert (Job.objects.get().company_name, Company.objects.get().name) == ("Acme", "Acme")


def test_two_companies_cannot_have_one_domain(job):
    other = Company.objects.create(name="Other", domain="other.example")
    with pytest.raises(CorrectionError, match="another company"):
        company_correct(company=other, field="domain", value="acme.example", by="ada")
    assert company_correct(company=other, field="domain", value="", by="ada").value is None


def test_jobs_without_corrections_cost_one_query_a_batch(django_assert_num_queries):
    facts = [job_facts(number) for number in range(50)]
    with django_assert_num_queries(1):
        assert facts_corrected(facts, {("greenhouse", "acme"): 1}) == facts


def withdraw_beside():
    correction_withdraw(correction=FieldCorrection.objects.get(), by="ada")


def correct_beside():
    company_correct(company=Company.objects.get(), field="name", value="Acme Robotics", by="ada")


def publish_beside():
    publish_again(role_title="Closer")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("beside", "shown"), [(withdraw_beside, "Account Executive"), (publish_beside, "Salesperson")])
def test_who_holds_a_job_gets_its_correction_too(job, beside, shown):
    """The other one, who waits for the job, does not hold that already; and then sees what was corrected."""
    job_correct(job=job, field="role_title", value="Seller", by="ada")
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Job.objects.select_for_update().get()
            other = pool.submit(_in_own_connection, beside)
            _until_it_waits(other)
            job_correct(job=job, field="role_title", value="Salesperson", by="bob")
        other.result(30)
    assert Job.objects.get().role_title == shown


@pytest.mark.django_db(transaction=True)
def test_who_holds_a_company_gets_its_correction_too(job):
    company = Company.objects.get()
    company_correct(company=company, field="name", value="Acme Robotics", by="ada")
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            company_correct(company=company, field="name", value="Acme Labs", by="bob")
            other = pool.submit(_in_own_connection, withdraw_beside)
            _until_it_waits(other)
        other.result(30)
    assert Company.objects.get().name == "Acme"
    assert CurationChange.objects.latest("id").before == {"name": "Acme Labs"}


def withdraw_and_correct_beside():
    withdraw_beside()
    correct_beside()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("beside", [correct_beside, withdraw_and_correct_beside])
def test_a_job_that_comes_in_beside_a_correction_of_its_company_shows_it(job, beside):
    company_correct(company=Company.objects.get(), field="name", value="Acme Labs", by="bob")
    if beside is correct_beside:
        FieldCorrection.objects.all().delete()
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            jobs_publish(facts=[job_facts(2)])
            other = pool.submit(_in_own_connection, beside)
            _until_it_waits(other)
        other.result(30)
    assert set(Job.objects.values_list("company_name", flat=True)) == {"Acme Robotics"}


@pytest.mark.django_db(transaction=True)
def test_who_publishes_beside_a_correction_of_the_company_waits_for_it(job):
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            correct_beside()
            other = pool.submit(_in_own_connection, lambda: jobs_publish(facts=[job_facts(2)]))
            _until_it_waits(other)
        other.result(30)
    assert set(Job.objects.values_list("company_name", flat=True)) == {"Acme Robotics"}


@pytest.mark.django_db(transaction=True)
def test_publications_and_corrections_beside_each_other_end_and_agree():
    """Jobs that are new and jobs that are written again, of companies in orders that cross."""
    boards = [f"board{number}" for number in range(4)]
    jobs_publish(facts=[job_facts(n, source_key=key, company_domain=None) for n, key in enumerate(boards)])
    companies = list(Company.objects.order_by("pk"))

    def publish(worker: int) -> None:
        for number in range(6):
            keys = boards[:: -1 if (worker + number) % 2 else 1]
            mine = [(1000 * (worker + 1) + place + 10 * again, key) for place, key in enumerate(keys) for again in (0, number)]
            jobs_publish(facts=[job_facts(n, source_key=key, company_domain=None, extraction_id=number + 2) for n, key in mine])

    def correct() -> None:
        for number in range(6):
            for company in companies[:: -1 if number % 2 else 1]:
                company_correct(company=company, field="name", value=f"Corrected {number}", by="ada")

    with ThreadPoolExecutor(4) as pool:
        works = [*(partial(publish, worker) for worker in range(3)), correct]
        for ended in [pool.submit(_in_own_connection, work) for work in works]:
            ended.result(60)
    assert set(Job.objects.values_list("company_name", flat=True)) == {"Corrected 5"}
    assert set(Company.objects.values_list("name", flat=True)) == {"Corrected 5"}


def test_a_correction_is_taken_back_once(job):
    correction = job_correct(job=job, field="role_title", value="Seller", by="ada")
    late = FieldCorrection.objects.get()
    correction_withdraw(correction=correction, by="ada")
    with pytest.raises(CorrectionError, match="taken back already"):
        correction_withdraw(correction=late, by="bob")
    assert CurationChange.objects.latest("id").changed_by == "ada"


def _in_own_connection(work):
    try:
        work()
    finally:
        connection.close()


def _until_it_waits(other: Future[None]) -> None:
    """Until the other one waits for a lock that is held here."""
    deadline = monotonic() + 30
    with connection.cursor() as cursor:
        while monotonic() < deadline and not other.done():
            cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))")
            if cursor.fetchone():
                return
            sleep(0.01)
    other.result(0)
    pytest.fail("it never waited")
