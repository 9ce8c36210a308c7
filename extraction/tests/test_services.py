from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest
from django.db import DataError, OperationalError
from django.utils import timezone

from catalog.models import Job, JobSkill, Skill
from catalog.services import skill_register_name
from extraction import services
from extraction.claims import MAX_ATTEMPTS
from extraction.models import CurrentExtraction, Extraction, PendingExtraction
from extraction.tests.conftest import greenhouse_payload
from ingestion.ats.registry import adapter
from ingestion.errors import RawStorageAwayError
from ingestion.services.reparse import source_reparse

pytestmark = pytest.mark.usefixtures("vocabulary")


def extract() -> int:
    services.pending_fill()
    return services.pending_extract()


def test_a_board_becomes_jobs_with_evidence(read_board):
    (row,) = read_board([greenhouse_payload(1)])
    assert extract() == 1
    job = Job.objects.select_related("company", "content").get(posting_id=row.pk)
    assert (job.title, job.company.name, job.state) == ("Senior Account Executive 1", "Acme Instruments", "open")
    assert (job.seniority_level, job.job_function) == ("senior", "sales")
    assert (job.salary_max_usd, job.location_country) == (150_000, "DE")
    found = set(JobSkill.objects.filter(job=job).values_list("skill__name", flat=True))
    assert {"Salesforce", "Snowflake", "Tableau", "Gong", "Outreach"} <= found
    for highlight in job.content.highlights:
        assert job.content.text[highlight["start_char"] : highlight["end_char"]] == highlight["text"]
    assert job.content.evidence["seniority_level"]["tier"] == 0


def test_a_tool_that_only_the_title_names_is_published_without_a_place_in_the_text(read_board):
    (row,) = read_board([greenhouse_payload(1, title="Senior Python Engineer")])
    extract()
    found = JobSkill.objects.get(job__posting_id=row.pk, skill__name="Python")
    assert (found.surface, found.section, found.start, found.end, found.mentions) == ("Python", "title", None, None, 1)
    assert found.skill_id in Job.objects.get(posting_id=row.pk).skill_ids


def test_the_record_is_stored_as_it_was_validated(read_board):
    (row,) = read_board([greenhouse_payload(1)])
    extract()
    stored = Extraction.objects.get(posting_id=row.pk)
    assert (stored.provider, stored.tier, stored.schema_version) == ("rules", 0, "job_extracted_v1")
    assert stored.record["source_key"] == "acme"
    assert stored.record["salary_min_usd"] == 120_000
    assert CurrentExtraction.objects.get(posting_id=row.pk).extraction_id == stored.pk


def test_unchanged_content_is_never_extracted_again(read_board):
    payloads = [greenhouse_payload(n) for n in range(3)]
    read_board(payloads)
    assert extract() == 3
    read_board(payloads)
    assert extract() == 0
    assert Extraction.objects.count() == 3


def test_changed_content_is_extracted_again_and_replaces_the_job(read_board):
    (row,) = read_board([greenhouse_payload(1)])
    extract()
    read_board([greenhouse_payload(1, title="Staff Data Engineer")])
    assert extract() == 1
    assert Extraction.objects.filter(posting_id=row.pk).count() == 2
    job = Job.objects.get(posting_id=row.pk)
    assert (job.seniority_level, job.job_function) == ("staff", "data")


def test_content_that_comes_back_uses_the_stored_extraction(read_board):
    (row,) = read_board([greenhouse_payload(1)])
    extract()
    first = CurrentExtraction.objects.get(posting_id=row.pk).extraction_id
    read_board([greenhouse_payload(1, title="Something Else")])
    extract()
    read_board([greenhouse_payload(1)])
    extract()
    assert Extraction.objects.filter(posting_id=row.pk).count() == 2
    assert CurrentExtraction.objects.get(posting_id=row.pk).extraction_id == first
    assert Job.objects.get(posting_id=row.pk).title == "Senior Account Executive 1"


