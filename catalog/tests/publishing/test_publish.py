from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.errors import UnknownSkillError
from catalog.facts import JobStatus
from catalog.models import Company, CompanyBoard, DroppedSkill, Job, JobContent, JobSkill, Skill
from catalog.search.postgres.backend import PostgresBackend
from catalog.search.query import Search, Sort
from catalog.services import jobs_count, jobs_publish, jobs_update_status
from catalog.tests.factories import NOW, job_facts, mention, place

pytestmark = pytest.mark.django_db


@pytest.fixture
def skills():
    return {name: Skill.objects.create(name=name, kind="tool", category="crm") for name in ("Salesforce", "HubSpot", "Gong")}


def snapshot():
    """Everything that a publication writes, by posting."""
    jobs = {row.pop("posting_id"): row for row in Job.objects.order_by("posting_id").values()}
    contents = list(JobContent.objects.order_by("job__posting_id").values())
    mentions = list(JobSkill.objects.order_by("job__posting_id", "skill__name").values())
    return jobs, contents, mentions


def test_every_fact_arrives(skills):
    facts = job_facts(7, skills=(mention("Salesforce"), mention("Gong")), notes=["no rate for XYZ"], language=None)
    assert jobs_publish(facts=[facts]) == 1
    job = Job.objects.select_related("content", "company").get(posting_id=7)
    for name in (
        "extraction_id",
        "source_job_id",
        "url",
        "title",
        "role_title",
        "company_name",
        "seniority_level",
        "location_text",
        "salary_max_usd",
    ):
        assert getattr(job, name) == getattr(facts, name), name
    for name in (
        "text",
        "job_summary",
        "key_functions_hired_for",
        "skills_raw",
        "tools_raw",
        "highlights",
        "evidence",
        "salary",
        "locations",
        "notes",
    ):
        assert getattr(job.content, name) == getattr(facts, name), name
    assert (job.state, job.comp_usd, job.listed_at, job.language) == ("open", 140_000, facts.posted_at, None)
    assert job.skill_ids == sorted([skills["Salesforce"].pk, skills["Gong"].pk])
    assert (job.company.name, job.company.domain) == ("Acme", "acme.example")
    seen = JobSkill.objects.get(job=job, skill__name="Salesforce")
    assert facts.text[seen.start : seen.end] == "Salesforce" == seen.surface
    assert JobSkill.objects.get(job=job, skill__name="Gong").start is None


def test_no_salary_and_no_date_have_stand_ins():
    jobs_publish(facts=[job_facts(1, salary_min_usd=None, salary_max_usd=None, salary=None, posted_at=None)])
    job = Job.objects.select_related("content").get()
    assert (job.comp_usd, job.listed_at, job.content.salary) == (0, job.first_seen_at, None)


def test_publishing_twice_changes_nothing(skills):
    facts = [job_facts(n, skills=(mention("Salesforce"),)) for n in range(1, 6)]
    assert jobs_publish(facts=facts) == 5
    before = snapshot()
    assert jobs_publish(facts=list(reversed(facts))) == 0
    assert snapshot() == before


def test_a_newer_extraction_replaces_and_an_older_one_does_not(skills):
    jobs_publish(facts=[job_facts(1, extraction_id=5, skills=(mention("Salesforce"), mention("Gong"))), job_facts(2)])
    other = snapshot()[0][2]
    assert (
        jobs_publish(
            facts=[
                job_facts(1, extraction_id=9, role_title="Sales Lead", text="Now with HubSpot.", skills=(mention("HubSpot", "HubSpot"),))
            ]
        )
        == 1
    )
    job = Job.objects.select_related("content").get(posting_id=1)
    assert (job.role_title, job.content.text) == ("Sales Lead", "Now with HubSpot.")
    assert job.skill_ids == [skills["HubSpot"].pk] == list(JobSkill.objects.filter(job=job).values_list("skill_id", flat=True))
    assert jobs_publish(facts=[job_facts(1, extraction_id=7, role_title="Stale")]) == 0
    assert Job.objects.get(posting_id=1).role_title == "Sales Lead"
    assert snapshot()[0][2] == other


def test_of_two_in_one_batch_the_newer_counts():
    assert jobs_publish(facts=[job_facts(1, extraction_id=2, title="new"), job_facts(1, extraction_id=1, title="old")]) == 1
    assert Job.objects.get().title == "new"


def test_several_mentions_of_a_skill_are_one_row(skills):
    early, late = replace(mention("Salesforce"), start=3, end=13), replace(mention("Salesforce"), start=50, end=60)
    jobs_publish(facts=[job_facts(1, skills=(late, replace(early, start=None, end=None), early))])
    row = JobSkill.objects.get()
    assert (row.start, row.mentions) == (3, 3)


