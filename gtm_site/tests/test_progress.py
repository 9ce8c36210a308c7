"""A run for people: bars on a terminal, plain lines elsewhere."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.utils import timezone
from rich.console import Console

from gtm_site.progress import follow
from ingestion.models import Run, RunStage

pytestmark = pytest.mark.django_db


@pytest.fixture
def run() -> Run:
    """It read 90 of 100 boards in 50 s, and ended; two of the ten that failed are gone."""
    ended = timezone.now()
    run = Run.objects.create(kind=Run.Kind.FETCH, state=Run.State.DONE, ended_at=ended)
    began = ended - timedelta(seconds=50)
    values = {"done": 90, "failed": 10, "total": 120, "counts": {"gone": 2, "new": 4000}, "started_at": began, "ended_at": ended}
    RunStage.objects.create(run=run, name="fetch", unit="sources", **values)
    return run


def shown(run: Run, *, is_terminal: bool) -> str:
    out = io.StringIO()
    console = Console(file=out, width=200, force_terminal=is_terminal, color_system=None)
    assert follow(run.pk, console, lambda: None, lambda: False) == run
    return out.getvalue()


def test_lines_tell_rates_and_what_failed(run: Run):
    assert shown(run, is_terminal=False) == "fetch 100/120 sources (2.0/s), 8 failed, 2 gone\n"


def test_lines_of_a_run_under_way_tell_what_is_left(run: Run):
    Run.objects.update(state=Run.State.CANCELLED)
    RunStage.objects.update(ended_at=None)
    assert shown(run, is_terminal=False) == "fetch 100/120 sources (2.0/s), 10 s left, 8 failed, 2 gone\n"


def test_the_bar_of_a_stage_that_ended_is_full(run: Run):
    assert "100/100 sources 2.0/s 8 failed, 2 gone" in " ".join(shown(run, is_terminal=True).split())


def test_who_is_told_to_stop_gives_no_run(run: Run):
    Run.objects.update(state=Run.State.RUNNING)
    assert follow(run.pk, Console(file=io.StringIO()), lambda: None, lambda: True) is None
