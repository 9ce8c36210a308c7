from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ingestion import pipeline
from ingestion.errors import IngestionError, RunStateError, SourceGoneError, TransportError, UnreadableBodyError
from ingestion.models import DeadLetter, Run, Source
from ingestion.services import (
    dead_letter_prune,
    dead_letters_retry,
    leases_reap,
    run_create,
    run_pause,
    run_retry,
    run_start,
    source_check,
    source_fail,
    source_pause,
    source_resume,
    sources_claim,
    sources_release,
    sources_renew,
    stage_start,
)
from ingestion.services.sources import find_sources, has_remaining
from ingestion.tests.factories import greenhouse_body, greenhouse_job, make_source, store_body

pytestmark = pytest.mark.django_db


def fetch_run(**parameters: object) -> Run:
    run = run_create(kind="fetch", parameters=parameters)
    stage_start(run_id=run.pk, name="fetch", unit="sources")
    return run_start(run_id=run.pk)


def keys(limit: int = 10, run: Run | None = None) -> list[str]:
    return [claim.source_key for claim in sources_claim(source_type=None, limit=limit, run_id=run.pk if run else None)]


def test_stalest_first_and_each_once():
    now = timezone.now()
    for age, key in enumerate(["new", "old", "older"]):
        make_source(key, next_check_at=now - timedelta(hours=age))
    make_source("later", next_check_at=now + timedelta(hours=1))
    assert keys(2) == ["older", "old"]
    assert keys(2) == ["new"]
    assert keys() == []


def test_a_lease_that_is_over_can_be_claimed_and_fences_the_first_owner():
    make_source()
    (first,) = sources_claim(source_type="greenhouse", limit=1, lease=timedelta(seconds=-1))
    (second,) = sources_claim(source_type="greenhouse", limit=1)
    assert source_fail(claim=first, error=SourceGoneError("gone"), run_id=None) is False
    assert source_fail(claim=second, error=SourceGoneError("gone"), run_id=None) is True


def test_renewing_and_releasing_touch_only_what_is_held():
    make_source()
    (first,) = sources_claim(source_type="greenhouse", limit=1, lease=timedelta(seconds=-1))
    (second,) = sources_claim(source_type="greenhouse", limit=1)
    sources_renew(claims=[first], lease=timedelta(days=1))
    assert Source.objects.get().lease_until < timezone.now() + timedelta(hours=1)
    sources_release(claims=[first])
    assert Source.objects.get().lease_token == second.token
    sources_release(claims=[second])
    assert keys() == ["acme"]


def test_the_reaper_clears_only_leases_that_are_over():
    make_source("lost")
    sources_claim(source_type=None, limit=1, lease=timedelta(seconds=-1))
    make_source("held")
    Source.objects.filter(source_key="held").update(lease_token=uuid.uuid4(), lease_until=timezone.now() + timedelta(minutes=1))
    assert leases_reap() == 1
    assert list(Source.objects.exclude(lease_token=None).values_list("source_key", flat=True)) == ["held"]


def test_a_lease_of_a_clock_that_was_put_back_is_over():
    make_source()
    sources_claim(source_type=None, limit=1, lease=timedelta(hours=1))
    assert leases_reap() == 1
    sources_claim(source_type=None, limit=1, lease=timedelta(hours=1))
    assert len(sources_claim(source_type=None, limit=1)) == 1


@pytest.mark.parametrize(("error", "state", "letters"), [(SourceGoneError("no board"), "gone", 0), (TransportError("reset"), "failed", 1)])
def test_failures_rest_for_seven_days(error: SourceGoneError, state: str, letters: int):
    make_source()
    (claim,) = sources_claim(source_type=None, limit=1)
    source_fail(claim=claim, error=error, run_id=None)
    source = Source.objects.get()
    assert (source.state, source.state_reason, source.lease_token) == (state, str(error), None)
    assert source.next_check_at - timezone.now() > timedelta(days=6.99)
    assert DeadLetter.objects.waiting().count() == letters


