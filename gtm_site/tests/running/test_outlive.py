from __future__ import annotations

from types import SimpleNamespace

import pytest
import redis
from django.db import OperationalError

from gtm_site.running import outlive as module
from gtm_site.running.outlive import outlive


@pytest.mark.parametrize("error", [OperationalError("gone"), redis.ConnectionError("gone")])
def test_work_is_done_again_once_the_servers_are_back(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.connection, "close", lambda: None)
    outcomes: list[Exception | str] = [error, error, "done"]
    tended: list[int] = []

    def work() -> str:
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    assert outlive(work, lambda: tended.append(1)) == "done"
    assert len(tended) == 2


def test_work_that_took_long_before_the_servers_went_is_done_again_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.connection, "close", lambda: None)
    clock = iter(range(0, 10**6, 10))
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: next(clock), sleep=lambda seconds: None))
    began: list[int] = []

    def work() -> str:
        began.append(next(clock))
        if len(began) == 1:
            for _ in range(100):
                next(clock)
            raise OperationalError("gone")
        return "done"

    assert outlive(work, lambda: None) == "done"


def test_servers_that_stay_away_are_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SERVERS_AWAY_S", 0.0)
    monkeypatch.setattr(module.connection, "close", lambda: None)

    def work() -> None:
        raise OperationalError("gone")

    with pytest.raises(OperationalError):
        outlive(work, lambda: None)
