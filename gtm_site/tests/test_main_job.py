from __future__ import annotations

import pytest
from django.core.management.base import CommandError
from rich.console import Console

from gtm_site.main_job import ClosingFigures, _close, _require_done
from ingestion.models import Run


@pytest.mark.parametrize("state", ["failed", "cancelled"])
def test_a_run_that_did_not_end_well_is_an_exit_status_for_who_does_not_stay(state: str) -> None:
    run = Run(state=state, message="the index does not answer")
    with pytest.raises(CommandError, match=f"is {state}: the index does not answer"):
        _require_done(run, stay=False)
    _require_done(run, stay=True)
    _require_done(Run(state="done"), stay=False)


@pytest.mark.parametrize(("stay", "says"), [(True, "Open http://127.0.0.1:8000/ (Ctrl-C"), (False, "`make run` opens the app")])
def test_the_end_says_what_to_do_next(stay: bool, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    figures = ClosingFigures("http://127.0.0.1:8000/", 0, 0, 0, 0, {}, 0.0, 0, 0)
    _close(Console(soft_wrap=True), Run(state="done"), None, figures, stay=stay)
    said = capsys.readouterr().out
    assert says in said
    assert "`manage.py createsuperuser` makes the first account" in said
