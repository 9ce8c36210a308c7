from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extraction.errors import ProviderError
from extraction.llm.batching import Item, Reply, Room, most_calls, packs, smaller, work_off

WIDE = Room(20, None, 0)


def items(count: int, tokens: int = 10) -> list[Item]:
    return [Item(f"p{number}", tokens) for number in range(count)]


def all_of(asked, complaint):
    return Reply({item.id: item.id.upper() for item in asked})


def test_packs_are_filled_by_count_and_by_tokens():
    assert [len(pack) for pack in packs(items(45), WIDE)] == [20, 20, 5]
    assert [len(pack) for pack in packs(items(5, tokens=100), Room(20, 450, 50))] == [3, 2]


def test_what_is_too_large_alone_goes_alone():
    assert [len(pack) for pack in packs([*items(2), Item("big", 9_000), Item("last", 10)], Room(20, 1_000, 0))] == [2, 1, 1]


def test_packs_shrink_from_20_to_1():
    sizes = [20]
    while sizes[-1] > 1:
        sizes.append(smaller(sizes[-1]))
    assert sizes == [20, 10, 5, 1]


def test_every_item_is_answered_in_one_call_where_the_model_is_good():
    outcome = work_off(items(20), WIDE, all_of)
    assert outcome.answers == {f"p{number}": f"P{number}" for number in range(20)}
    assert (outcome.problems, outcome.left, outcome.stopped_by) == ({}, (), None)


def test_a_hole_is_asked_again_in_smaller_calls_and_nothing_else_is():
    calls = []

    def forgets_p7(asked, complaint):
        calls.append([item.id for item in asked])
        return Reply({item.id: "x" for item in asked if item.id != "p7" or len(asked) == 1})

    outcome = work_off(items(20), WIDE, forgets_p7)
    assert len(outcome.answers) == 20
    assert calls[1:] == [["p7"]]


def test_an_answer_that_cannot_be_read_is_asked_for_once_more_with_what_was_wrong():
    complaints = []

    def broken_once(asked, complaint):
        complaints.append((len(asked), complaint))
        return Reply(complaint="not JSON") if len(complaints) == 1 else all_of(asked, complaint)

    outcome = work_off(items(20), WIDE, broken_once)
    assert len(outcome.answers) == 20
    assert complaints == [(20, ""), (20, "not JSON")]


def test_a_model_that_never_answers_costs_a_bounded_number_of_calls():
    calls = []

    def broken(asked, complaint):
        calls.append([item.id for item in asked])
        return Reply(complaint="not JSON")

    outcome = work_off(items(20), WIDE, broken)
    assert Counter(map(len, calls)) == {20: 2, 10: 2, 5: 4, 1: 20}
    assert {problem.text for problem in outcome.problems.values()} == {"not JSON"}
    assert all(problem.invalid for problem in outcome.problems.values())


def test_what_did_not_fit_is_split_at_once():
    calls = []

    def cut(asked, complaint):
        calls.append(len(asked))
        return Reply(was_cut=True) if len(asked) > 5 else all_of(asked, complaint)

    assert len(work_off(items(20), WIDE, cut).answers) == 20
    assert calls == [20, 10, 5, 5, 10, 5, 5]


def test_a_busy_provider_stops_the_work_and_loses_nothing():
    calls = []

    def busy_after_two(asked, complaint):
        calls.append(asked)
        if len(calls) == 3:
            raise ProviderError("busy", retryable=True, retry_after=7)
        return all_of(asked, complaint)

    outcome = work_off(items(50), Room(10, None, 0), busy_after_two)
    assert (len(outcome.answers), len(outcome.left), len(calls)) == (20, 30, 3)
    assert isinstance(outcome.stopped_by, ProviderError)
    assert list(outcome.left) == [f"p{number}" for number in range(20, 50)]


def test_what_a_provider_refuses_for_good_is_split_until_it_is_alone():
    def refuses_p3(asked, complaint):
        if any(item.id == "p3" for item in asked):
            raise ProviderError("too long", retryable=False)
        return all_of(asked, complaint)

    outcome = work_off(items(20), WIDE, refuses_p3)
    assert len(outcome.answers) == 19
    assert outcome.problems == {"p3": ("too long", False)}


def test_only_errors_that_are_named_stop_the_work():
    class CapReachedError(Exception):
        pass

    def capped(asked, complaint):
        raise CapReachedError("no money")

    assert work_off(items(3), WIDE, capped, stops=(CapReachedError,)).left == ("p0", "p1", "p2")
    with pytest.raises(CapReachedError):
        work_off(items(3), WIDE, capped)


@given(st.data(), st.integers(1, 100), st.integers(1, 100))
def test_whatever_a_model_does_the_calls_of_each_item_are_bounded_and_none_is_lost(data, count, size):
    asked_so_often: Counter[str] = Counter()

    def anything(asked, complaint):
        asked_so_often.update(item.id for item in asked)
        kind = data.draw(st.sampled_from(["answer", "holes", "unreadable", "cut", "refused", "invented", "busy"]))
        if kind == "busy" and data.draw(st.booleans()):
            raise ProviderError("busy", retryable=True)
        if kind == "refused":
            raise ProviderError("no", retryable=False)
        if kind == "unreadable":
            return Reply(complaint="not JSON")
        if kind == "invented":
            return Reply({"p-invented": "x"})
        kept = asked if kind == "answer" else [item for item in asked if data.draw(st.booleans())]
        return Reply({item.id: "x" for item in kept}, was_cut=kind == "cut")

    outcome = work_off(items(count), Room(size, None, 0), anything)
    ends = [*outcome.answers, *outcome.problems, *outcome.left]
    assert sorted(ends) == sorted(f"p{number}" for number in range(count))
    assert max(asked_so_often.values()) <= most_calls(min(size, count))


def test_the_bound_for_the_default_size():
    assert most_calls(20) == 5
    assert most_calls(1) == 2
