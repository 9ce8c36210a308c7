"""The table of signals follows the jobs, whoever ends in the middle and whatever is read anew."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from catalog.companies import company_history, signal_keeping
from catalog.companies.hiring_signals import all_signals
from catalog.companies.hiring_starts import Start
from catalog.companies.signal_keeping import signals_behind, signals_keep, signals_rebuild
from catalog.models import ChangeReader, Company, CompanyBoard, CompanySignal, Job, Skill
from catalog.services import jobs_publish, jobs_update_status, skill_log_edit, skill_merge, skill_register_name
from catalog.tests.beside import uncommitted
from catalog.tests.factories import job_facts, mention, place, status

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def skills():
    for name in ("Snowflake", "Salesforce"):
        skill_register_name(skill=Skill.objects.create(name=name, kind="tool", category="data"))


def facts(posting_id, *, days, company="acme", skills=(), **changes):
    seen = timezone.now() - timedelta(days=days)
    board = {"source_key": company, "company_name": company.title(), "company_domain": f"{company}.example"}
    made = job_facts(posting_id, **(board | {"first_seen_at": seen, "posted_at": seen} | changes))
    return replace(made, skills=tuple(map(mention, skills)))


def told():
    rows = CompanySignal.objects.order_by("company__name", "reason", "subject")
    return [(row.company.name, row.reason, row.headline, row.is_over) for row in rows]


STARTED = ("Acme", "started_skill", "Started hiring for Snowflake", False)


@pytest.fixture
def started():
    """Acme, read for 80 days, started with Snowflake five days ago."""
    jobs_publish(facts=[facts(1, days=80), facts(2, days=5, skills=["Snowflake"])])


def test_signals_follow_the_jobs(started):
    assert signals_keep(seconds=60) == 2
    assert told() == [STARTED]
    row = CompanySignal.objects.get()
    assert (row.job.posting_id, row.skill.name, row.start, row.job_function, row.location_country) == (
        2,
        "Snowflake",
        "certain",
        "sales",
        "US",
    )
    jobs_publish(facts=[facts(3, days=1, job_function="data")])
    assert signals_keep(seconds=60) == 1
    assert told() == [("Acme", "first_function", "First Data job", False), STARTED]


def test_what_is_in_line_is_not_written_again(started):
    signals_keep(seconds=60)
    before = CompanySignal.objects.values().get()
    assert signals_keep(seconds=60) == 0
    assert signals_rebuild() == 1
    assert CompanySignal.objects.values().get() == before


def test_a_signal_stays_as_history_when_its_job_is_closed(started):
    signals_keep(seconds=60)
    closed = timezone.now()
    jobs_update_status(statuses=[status(2, missing_since=closed, closed_at=closed)])
    signals_keep(seconds=60)
    assert told() == [(*STARTED[:3], True)]


def test_what_was_found_stays_as_it_grows_old_and_what_is_found_late_is_no_news(started, monkeypatch):
    signals_keep(seconds=60)
    monkeypatch.setitem(signal_keeping.WINDOWS, Start.CERTAIN, timedelta(days=3))
    jobs_publish(facts=[facts(3, days=4, job_function="data"), facts(4, days=2, job_function="legal")])
    signals_keep(seconds=60)
    assert told() == [("Acme", "first_function", "First Legal job", False), STARTED]


def test_a_signal_goes_when_its_posting_is_read_better(started):
    signals_keep(seconds=60)
    jobs_publish(facts=[facts(2, days=5, extraction_id=2)])
    signals_keep(seconds=60)
    assert told() == []


def test_an_earlier_job_takes_over_the_signal(started):
    signals_keep(seconds=60)
    before = CompanySignal.objects.get()
    jobs_publish(facts=[facts(3, days=6, skills=["Snowflake"])])
    signals_keep(seconds=60)
    after = CompanySignal.objects.get()
    assert (after.job.posting_id, after.at < before.at) == (3, True)
    assert (after.pk, after.found_at) == (before.pk, before.found_at)


def test_a_surge_that_an_older_posting_makes_begin_earlier_is_the_same_one():
    jobs_publish(facts=[facts(1, days=100), *(facts(10 + n, days=9 - n) for n in range(5))])
    signals_keep(seconds=60)
    before = CompanySignal.objects.get(reason="surge")
    jobs_publish(facts=[facts(30, days=0, posted_at=timezone.now() - timedelta(days=8, hours=12))])
    signals_keep(seconds=60)
    after = CompanySignal.objects.get(reason="surge")
    assert after.job_id != before.job_id
    assert (after.pk, after.found_at) == (before.pk, before.found_at)


def test_what_a_merged_skill_has_told_is_told_of_the_other_one(monkeypatch, started):
    signals_keep(seconds=60)
    before = CompanySignal.objects.get()
    monkeypatch.setitem(signal_keeping.WINDOWS, Start.CERTAIN, timedelta(days=3))
    skill_merge(source=Skill.objects.get(name="Snowflake"), target=Skill.objects.get(name="Salesforce"), by="ann")
    signals_keep(seconds=60)
    after = CompanySignal.objects.get()
    assert (after.headline, after.skill.name) == ("Started hiring for Salesforce", "Salesforce")
    assert (after.pk, after.found_at) == (before.pk, before.found_at)


def test_what_a_company_has_told_goes_with_its_board(monkeypatch):
    board = {"company_domain": None}
    jobs_publish(facts=[facts(1, days=80, **board), facts(2, days=30, skills=["Snowflake"], **board)])
    jobs_publish(facts=[facts(3, days=50, company="zest", company_domain="acme.example")])
    signals_keep(seconds=60)
    before = CompanySignal.objects.get(skill__name="Snowflake")
    monkeypatch.setitem(signal_keeping.WINDOWS, Start.CERTAIN, timedelta(days=3))
    jobs_publish(facts=[facts(4, days=1)])
    signals_keep(seconds=60)
    after = CompanySignal.objects.get(skill__name="Snowflake")
    assert (after.company.name, after.pk, after.found_at) == ("Zest", before.pk, before.found_at)


def test_a_company_that_loses_a_board_is_looked_at():
    """Its oldest job goes, which shows nothing itself, and without it nothing is known of the time before."""
    jobs_publish(facts=[facts(1, days=80, company_domain=None), facts(2, days=5, company="second", company_domain=None)])
    jobs_publish(facts=[facts(9, days=50, company="zest", company_domain="zest.example")])
    acme = Company.objects.get(boards__source_key="acme")
    CompanyBoard.objects.filter(source_key="second").update(company=acme)
    Job.objects.filter(posting_id=2).update(company=acme)
    jobs_publish(facts=[facts(2, days=5, company="second", company_domain=None, extraction_id=2, skills=["Snowflake"])])
    signals_keep(seconds=60)
    assert [headline for *_, headline, _ in told()] == [STARTED[2]]
    jobs_publish(facts=[facts(3, days=1, company_domain="zest.example")])
    signals_keep(seconds=60)
    assert told() == []


def test_a_renamed_skill_renames_its_signals_and_what_is_no_tool_is_told_no_more(started):
    signals_keep(seconds=60)
    skill = Skill.objects.get(name="Snowflake")
    skill.name = "Snowflake Cloud"
    skill.save()
    skill_log_edit(skill=skill, before=None, by="ann")
    assert CompanySignal.objects.get().headline == "Started hiring for Snowflake Cloud"
    skill.kind = "skill"
    skill.save()
    skill_log_edit(skill=skill, before=None, by="ann")
    assert told() == []


def test_a_company_that_loses_its_job_to_another_one_loses_its_signal(started):
    signals_keep(seconds=60)
    other = Company.objects.create(name="Other")
    Job.objects.filter(posting_id=2).update(company=other, updated_at=timezone.now())
    signals_keep(seconds=60)
    assert told() == []


def test_changes_are_followed_in_batches(monkeypatch):
    monkeypatch.setattr(signal_keeping, "_CHANGES", 3)
    names = [f"c{n}" for n in range(5)]
    jobs_publish(facts=[facts(2 * n, days=80, company=name) for n, name in enumerate(names, 1)])
    jobs_publish(facts=[facts(2 * n + 1, days=5, company=name, skills=["Snowflake"]) for n, name in enumerate(names, 1)])
    assert signals_keep(seconds=60) == 10
    assert len(told()) == 5


def test_past_the_time_it_ends_after_a_company_and_goes_on_there():
    for name, first in (("c0", 1), ("c1", 3), ("c2", 5)):
        jobs_publish(facts=[facts(first, days=80, company=name), facts(first + 1, days=5, company=name, skills=["Snowflake"])])
    assert [signals_keep(seconds=0) for _ in range(4)] == [2, 2, 2, 0]
    assert len(told()) == 3


def test_few_companies_at_a_time(monkeypatch, started):
    monkeypatch.setattr(signal_keeping, "_COMPANIES", 1)
    jobs_publish(facts=[facts(3, days=80, company="zest"), facts(4, days=5, company="zest", job_function="data")])
    assert signals_keep(seconds=60) == 4
    assert [company for company, *_ in told()] == ["Acme", "Zest"]


def _held(name):
    """Somebody is about to move its jobs, or to take it away."""
    return uncommitted(lambda: Company.objects.select_for_update().get(name=name))


@pytest.mark.django_db(transaction=True)
def test_a_company_that_somebody_changes_is_waited_for_by_the_position_alone(started):
    jobs_publish(facts=[facts(3, days=80, company="zest"), facts(4, days=5, company="zest", job_function="data")])
    with _held("Zest"):
        assert signals_keep(seconds=60) == 2
    assert told() == [STARTED]
    assert signals_keep(seconds=60) == 2
    assert [company for company, *_ in told()] == ["Acme", "Zest"]


@pytest.mark.django_db(transaction=True)
def test_a_rebuild_tries_a_company_again_that_somebody_changes(started, monkeypatch):
    monkeypatch.setattr(signal_keeping.time, "sleep", _die)
    with _held("Acme"), pytest.raises(KeyboardInterrupt):
        signals_rebuild()
    assert signals_rebuild() == 1


@pytest.mark.django_db(transaction=True)
def test_nobody_takes_a_company_away_while_it_is_looked_at(started, monkeypatch):
    kept = signal_keeping._write
    monkeypatch.setattr(signal_keeping, "_write", lambda *looked: (kept(*looked), taken.append(_takes_away())))
    taken = []
    signals_keep(seconds=60)
    assert taken == [False]
    assert _takes_away()


def _takes_away():
    """Whether another connection can hold the company without waiting."""
    with ThreadPoolExecutor(1) as beside:
        return beside.submit(_hold_at_once).result(30)


def _hold_at_once():
    try:
        with transaction.atomic():
            return Company.objects.select_for_update(skip_locked=True).first() is not None
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("table", ["catalog_company", "catalog_job", "catalog_skill"])
def test_code_that_knows_no_signals_can_delete_what_they_are_of(started, table):
    signals_keep(seconds=60)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM catalog_jobskill")
        cursor.execute("DELETE FROM catalog_jobcontent")
        cursor.execute("DELETE FROM catalog_skillalias")
        cursor.execute("DELETE FROM catalog_companyboard")
        if table == "catalog_company":
            cursor.execute("UPDATE catalog_job SET company_id = %s", [Company.objects.create(name="Other").pk])
        cursor.execute(f"DELETE FROM {table} WHERE id IN (SELECT {table.removeprefix('catalog_')}_id FROM catalog_companysignal)")
        assert cursor.rowcount == 1
    assert not CompanySignal.objects.exists()


def test_what_a_board_dates_in_the_future_is_told_of_the_day_it_was_seen():
    now = timezone.now()
    jobs_publish(facts=[facts(1, days=1, posted_at=now - timedelta(days=60))])
    jobs_publish(facts=[facts(2, days=1, skills=["Snowflake"], posted_at=now + timedelta(days=4000))])
    signals_keep(seconds=60)
    assert CompanySignal.objects.get().at < now


def test_likely_starts_are_no_news_for_longer_than_their_company_tells_them():
    at = timezone.now() - timedelta(days=50)
    jobs_publish(facts=[facts(1, days=50, posted_at=at - timedelta(days=110)), facts(2, days=50, skills=["Snowflake"])])
    signals_keep(seconds=60)
    assert told() == []


def test_a_country_is_found_by_its_own_signal():
    places = [place("New York", "NY", "US"), place("Berlin", None, "DE")]
    jobs_publish(facts=[facts(1, days=80), facts(2, days=5, locations=places)])
    signals_keep(seconds=60)
    assert list(CompanySignal.objects.values_list("headline", "location_country")) == [("First job in Germany", "DE")]


def test_who_dies_in_the_middle_leaves_the_batch_to_the_next(started, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(ChangeReader, "save", _die)
        with pytest.raises(KeyboardInterrupt):
            signals_keep(seconds=60)
    assert told() == []
    assert signals_keep(seconds=60) == 2
    assert told() == [STARTED]


def _die(*args, **kwargs):
    raise KeyboardInterrupt


@pytest.mark.django_db(transaction=True)
def test_only_one_follows_at_a_time(started):
    signals_keep(seconds=60)
    jobs_publish(facts=[facts(3, days=1, job_function="data")])
    with uncommitted(lambda: ChangeReader.objects.select_for_update().get()):
        assert signals_keep(seconds=60) == 0
    assert signals_keep(seconds=60) == 1


def test_what_is_too_large_to_be_looked_at_keeps_what_stands(started, monkeypatch):
    signals_keep(seconds=60)
    monkeypatch.setattr(company_history, "MOST_JOBS", 2)
    jobs_publish(facts=[facts(3, days=1, job_function="data")])
    signals_keep(seconds=60)
    assert told() == [STARTED]
    closed = timezone.now()
    jobs_update_status(statuses=[status(2, missing_since=closed, closed_at=closed)])
    signals_keep(seconds=60)
    assert told() == [(*STARTED[:3], True)]


def test_a_company_that_the_rules_trip_over_keeps_what_stands_and_holds_nobody_up(started, monkeypatch):
    signals_keep(seconds=60)
    acme = Job.objects.earliest("posting_id").pk

    def trip(history, *, tools):
        if any(job.pk == acme for job in history.jobs):
            raise ValueError("nobody foresaw this")
        return all_signals(history, tools=tools)

    monkeypatch.setattr(signal_keeping, "all_signals", trip)
    jobs_publish(facts=[facts(3, days=1, job_function="data"), facts(4, days=80, company="bolt")])
    jobs_publish(facts=[facts(5, days=1, company="bolt", job_function="data")])
    assert signals_keep(seconds=60) == 3
    assert told() == [STARTED, ("Bolt", "first_function", "First Data job", False)]


def test_how_far_upkeep_is_behind_is_told(started):
    assert signals_behind() > timedelta()
    signals_keep(seconds=60)
    assert signals_behind() == timedelta()


def test_the_command_makes_all_anew_and_upkeep_goes_on_from_there(started, capsys):
    call_command("signals")
    assert "1 signals of companies" in capsys.readouterr().out
    assert told() == [STARTED]
    CompanySignal.objects.all().delete()
    signals_rebuild()
    assert told() == [STARTED]


def test_a_rebuild_leaves_upkeep_no_old_changes(started):
    signals_rebuild()
    reader = ChangeReader.objects.get()
    assert reader.changed_at > Job.objects.order_by("-updated_at")[0].updated_at
    assert signals_keep(seconds=60) == 0