def test_a_skill_without_a_row_is_refused_and_nothing_is_written(skills):
    with pytest.raises(UnknownSkillError, match="Nosuch"):
        jobs_publish(facts=[job_facts(1), job_facts(2, skills=(mention("Nosuch"),))])
    assert jobs_count() == 0


def test_what_postgresql_cannot_store_is_made_storable(skills):
    dirty = job_facts(
        1,
        title="Sales\0 Lead",
        text="a\0b",
        url="https://x.example/" + "y" * 3000,
        skills_raw=['quo"te', "back\\slash", "tab\there", "{brace},", ""],
        highlights=[{"label": "x", "text": "a\0b", "start_char": 0, "end_char": 3}],
        skills=(replace(mention("Salesforce"), surface="Sales\0force\t\\N\r\n"),),
    )
    jobs_publish(facts=[dirty, job_facts(2)])
    job = Job.objects.select_related("content").get(posting_id=1)
    assert job.title == "Sales\N{REPLACEMENT CHARACTER} Lead"
    assert job.content.text == job.content.highlights[0]["text"] == "a\N{REPLACEMENT CHARACTER}b"
    assert job.content.skills_raw == ['quo"te', "back\\slash", "tab\there", "{brace},", ""]
    assert job.job_skills.get().surface == "Sales\N{REPLACEMENT CHARACTER}force\t\\N\r\n"
    assert len(job.url) == 2000


@pytest.mark.parametrize("words", ["restaurants", "Executive", "Acme", "HubSpot", "Sells", '"outbound campaigns"', "Zurich", "Zürich"])
def test_all_parts_are_searchable(skills, words):
    jobs_publish(
        facts=[
            job_facts(1, skills=(mention("HubSpot"),), text=f"{job_facts().text} Our office is in Zürich."),
            job_facts(2, title="x", role_title="x", text="x", job_summary="x", company_name="x", tools_raw=[], skills_raw=[]),
        ]
    )
    assert [job.posting_id for job in Job.objects.matching(words)] == [1]


def test_titles_outrank_texts():
    jobs_publish(facts=[job_facts(1, text="gardener"), job_facts(2, title="Gardener"), job_facts(3, job_summary="gardener")])
    best_first = PostgresBackend().page(Search("gardener", sort=Sort.RELEVANCE), limit=5).ids
    assert [Job.objects.get(pk=pk).posting_id for pk in best_first] == [2, 3, 1]


def status(posting_id=1, **changes):
    return replace(JobStatus(posting_id, NOW + timedelta(hours=1), None, None, 0), **changes)


def test_status_moves_the_state_and_only_news_counts_as_an_update():
    jobs_publish(facts=[job_facts(1), job_facts(2)])
    written = Job.objects.get(posting_id=1).updated_at
    assert jobs_update_status(statuses=[status()]) == 1
    assert Job.objects.get(posting_id=1).updated_at == written
    assert jobs_update_status(statuses=[status(missing_since=NOW), status(2, closed_at=NOW, missing_since=NOW)]) == 2
    assert dict(Job.objects.values_list("posting_id", "state")) == {1: "missing", 2: "closed"}
    assert jobs_update_status(statuses=[status(missing_since=NOW), status(2, closed_at=NOW, missing_since=NOW)]) == 0
    assert jobs_update_status(statuses=[status(2, reopened_count=1), status(99)]) == 1
    assert Job.objects.get(posting_id=2).state == "open"
    assert jobs_update_status(statuses=[]) == 0


def test_publishing_what_stands_still_carries_its_status():
    jobs_publish(facts=[job_facts(1)])
    assert jobs_publish(facts=[job_facts(1, missing_since=NOW, closed_at=NOW)]) == 0
    assert Job.objects.get().state == "closed"


def test_boards_with_one_domain_are_one_company():
    jobs_publish(
        facts=[
            job_facts(1),
            job_facts(2, source_type="lever", source_key="acme-eu"),
            job_facts(3, source_key="other", company_name="Other", company_domain=None),
        ]
    )
    jobs_publish(facts=[job_facts(4, source_key="third")])
    assert {board.source_key: board.company.name for board in CompanyBoard.objects.select_related("company")} == {
        "acme": "Acme",
        "acme-eu": "Acme",
        "third": "Acme",
        "other": "Other",
    }
    assert Company.objects.count() == 2