def test_one_bad_posting_costs_only_itself(read_board, monkeypatch):
    rows = read_board([greenhouse_payload(n) for n in range(3)])
    provider = services.rules_provider()
    real = provider.extract

    def extract_unless_second(documents):
        if any(document.posting.source_job_id == "1001" for document in documents):
            raise RuntimeError("this one is broken")
        return real(documents)

    monkeypatch.setattr(provider, "extract", extract_unless_second)
    assert extract() == 2
    (dead,) = PendingExtraction.objects.all()
    assert (dead.posting_id, dead.state, dead.error) == (rows[1].pk, "dead", "RuntimeError: this one is broken")
    assert set(Job.objects.values_list("posting_id", flat=True)) == {rows[0].pk, rows[2].pk}


@pytest.mark.parametrize(
    "error",
    [
        *(DataError("a value out of range"), TypeError("half a character")),
        *(psycopg.errors.CardinalityViolation("twice"), psycopg.errors.RaiseException("a trigger"), psycopg.errors.DataCorrupted("a page")),
    ],
    ids=["refused", "unforeseen", "twice", "trigger", "corrupted"],
)
def test_a_posting_that_cannot_be_written_hurts_no_other_and_is_given_up_with_its_reason(read_board, monkeypatch, error):
    rows = read_board([greenhouse_payload(n) for n in range(7)])
    real = services.jobs_publish

    def publish(*, facts):
        if any(fact.posting_id == rows[4].pk for fact in facts):
            raise error
        return real(facts=facts)

    monkeypatch.setattr(services, "jobs_publish", publish)
    assert extract() == 6
    assert Job.objects.count() == 6
    (waiting,) = PendingExtraction.objects.all()
    assert (waiting.posting_id, waiting.attempts) == (rows[4].pk, 1)
    for _ in range(MAX_ATTEMPTS):
        PendingExtraction.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        services.pending_extract()
    (dead,) = PendingExtraction.objects.dead()
    assert dead.error == f"{type(error).__name__}: {error}"


@pytest.mark.parametrize(
    "error",
    [psycopg.errors.DiskFull, psycopg.errors.ReadOnlySqlTransaction, psycopg.errors.UndefinedColumn, psycopg.errors.DeadlockDetected],
)
def test_a_database_that_takes_nothing_costs_no_posting_an_attempt(read_board, monkeypatch, error):
    read_board([greenhouse_payload(n) for n in range(3)])

    def publish(*, facts):
        raise error("not now")

    with monkeypatch.context() as patch:
        patch.setattr(services, "jobs_publish", publish)
        with pytest.raises(error):
            extract()
    assert set(PendingExtraction.objects.values_list("attempts", "error")) == {(0, "")}
    PendingExtraction.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert services.pending_extract() == 3


def test_a_database_that_goes_away_while_a_claim_is_divided_costs_only_the_refused_an_attempt(read_board, monkeypatch):
    """Of eight the first is refused alone, and what comes after is not taken: neither the other half, nor the parts of its own."""
    rows = read_board([greenhouse_payload(n) for n in range(8)])

    def publish(*, facts):
        if any(fact.posting_id == rows[0].pk for fact in facts):
            raise DataError("a value out of range")
        raise OperationalError("the server went away")

    monkeypatch.setattr(services, "jobs_publish", publish)
    with pytest.raises(OperationalError):
        extract()
    attempts = dict(PendingExtraction.objects.values_list("posting_id", "attempts"))
    assert attempts == {row.pk: int(row == rows[0]) for row in rows}


def test_a_database_that_goes_away_in_the_first_half_costs_no_posting_an_attempt(read_board, monkeypatch):
    rows = read_board([greenhouse_payload(n) for n in range(8)])

    def publish(*, facts):
        raise DataError("a value out of range") if len(facts) == len(rows) else OperationalError("the server went away")

    monkeypatch.setattr(services, "jobs_publish", publish)
    with pytest.raises(OperationalError):
        extract()
    assert set(PendingExtraction.objects.values_list("attempts", "error")) == {(0, "")}


