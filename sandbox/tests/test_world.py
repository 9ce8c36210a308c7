from __future__ import annotations

import pytest

from sandbox.testing import RunningSandbox, SandboxError


def test_the_state_is_told_on_request(sandbox: RunningSandbox) -> None:
    state = sandbox.control(at="2026-09-04", faults=[{"kind": "500", "rate": 0.5, "host": "cdx"}], latency_ms=5)
    assert state["at"].startswith("2026-09-04")
    assert state["day"] == 3  # days after the reference date
    assert state["latency_ms"] == 5
    assert state["faults"][0]["host"] == "cdx"
    assert state["board_counts"]["greenhouse"] == len(sandbox.boards()["greenhouse"])
    assert sandbox.control() == state


@pytest.mark.parametrize(
    "wish",
    [{"att": "2026-09-04"}, {"at": "soon"}, {"faults": {"kind": "500"}}, {"faults": [{"kind": "flood"}]}, {"day": "x"}],
)
def test_a_message_that_makes_no_sense_changes_nothing(sandbox: RunningSandbox, wish: dict[str, object]) -> None:
    before = sandbox.control()
    with pytest.raises(SandboxError):
        sandbox.control(**{"latency_ms": 99, **wish})
    assert sandbox.control() == before


def test_only_what_is_named_changes(sandbox: RunningSandbox) -> None:
    sandbox.control(faults=[{"kind": "500", "rate": 0}], day=2)
    assert len(sandbox.control(day=5)["faults"]) == 1
    assert sandbox.control(faults=[])["day"] == 5