def test_one_letter_waits_per_source_and_retry_makes_it_due_and_forced():
    source = make_source()
    for message in ("first", "second"):
        source_check(source_ids=[source.pk])
        (claim,) = sources_claim(source_type=None, limit=1)
        source_fail(claim=claim, error=TransportError(message), run_id=None)
    letter = DeadLetter.objects.get()
    assert letter.message == "second"
    assert dead_letters_retry(letter_ids=[letter.pk]) == 1
    assert dead_letters_retry(letter_ids=[letter.pk]) == 0
    (claim,) = sources_claim(source_type=None, limit=1)
    assert claim.forced


def test_the_letter_of_a_paused_source_goes_on_waiting():
    run = fetch_run()
    source = make_source(state="paused")
    letter = DeadLetter.objects.create(source=source, kind="busy", message="503", attempts=6, run_id=run.pk)
    Run.objects.update(state="done")
    assert dead_letters_retry(letter_ids=[letter.pk]) == 0
    with pytest.raises(RunStateError, match="is not paused"):
        run_retry(run_id=run.pk)
    assert DeadLetter.objects.waiting().count() == 1
    source_resume(source_ids=[source.pk])
    assert dead_letters_retry(letter_ids=[letter.pk]) == 1


def test_pruning_leaves_the_source_resting():
    make_source()
    (claim,) = sources_claim(source_type=None, limit=1)
    source_fail(claim=claim, error=UnreadableBodyError("html"), run_id=None)
    assert dead_letter_prune(letter_ids=[DeadLetter.objects.get().pk]) == 1
    assert keys() == []


@pytest.mark.usefixtures("raw_folder")
def test_a_later_read_heals_the_letter():
    source = make_source()
    (claim,) = sources_claim(source_type=None, limit=1)
    source_fail(claim=claim, error=TransportError("reset"), run_id=None)
    store_body(source, greenhouse_body(greenhouse_job(1)))
    assert DeadLetter.objects.get().resolution == "healed"


def test_a_run_claims_what_was_due_when_it_began_and_each_once():
    make_source("due")
    run = fetch_run()
    make_source("later", next_check_at=timezone.now() + timedelta(seconds=1))
    assert keys(run=run) == ["due"]
    assert keys(run=run) == []


def test_a_paused_run_claims_nothing():
    make_source()
    run = fetch_run()
    run_pause(run_id=run.pk)
    assert keys(run=run) == []


def test_a_run_with_its_target_claims_nothing():
    make_source("full", open_postings=10, next_check_at=timezone.now() + timedelta(days=1))
    make_source("next")
    assert keys(run=fetch_run(target=10)) == []
    assert keys(run=fetch_run(target=11)) == ["next"]


def test_a_run_near_its_target_claims_what_it_still_needs():
    later = timezone.now() + timedelta(days=1)
    make_source("read", open_postings=40, last_checked_at=timezone.now(), next_check_at=later)
    for number in range(6):
        make_source(f"next-{number}")
    run = fetch_run(target=40 + 3 * 36)  # by the board that was read, and one of 32, boards have 36
    first = sources_claim(source_type=None, limit=2, run_id=run.pk)
    assert len(first) == 2
    assert len(sources_claim(source_type=None, limit=5, run_id=run.pk)) == 1  # beside the two that are under way


def test_sources_that_others_hold_do_not_stop_a_run_with_a_target():
    for number in range(6):
        make_source(f"held-{number}", "lever")
        make_source(f"next-{number}")
    assert len(sources_claim(source_type="lever", limit=6)) == 6
    assert len(keys(run=fetch_run(target=2 * 32, source_types=["greenhouse"]))) == 2
    assert len(keys(run=fetch_run(target=2 * 32))) == 1


def test_sources_of_the_sandbox_are_claimed_only_inside_it(settings: Any):
    make_source("invented", mark="sandbox")
    settings.IN_SANDBOX = False
    assert (keys(), keys(run=fetch_run())) == ([], [])
    assert pipeline.tick() == 0
    settings.IN_SANDBOX = True
    assert keys(run=fetch_run()) == ["invented"]


def test_the_sandbox_is_never_asked_for_a_real_board(settings: Any):
    """It would answer that the board is gone."""
    real = make_source("real")
    make_source("looks-like-a-demo", mark="demo")
    settings.IN_SANDBOX = True
    assert (keys(), keys(run=fetch_run()), keys(run=fetch_run(force=True, source_ids=[real.pk]))) == ([], [], [])
    assert pipeline.tick() == 0
    settings.IN_SANDBOX = False
    assert keys(run=fetch_run()) == ["real", "looks-like-a-demo"]