def test_domain_and_name_are_learnt_later():
    jobs_publish(facts=[job_facts(1, company_domain=None, company_name="acme")])
    jobs_publish(facts=[job_facts(2)])
    company = Company.objects.get()
    assert (company.name, company.domain, company.jobs.count()) == ("Acme", "acme.example", 2)
    jobs_publish(facts=[job_facts(3, company_name="Renamed", company_domain="else.example")])
    company.refresh_from_db()
    assert (company.name, company.domain) == ("Acme", "acme.example")


def test_a_board_moves_to_the_company_that_its_domain_names():
    jobs_publish(facts=[job_facts(1, source_key="known"), job_facts(2, source_key="later", company_domain=None, company_name="Acme Labs")])
    jobs_publish(facts=[job_facts(3, source_key="later")])
    assert Company.objects.get().jobs.count() == 3


def test_a_board_takes_along_what_its_edits_took_away(skills):
    """By the earlier date, where both companies had the skill once."""
    boards = {"known": {}, "later": {"company_domain": None}}
    for mentions, extraction_id in (((mention("Salesforce"),), 1), ((), 2)):
        for days, (key, kept) in zip((30, 90), boards.items(), strict=True):
            at = NOW - timedelta(days=days)
            jobs_publish(
                facts=[job_facts(days, source_key=key, skills=mentions, text="Edited.", extraction_id=extraction_id, posted_at=at, **kept)]
            )
    jobs_publish(facts=[job_facts(1, source_key="later")])
    dropped = DroppedSkill.objects.get()
    assert (dropped.company, dropped.seen_at) == (Company.objects.get(), NOW - timedelta(days=90))


def test_query_count_does_not_grow_with_the_batch(skills):
    jobs_publish(facts=[job_facts(1000)])
    counts = []
    for size in (1, 40):
        facts = [job_facts(size * 100 + n, skills=(mention("Salesforce"),), locations=[place("Paris", None, "FR")]) for n in range(size)]
        with CaptureQueriesContext(connection) as queries:
            jobs_publish(facts=facts)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 16, counts


@pytest.mark.django_db(transaction=True)
def test_concurrent_publishers_neither_deadlock_nor_lose():
    """Two publishers over the same new boards and postings, in opposite orders, each with its own extractions."""
    barrier, errors = threading.Barrier(2), []

    def publish(extraction_id: int) -> None:
        try:
            for batch in range(5):
                facts = [
                    job_facts(
                        n,
                        extraction_id=extraction_id,
                        title=f"by {extraction_id}",
                        source_key=f"board{n % 7}",
                        company_domain=f"d{n % 3}.example" if n % 2 else None,
                    )
                    for n in range(batch * 30, batch * 30 + 60)
                ]
                barrier.wait(timeout=30)
                jobs_publish(facts=facts if extraction_id % 2 else facts[::-1])
        except Exception as error:  # noqa: BLE001 - whatever it is, the test shows it
            errors.append(error)
            barrier.abort()
        finally:
            connection.close()

    threads = [threading.Thread(target=publish, args=(extraction_id,), daemon=True) for extraction_id in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert errors == []
    assert not any(thread.is_alive() for thread in threads), "the publishers wait for each other"
    assert Job.objects.count() == JobContent.objects.count() == 180
    assert set(Job.objects.values_list("title", flat=True)) == {"by 2"}
    assert CompanyBoard.objects.count() == 7
    assert Company.objects.filter(domain=None, boards=None).count() == 0


def test_what_an_edit_takes_away_is_remembered(skills):
    """Not what a better reading takes away: the posting names it still."""
    both = [mention("Salesforce"), replace(mention("HubSpot"), surface="hubspot", start=None, end=None)]
    jobs_publish(facts=[job_facts(n, skills=tuple(both), posted_at=NOW - timedelta(days=n)) for n in (1, 2)])
    assert not DroppedSkill.objects.exists()
    jobs_publish(facts=[job_facts(n, skills=(), extraction_id=2, posted_at=NOW - timedelta(days=n)) for n in (1, 2)])
    dropped = DroppedSkill.objects.get()
    assert (dropped.company, dropped.skill) == (Company.objects.get(), skills["HubSpot"])
    assert dropped.seen_at == NOW - timedelta(days=2)


def test_what_goes_away_costs_no_statement_more(skills):
    with CaptureQueriesContext(connection) as first:
        jobs_publish(facts=[job_facts(1, skills=(mention("Salesforce"),))])
    with CaptureQueriesContext(connection) as second:
        jobs_publish(facts=[job_facts(1, skills=(), text="Edited.", extraction_id=2)])
    assert DroppedSkill.objects.count() == 1
    assert len(second) <= len(first)
