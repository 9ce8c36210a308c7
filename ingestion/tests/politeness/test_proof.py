"""The judge of the ledger: every claim is broken once, and kept by the narrowest margin."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.politeness.proof import Breach, Claim, Judgement, LedgerRow, Rules, judge

NOON = datetime(2026, 8, 1, 12, tzinfo=UTC)
CALL = uuid.UUID(int=1)
RULES = Rules(retry_unit_s=2.0, lease_s=8.0)


def at(seconds: float) -> datetime:
    return NOON + timedelta(milliseconds=round(seconds * 1000))


def row(pk: int, start: float, end: float | None, **values: Any) -> LedgerRow:
    """A request of its own call, by seconds since noon."""
    return LedgerRow(
        id=pk,
        host=values.pop("host", "a:443"),
        source_id=values.pop("source_id", 1),
        run_id=values.pop("run_id", None),
        call_id=values.pop("call_id", uuid.UUID(int=1000 + pk)),
        attempt=values.pop("attempt", 1),
        scheduled_wait_ms=values.pop("scheduled_wait_ms", 0),
        forced=values.pop("forced", False),
        at_once=values.pop("at_once", 5),
        spacing_ms=values.pop("spacing_ms", 0),
        user_agent=values.pop("user_agent", "GTM"),
        proxy=values.pop("proxy", ""),
        worker=values.pop("worker", "w:1"),
        started_at=at(start),
        ended_at=None if end is None else at(end),
        status=values.pop("status", 200),
        bytes=values.pop("bytes", 10),
        retry_after_ms=values.pop("retry_after_ms", 0),
        **values,
    )


def found(rows: Sequence[LedgerRow], rules: Rules = RULES) -> list[tuple[Claim, int]]:
    return [(breach.claim, breach.row_id) for breach in judge(rows, rules).breaches]


def test_an_empty_ledger_is_polite():
    judgement = judge([], RULES)
    assert (judgement.is_polite, judgement.requests) == (True, 0)


def test_the_sixth_at_once_is_named_with_the_others():
    rows = [row(pk, pk / 100, 5) for pk in range(1, 7)]
    (breach,) = judge(rows, RULES).breaches
    assert breach == Breach(Claim.AT_ONCE, 6, "a:443", at(0.06), "6 at once where 5 are allowed, with rows 1, 2, 3, 4, 5")
    assert found(rows[:5]) == []


def test_a_slot_given_back_in_the_same_millisecond_is_free():
    assert found([*(row(pk, 0, 1) for pk in range(1, 6)), row(6, 1, 2)]) == []
    assert found([*(row(pk, 0, 1.001) for pk in range(1, 6)), row(6, 1, 2)]) == [(Claim.AT_ONCE, 6)]


def test_hosts_are_judged_apart_and_by_their_own_allowance():
    rows = [row(pk, 0, 1, host=f"{pk % 2}:443") for pk in range(1, 9)]
    assert found(rows) == []
    assert found([row(1, 0, 1, at_once=1), row(2, 0.5, 1, at_once=1)]) == [(Claim.AT_ONCE, 2)]


def test_a_lost_request_was_under_way_when_its_worker_last_began_another():
    lost = [row(pk, 0, None) for pk in range(1, 6)]
    alive = Rules(retry_unit_s=2, lease_s=8, last_begun={("w:1", "a:443"): at(30), ("w:1", "b:443"): at(50)})
    assert found([*lost, row(6, 29.9, 31, worker="w:2")], alive) == [(Claim.AT_ONCE, 6)]
    assert found([*lost, row(6, 30, 31, worker="w:2")], alive) == []


def test_what_a_lost_request_may_have_done_afterwards_is_a_figure_and_no_breach():
    lost = [row(pk, 0, None) for pk in range(1, 6)]
    for start, most in ((7.9, 6), (8, 5)):
        judgement = judge([*lost, row(6, start, 9)], RULES)
        assert judgement.is_polite
        assert judgement.hosts["a:443"].most_possibly == most


def test_spacing_is_kept_between_starts():
    assert found([row(1, 0, 9, spacing_ms=100), row(2, 0.1, 9, spacing_ms=100)]) == []
    assert found([row(1, 0, 9, spacing_ms=100), row(2, 0.099, 9, spacing_ms=100)]) == [(Claim.SPACING, 2)]


def test_retry_after_holds_for_every_request_to_the_host():
    busy = row(1, 0, 1, status=429, retry_after_ms=3000)
    assert found([busy, row(2, 1.5, 2)]) == [(Claim.RETRY_AFTER, 2)]
    assert found([busy, row(2, 1.5, 2, host="b:443"), row(3, 4, 5)]) == []
    assert found([busy, row(2, 0.9, 9), row(3, 1, 9)]) == []


@pytest.mark.parametrize(("retry", "wait"), [(1, 2), (2, 4), (3, 8), (4, 16), (5, 32)])
def test_waits_follow_the_schedule(retry: int, wait: int):
    first = row(1, 0, 1, call_id=CALL, attempt=retry, status=503)
    assert found([first, row(2, 1 + wait, 99, call_id=CALL, attempt=retry + 1)]) == []
    assert found([first, row(2, 0.9 + wait, 99, call_id=CALL, attempt=retry + 1)]) == [(Claim.WAITS, 2)]


def test_a_wait_may_not_undercut_what_was_scheduled_or_asked_for():
    first = row(1, 0, 1, call_id=CALL, status=503)
    assert found([first, row(2, 5, 6, call_id=CALL, attempt=2, scheduled_wait_ms=5000)]) == [(Claim.WAITS, 2)]
    asked = row(1, 0, 1, call_id=CALL, status=503, retry_after_ms=9000)
    assert found([asked, row(2, 5, 6, call_id=CALL, attempt=2)]) == [(Claim.RETRY_AFTER, 2), (Claim.WAITS, 2)]


def test_redirects_belong_to_their_attempt():
    chain = [row(1, 0, 1, call_id=CALL, status=302), row(2, 1, 2, call_id=CALL, host="b:443", status=503)]
    again = [row(3, 4, 5, call_id=CALL, attempt=2, status=302), row(4, 5, 6, call_id=CALL, host="b:443", attempt=2)]
    assert found([*chain, *again]) == []


def test_only_some_failures_are_retried_and_only_five_times():
    refused = row(1, 0, 1, call_id=CALL, status=302)
    assert found([refused, row(2, 9, 10, call_id=CALL, attempt=2)]) == [(Claim.RETRIES, 2)]
    assert found([row(7, 0, 1, attempt=7)]) == [(Claim.RETRIES, 7)]
    broken = row(1, 0, 1, call_id=CALL, status=None)
    assert found([broken, row(2, 3, 4, call_id=CALL, attempt=2)]) == []


def test_other_runs_are_seen_but_not_blamed():
    ours, theirs = uuid.uuid4(), uuid.uuid4()
    rows = [*(row(pk, 0, 5, run_id=theirs) for pk in range(1, 6)), row(6, 1, 2, run_id=ours)]
    mine = judge(rows, Rules(retry_unit_s=2, lease_s=8, run_id=ours))
    assert ([breach.row_id for breach in mine.breaches], mine.requests) == ([6], 1)
    assert judge(rows, Rules(retry_unit_s=2, lease_s=8, run_id=theirs)).is_polite


def test_figures():
    rows = [row(1, 0, 1, proxy="p:3128"), row(2, 0.25, None, status=None, bytes=None, user_agent="Other"), row(3, 2, 3, status=404)]
    judgement: Judgement = judge(rows, RULES)
    host = judgement.hosts["a:443"]
    assert (host.requests, host.bytes, host.unended, host.most_at_once, host.least_gap_ms) == (3, 20, 1, 2, 250)
    assert host.statuses == {"200": 1, "no end": 1, "404": 1}
    assert (judgement.proxies, judgement.user_agents) == ({"": 2, "p:3128": 1}, {"GTM": 2, "Other": 1})


def test_every_breach_is_counted_but_not_every_row_kept():
    judgement = judge([row(pk, 0, 1, spacing_ms=1) for pk in range(1, 1000)], RULES)
    assert judgement.broken[Claim.SPACING] == 998
    assert len([breach for breach in judgement.breaches if breach.claim is Claim.SPACING]) == 100


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 12)), max_size=40))
def test_the_sweep_agrees_with_counting_every_pair(spans: list[tuple[int, int]]):
    rows = [row(pk, start, start + length, at_once=3) for pk, (start, length) in enumerate(sorted(spans), start=1)]
    slow = [
        mine.id
        for number, mine in enumerate(rows)
        if 1 + sum(1 for other in rows[:number] if other.ended_at and other.ended_at > mine.started_at) > 3
    ]
    assert [pk for claim, pk in found(rows) if claim is Claim.AT_ONCE] == slow
