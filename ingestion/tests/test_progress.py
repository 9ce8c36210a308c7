"""Bars, rates and remaining times of a run's stages."""

from datetime import UTC, datetime, timedelta

import pytest

from ingestion.models import RunStage
from ingestion.progress import duration, stage_progress

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def stage(**values):
    began = {"started_at": NOW - timedelta(seconds=50), "name": "fetch", "unit": "sources"}
    return stage_progress(RunStage(**{**began, **values}), NOW)


def test_nobody_waits_for_failed_units():
    progress = stage(total=400, done=90, failed=10)
    assert (progress.percent, progress.rate, progress.eta) == (25, 2.0, timedelta(seconds=150))
    assert (progress.rate_text, progress.eta_text, progress.seconds_text) == ("2.0", "2 min 30 s", "50 s")


def test_an_unknown_total_has_a_rate_but_no_percent_and_no_end():
    progress = stage(total=None, done=1000)
    assert (progress.percent, progress.rate_text, progress.eta_text) == (None, "20", "")


def test_nothing_is_promised_in_the_first_second():
    assert stage(total=10, done=1, started_at=NOW - timedelta(milliseconds=300)).rate is None


def test_a_stage_that_waits():
    progress = stage(total=10, started_at=None)
    assert (progress.is_started, progress.seconds, progress.rate, progress.percent) == (False, 0.0, None, 0)


def test_a_stage_that_ended_keeps_its_rate_and_has_nothing_left():
    progress = stage(total=10, done=8, ended_at=NOW - timedelta(seconds=46))
    assert (progress.is_ended, progress.rate, progress.eta) == (True, 2.0, None)


def test_a_stage_that_ended_with_failures_is_whole():
    assert stage(total=65, done=59, failed=6, ended_at=NOW).percent == 100


def test_counts_say_what_they_count():
    progress = stage(failed=8, counts={"valid": 59, "gone": 6, "changed": 731})
    assert progress.counts_by_unit == [("boards", {"valid": 59, "gone": 6}), ("postings", {"changed": 731})]
    assert progress.failed_otherwise == 2
    assert progress.not_done == {"failed": 2, "gone": 6}
    assert stage(name="discover", counts={"captures": 3}).counts_by_unit == [("", {"captures": 3})]


@pytest.mark.parametrize(("total", "done", "percent"), [(0, 0, 100), (1000, 999, 99), (10, 12, 100)])
def test_percent_says_100_only_when_all_is_done(total, done, percent):
    assert stage(total=total, done=done).percent == percent


@pytest.mark.parametrize(("seconds", "text"), [(4.21, "4.2 s"), (59.4, "59 s"), (200, "3 min 20 s"), (7500, "2 h 5 min")])
def test_duration(seconds, text):
    assert duration(seconds) == text