def test_outside_the_sandbox_an_operators_forced_read_asks_whatever_it_names(settings: Any):
    settings.IN_SANDBOX = False
    source = make_source("invented", mark="sandbox")
    assert keys(run=fetch_run(force=True, source_ids=[source.pk])) == ["invented"]


def test_a_target_counts_the_postings_of_this_world(settings: Any):
    later = timezone.now() + timedelta(days=1)
    make_source("invented", mark="sandbox", open_postings=10, next_check_at=later)
    make_source("full", open_postings=10, next_check_at=later)
    make_source("next")
    make_source("invented-next", mark="sandbox")
    settings.IN_SANDBOX = True
    assert keys(run=fetch_run(target=10)) == []
    assert keys(run=fetch_run(target=20)) == ["invented-next"]
    settings.IN_SANDBOX = False
    assert keys(run=fetch_run(target=10)) == []
    assert keys(run=fetch_run(target=20)) == ["next"]


def test_a_forced_run_reads_named_sources_once_though_they_rest():
    source = make_source(state="gone", last_checked_at=timezone.now() - timedelta(days=1), next_check_at=timezone.now() + timedelta(days=6))
    make_source("other", next_check_at=timezone.now() + timedelta(days=1))
    run = fetch_run(force=True, source_ids=[source.pk])
    (claim,) = sources_claim(source_type=None, limit=5, run_id=run.pk)
    assert (claim.source_key, claim.forced) == ("acme", True)
    source_fail(claim=claim, error=SourceGoneError("still gone"), run_id=run.pk)
    assert keys(run=run) == []


def test_a_rest_that_is_over_is_no_force():
    rest = timedelta(days=settings.INVALID_RECHECK_DAYS)
    make_source(state="gone", last_checked_at=timezone.now() - rest)
    (claim,) = sources_claim(source_type=None, limit=1)
    assert not claim.forced


def test_paused_sources_are_never_claimed_until_resumed():
    source = make_source()
    source_pause(source_ids=[source.pk])
    source_check(source_ids=[source.pk])
    assert keys() == []
    source_resume(source_ids=[source.pk])
    assert keys() == ["acme"]


def test_sources_are_found_by_name():
    make_source("acme", "greenhouse")
    make_source("acme", "lever")
    make_source("beta", "lever")
    assert [str(source) for source in find_sources(["greenhouse/Acme", "beta"])] == ["greenhouse/acme", "lever/beta"]
    for name, why in (("acme", "say which: greenhouse/acme or lever/acme"), ("nobody", "not a known source")):
        with pytest.raises(IngestionError, match=f"'{name}' is .*{why}"):
            find_sources([name])


@pytest.mark.parametrize("lease_s", [30, -1])
def test_a_source_that_has_just_come_free_is_waited_for_as_one_that_is_held(lease_s: int):
    run = fetch_run()
    make_source()
    sources_claim(source_type="greenhouse", limit=1, run_id=run.pk, lease=timedelta(seconds=lease_s))
    assert has_remaining(run.pk, "greenhouse")
    assert not has_remaining(run.pk, "lever")
    run_pause(run_id=run.pk)
    assert not has_remaining(run.pk, "greenhouse")


@pytest.mark.parametrize("change", [source_check, source_pause, source_resume])
def test_what_operators_change_is_locked_by_id_as_by_those_who_store(change: Callable[..., int]):
    """Two that lock the same sources in other orders would end in a deadlock."""
    ids = [make_source(key, state="paused" if change is source_resume else "valid").pk for key in ("one", "two")]
    with CaptureQueriesContext(connection) as asked:
        assert change(source_ids=ids[::-1]) == 2
    (locking,) = (query["sql"] for query in asked.captured_queries if query["sql"].startswith("SELECT"))
    assert re.match(r'SELECT "ingestion_source"."id" .* ORDER BY 1 ASC FOR NO KEY UPDATE$', locking.replace(' AS "pk"', ""))
