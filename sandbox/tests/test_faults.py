from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.faults import KINDS, Fault, FaultPlan, Place


def place(number: int = 0, interface: str = "lever", board: str | None = "acme") -> Place:
    return Place(interface, "127.0.0.1:9001", f"/v0/postings/{number}", board)


def struck(plan: FaultPlan, requests: int) -> list[bool]:
    return [plan.pick(place(number)) is not None for number in range(requests)]


def test_the_rate_is_met_and_the_same_seed_strikes_the_same_requests() -> None:
    faults = (Fault("500", 0.2),)
    first = struck(FaultPlan(7, faults), 2000)
    assert 0.17 < sum(first) / 2000 < 0.23
    assert struck(FaultPlan(7, faults), 2000) == first
    assert struck(FaultPlan(8, faults), 2000) != first


def test_the_order_of_requests_does_not_matter() -> None:
    faults = (Fault("500", 0.5),)
    forwards, backwards = FaultPlan(1, faults), FaultPlan(1, faults)
    ahead = {number: forwards.pick(place(number)) for number in range(50)}
    assert {number: backwards.pick(place(number)) for number in reversed(range(50))} == ahead


def test_a_fault_can_be_for_one_host_one_board_and_a_few_times() -> None:
    assert FaultPlan(1, (Fault("500", host="greenhouse"),)).pick(place()) is None
    assert FaultPlan(1, (Fault("500", host="127.0.0.1:9001"),)).pick(place()) is not None
    assert FaultPlan(1, (Fault("500", board="ACME"),)).pick(place()) is not None
    assert FaultPlan(1, (Fault("500", board="other"),)).pick(place()) is None
    plan = FaultPlan(1, (Fault("500", times=2),))
    assert [plan.pick(place()) is not None for _ in range(3)] == [True, True, False]


def test_the_first_that_strikes_is_taken_and_counted() -> None:
    plan = FaultPlan(1, (Fault("500", 0), Fault("429"), Fault("503")))
    assert plan.pick(place()) == Fault("429")
    assert plan.played() == {"429": 1}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("500:1", Fault("500", 1.0)),
        ("slow", Fault("slow", 1.0)),
        ("429-retry-after:0.25:lever", Fault("429-retry-after", 0.25, "lever")),
        ("slow:0.25:cdx,seconds=0.5", Fault("slow", 0.25, "cdx", seconds=0.5)),
        ("429-retry-after,times=2,seconds=3", Fault("429-retry-after", times=2, seconds=3)),
        ("reset:0.5:127.0.0.1:8101/acme", Fault("reset", 0.5, "127.0.0.1:8101", "acme")),
    ],
)
def test_command_line_form(text: str, fault: Fault) -> None:
    assert Fault.parse(text) == fault


@pytest.mark.parametrize("value", [{"kind": "flood"}, {"kind": "500", "rate": 2}, {"rate": 1}, {"kind": "500", "hots": 1}])
def test_nonsense_is_refused(value: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="fault"):
        Fault.from_dict(value)


@pytest.mark.parametrize("text", ["flood:1", "500:2", "500:1,speed=3", "500:1,times=soon"])
def test_a_command_line_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"fault|literal"):
        Fault.parse(text)


def test_every_kind_is_described() -> None:
    assert all(len(words) > 15 for words in KINDS.values())


def test_the_document_describes_every_kind_in_the_same_words() -> None:
    document = (Path(__file__).parents[2] / "docs/sandbox.md").read_text()
    for kind, does in KINDS.items():
        assert f"| `{kind}` | {does} |" in document
