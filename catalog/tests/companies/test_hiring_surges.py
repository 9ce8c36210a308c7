"""Surges of openings, over histories of jobs that are dated by days."""

from datetime import UTC, datetime, timedelta

import pytest

from catalog.companies.company_history import History
from catalog.companies.hiring_surges import surges
from catalog.tests.companies.test_hiring_signals import job

NOW = datetime(2026, 8, 1, tzinfo=UTC)
READ_SINCE = job(1, days=100)


def posted(*days, ended=None, first=10, **more):
    return [job(first + n, days=day, ended=ended, **more) for n, day in enumerate(days)]


USUAL = posted(70, 50, 40, 30)  # four in 56 days before the last two weeks: one in 14 days
FIVE = posted(9, 8, 7, 6, 5, first=50)


@pytest.mark.parametrize(
    ("jobs", "expected"),
    [
        ([READ_SINCE, *USUAL, *FIVE], [(54, 5, 1.0)]),
        ([READ_SINCE, *USUAL, *FIVE[:4]], []),  # too few to be more than chance
        ([READ_SINCE, *FIVE], [(54, 5, 0.0)]),
        ([READ_SINCE, *USUAL, *posted(60, 55, 45, 35, first=30), *FIVE], []),  # two in 14 days are usual here
        ([job(1, days=60), *FIVE], []),  # not read for long enough to know what is usual
        ([READ_SINCE, *USUAL, *FIVE[:4], job(90, days=5, dated=False)], []),  # nobody knows when that was posted
        ([READ_SINCE, *USUAL, *posted(90, ended=6, first=40), *FIVE], []),  # posted anew instead of a closed one
        ([READ_SINCE, *USUAL, *FIVE, *posted(4, 3, 2, first=60)], [(54, 5, 1.0)]),  # the same surge
        ([], []),
    ],
)
def test_surges(jobs, expected):
    found = surges(History(jobs, is_cut=False))
    assert [(surge.job.pk, surge.openings, surge.usual) for surge in found] == expected


def test_a_job_that_was_posted_long_before_it_was_seen_is_no_opening_of_now():
    late = [job(50 + n, days=5, posted=90) for n in range(9)]
    assert list(surges(History([READ_SINCE, *late], is_cut=False))) == []


def test_one_surge_may_follow_another():
    first, second = posted(25, 25, 25, 25, 25, first=30), posted(*[2] * 9, first=60)
    found = list(surges(History([READ_SINCE, *first, *second], is_cut=False)))
    assert [surge.job.first_seen_at for surge in found] == [NOW - timedelta(days=25), NOW - timedelta(days=2)]
