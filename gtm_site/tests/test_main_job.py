from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
import redis
from django.contrib.auth import get_user_model
from django.core.management.base import CommandError
from django.db import OperationalError

from gtm_site import main_job
from gtm_site.main_job import _require_done, account_create, outlive
from ingestion.models import Run


@pytest.mark.django_db
def test_the_account_is_written_where_no_folder_is_yet(settings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path / "clone" / "var"  # a fresh clone; as root the servers' state is elsewhere, so nobody else makes it
    account = account_create("http://127.0.0.1:8000/")
    path = settings.VAR_DIR / "demo.json"
    assert json.loads(path.read_text()) == vars(account)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert get_user_model().objects.get(username=account.user).check_password(account.password)
    assert account_create("http://127.0.0.1:8000/") == account


@pytest.mark.parametrize("error", [OperationalError("gone"), redis.ConnectionError("gone")])
def test_work_is_done_again_once_the_servers_are_back(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(main_job.connection, "close", lambda: None)
    outcomes: list[Exception | str] = [error, error, "done"]
    tended: list[int] = []

    def work() -> str:
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    assert outlive(work, lambda: tended.append(1)) == "done"
    assert len(tended) == 2


def test_servers_that_stay_away_are_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(main_job, "SERVERS_AWAY_S", 0.0)
    monkeypatch.setattr(main_job.connection, "close", lambda: None)

    def work() -> None:
        raise OperationalError("gone")

    with pytest.raises(OperationalError):
        outlive(work, lambda: None)


@pytest.mark.parametrize("state", ["failed", "cancelled"])
def test_a_run_that_did_not_end_well_is_an_exit_status_for_who_does_not_stay(state: str) -> None:
    run = Run(state=state, message="the index does not answer")
    with pytest.raises(CommandError, match=f"is {state}: the index does not answer"):
        _require_done(run, stay=False)
    _require_done(run, stay=True)
    _require_done(Run(state="done"), stay=False)
