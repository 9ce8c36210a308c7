from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from extraction import claims
from extraction.claims import claim_finish, claim_hold, claim_put_off, claim_renew, dead_retry, pending_claim, pending_fill
from extraction.errors import LeaseLostError
from extraction.models import LLMCall, PendingExtraction
from extraction.tests.conftest import greenhouse_payload
from extraction.tier_queue import INVALID_OUTPUT
from ingestion.models import RawPosting
from ingestion.services import run_create, run_pause, run_resume


@pytest.fixture
def board(read_board):
    return read_board([greenhouse_payload(n) for n in range(5)])


def end_leases() -> None:
    PendingExtraction.objects.exclude(lease_until=None).update(lease_until=timezone.now() - timedelta(seconds=1))


def test_fill_finds_what_has_no_extraction_once(board):
    assert pending_fill() == 5
    assert pending_fill() == 0


def test_a_claim_holds_its_postings_until_the_lease_ends(board):
    pending_fill()
    first = pending_claim(tier=0, limit=3)
    second = pending_claim(tier=0, limit=10)
    assert first
    assert second
    assert len(first.hashes) == 3
    assert len(second.hashes) == 2
    assert not first.hashes.keys() & second.hashes.keys()
    assert pending_claim(tier=0, limit=10) is None
    end_leases()
    third = pending_claim(tier=0, limit=10)
    assert third
    assert len(third.hashes) == 5


def test_what_a_paused_run_brought_waits_until_it_goes_on(board):
    run = run_create(kind="all")
    RawPosting.objects.filter(pk__in=[posting.pk for posting in board[:3]]).update(run_id=run.pk)
    run_pause(run_id=run.pk)
    pending_fill()
    claim = pending_claim(tier=0, limit=10)
    assert claim
    assert set(claim.hashes) == {posting.pk for posting in board[3:]}
    assert pending_claim(tier=0, limit=10) is None
    run_resume(run_id=run.pk)
    claim = pending_claim(tier=0, limit=10)
    assert claim
    assert (set(claim.hashes), claim.run_id) == ({posting.pk for posting in board[:3]}, run.pk)


def test_a_lease_of_a_clock_that_was_put_back_is_over(board):
    pending_fill()
    assert pending_claim(tier=0, limit=5)
    PendingExtraction.objects.update(lease_until=timezone.now() + timedelta(hours=1))
    assert pending_claim(tier=0, limit=5)
    PendingExtraction.objects.update(tier=1, lease_until=timezone.now() + timedelta(hours=1))
    assert pending_claim(tier=1, limit=5) is None


def test_who_lost_the_lease_may_not_write(board):
    pending_fill()
    slow = pending_claim(tier=0, limit=5)
    end_leases()
    quick = pending_claim(tier=0, limit=5)
    assert slow
    assert quick
    with transaction.atomic(), pytest.raises(LeaseLostError):
        claim_hold(slow)
    with transaction.atomic():
        claim_hold(quick)


def test_failures_become_dead_letters_and_can_be_retried(board):
    pending_fill()
    claim = pending_claim(tier=0, limit=5)
    assert claim
    bad = next(iter(claim.hashes))
    with transaction.atomic():
        claim_hold(claim)
        claim_finish(claim, failures={bad: "no text at all"})
    (dead,) = PendingExtraction.objects.all()
    assert (dead.posting_id, dead.state, dead.error) == (bad, "dead", "no text at all")
    assert pending_claim(tier=0, limit=5) is None
    assert dead_retry() == 1
    assert pending_claim(tier=0, limit=5)


def test_an_answer_still_under_way_is_not_refused_with_those_that_were_no_good(board):
    pending_fill()
    claim = pending_claim(tier=0, limit=5)
    assert claim
    bad = next(iter(claim.hashes))
    now = timezone.now()
    ended, *_ = [LLMCall.objects.create(state=state, ended_at=end) for state, end in (("answered", now), ("sent", None), ("parked", now))]
    with transaction.atomic():
        claim_finish(claim, failures={bad: f"{INVALID_OUTPUT} from a model: no JSON"})
    assert PendingExtraction.objects.get(posting_id=bad).refused_call_id == ended.pk


def test_a_dead_letter_stays_dead_until_its_content_changes(board, read_board):
    pending_fill()
    PendingExtraction.objects.update(state="dead", error="because")
    assert pending_fill() == 0
    read_board([greenhouse_payload(n, title="Changed" if n == 0 else f"Senior Account Executive {n}") for n in range(5)])
    assert pending_fill() == 1
    (waiting,) = PendingExtraction.objects.waiting(0)
    assert waiting.posting_id == board[0].pk


def test_a_posting_whose_worker_always_dies_is_put_aside(board, monkeypatch):
    monkeypatch.setattr(claims, "MAX_ATTEMPTS", 2)
    pending_fill()
    for _ in range(2):
        assert pending_claim(tier=0, limit=5)
        end_leases()
    assert pending_claim(tier=0, limit=5) is None
    assert PendingExtraction.objects.dead().count() == 5
    assert "ended 2 times" in PendingExtraction.objects.dead()[0].error


@pytest.mark.django_db(transaction=True)
def test_workers_that_claim_at_once_share_nothing(read_board):
    read_board([greenhouse_payload(n) for n in range(40)])
    pending_fill()
    taken: list[int] = []

    def work() -> None:
        while claim := pending_claim(tier=0, limit=3):
            taken.extend(claim.hashes)
        connection.close()

    threads = [threading.Thread(target=work, daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(taken) == len(set(taken)) == 40


def test_a_renewed_claim_is_held_on_and_a_lost_one_stays_lost(board):
    pending_fill()
    claim = pending_claim(tier=0, limit=5)
    assert claim
    end_leases()
    claim_renew(claim)
    assert pending_claim(tier=0, limit=5) is None
    end_leases()
    other = pending_claim(tier=0, limit=5)
    assert other
    end_leases()
    claim_renew(claim)
    assert pending_claim(tier=0, limit=5)


def test_a_language_models_claim_is_newest_first_and_taken_over_whole(board):
    PendingExtraction.objects.bulk_create(
        PendingExtraction(posting_id=posting.pk, tier=1, content_hash=posting.content_hash) for posting in board
    )
    ids = [posting.pk for posting in board]
    dead = pending_claim(tier=1, limit=3)
    assert dead
    assert list(dead.hashes) == ids[:1:-1]
    other = pending_claim(tier=1, limit=3)
    assert other
    assert list(other.hashes) == ids[1::-1]
    end_leases()
    taken = {tuple(claim.hashes) for _ in range(2) if (claim := pending_claim(tier=1, limit=1))}
    assert taken == {tuple(dead.hashes), tuple(other.hashes)}
    assert pending_claim(tier=1, limit=1) is None


def test_what_is_put_off_waits_and_only_an_error_of_its_own_counts(board):
    pending_fill()
    claim = pending_claim(tier=0, limit=5)
    assert claim
    blamed, *others = claim.hashes
    claim_put_off(claim, posting_ids=others, wait=timedelta(minutes=5))
    claim_put_off(claim, posting_ids=[blamed], wait=timedelta(minutes=5), error="the server died")
    rows = {row.posting_id: (row.attempts, row.error) for row in PendingExtraction.objects.all()}
    assert rows == {blamed: (1, "the server died")} | dict.fromkeys(others, (0, ""))
    assert pending_claim(tier=0, limit=5) is None