def test_a_damaged_raw_object_is_named_and_spoils_nothing_else(read_board, raw_folder):
    (broken,) = read_board([greenhouse_payload(1)], key="broken")
    (sound,) = read_board([greenhouse_payload(2)], key="sound")
    sha256 = broken.raw_object.sha256
    (stored,) = [path for path in raw_folder.rglob("*") if path.is_file() and sha256 in path.name]
    stored.write_bytes(b"damaged")
    assert extract() == 1
    (dead,) = PendingExtraction.objects.all()
    assert dead.posting_id == broken.pk
    assert sha256 in dead.error
    assert Job.objects.get().posting_id == sound.pk


def test_closed_and_reopened_postings_reach_their_jobs_without_extraction(read_board):
    both = [greenhouse_payload(1), greenhouse_payload(2)]
    row, _ = read_board(both)
    extract()
    read_board(both[1:])
    assert services.status_sync() == 2  # one went missing, the other was seen again
    assert Job.objects.get(posting_id=row.pk).state == "missing"
    read_board(both[1:])
    services.status_sync()
    assert Job.objects.get(posting_id=row.pk).state == "closed"
    read_board(both)
    services.status_sync()
    job = Job.objects.get(posting_id=row.pk)
    assert (job.state, job.reopened_count) == ("open", 1)
    assert services.status_sync() == 0
    assert extract() == 0


def test_work_stops_when_told(read_board):
    read_board([greenhouse_payload(n) for n in range(5)])
    services.pending_fill()
    assert services.pending_extract(keep_going=lambda: False) == 0
    assert services.pending_extract(seconds=0) == 0
    assert services.pending_count() == 5


def test_raw_storage_that_is_away_costs_no_posting_an_attempt(read_board, monkeypatch: pytest.MonkeyPatch):
    read_board([greenhouse_payload(1)])
    services.pending_fill()

    def away(sha256: str) -> bytes:
        raise RawStorageAwayError("the S3 server does not answer")

    with monkeypatch.context() as patch:
        patch.setattr("ingestion.storage.read", away)
        for _ in range(12):
            assert services.pending_extract() == 0
            PendingExtraction.objects.update(lease_until=None)
    assert (PendingExtraction.objects.get().attempts, PendingExtraction.objects.get().state) == (0, "waiting")
    assert services.pending_extract() == 1


def test_what_an_adapter_learns_is_extracted_from_raw_storage(read_board, monkeypatch: pytest.MonkeyPatch):
    (row,) = read_board([greenhouse_payload(1)])
    assert extract() == 1
    monkeypatch.setattr(type(adapter("greenhouse")), "version", 2)
    source_reparse(source_id=row.source_id)
    assert extract() == 1
    assert Extraction.objects.filter(posting_id=row.pk).count() == 2
    assert extract() == 0


def test_a_changed_vocabulary_is_obeyed_once(read_board):
    (row,) = read_board([greenhouse_payload(1)])
    extract()
    assert services.outdated_fill() == 0
    skill = Skill.objects.create(name="sequences", kind="skill", category="sales")
    skill_register_name(skill=skill)
    assert (services.outdated_fill(), services.outdated_fill()) == (1, 0)
    assert services.pending_extract() == 1
    assert skill.pk in Job.objects.get(posting_id=row.pk).skill_ids
    assert services.outdated_fill() == 0


def test_what_a_language_model_has_improved_is_not_read_again_by_rules(read_board):
    (row,) = read_board([greenhouse_payload(1)])
    extract()
    CurrentExtraction.objects.filter(posting_id=row.pk).update(tier=1)
    Skill.objects.filter(name="Gong").update(is_active=False)
    assert services.outdated_fill() == 0
