"""Signals and profile of a company, over histories of a few jobs."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from catalog.columns_chart import MOST_COLUMNS, chart_moments
from catalog.companies.company_history import History, PastJob
from catalog.companies.company_profile import openings_chart, places, seniority_mix, stack
from catalog.companies.hiring_signals import all_signals, hiring_signals

NOW = datetime(2026, 8, 1, tzinfo=UTC)
TOOLS = {1: "Snowflake"}


def job(pk, *, days, ended=None, posted=None, dated=True, skills=(), seniority="mid", function="sales", country="DE", place_keys=""):
    """First seen `days` ago and posted then, unless told otherwise; ended `ended` days ago."""
    return PastJob(
        pk=pk,
        title=f"Job {pk}",
        function=function,
        seniority=seniority,
        city=None,
        state=None,
        country=country,
        first_seen_at=NOW - timedelta(days=days),
        listed_at=NOW - timedelta(days=days if posted is None else posted),
        ended_at=None if ended is None else NOW - timedelta(days=ended),
        skill_ids=skills,
        posted_at=NOW - timedelta(days=days if posted is None else posted) if dated else None,
        place_keys=place_keys,
    )


def signals(*jobs, is_cut=False):
    found = hiring_signals(History(jobs, is_cut), tools=TOOLS, now=NOW)
    return [(signal.reason.value, signal.job_id) for signal in found]


LONG_AGO = job(1, days=80)


@pytest.mark.parametrize(
    ("jobs", "expected"),
    [
        ([LONG_AGO, job(2, days=5, skills=[1]), job(3, days=4, skills=[1])], [("started_skill", 2)]),
        ([LONG_AGO, job(2, days=70, skills=[1])], []),  # the board was read for ten days only
        ([LONG_AGO, job(2, days=5, posted=75, skills=[1])], []),  # it was published before
        ([LONG_AGO, job(2, days=5, ended=1, skills=[1])], []),  # nothing with it is open
        ([replace(LONG_AGO, skill_ids=[1]), job(2, days=5, skills=[1])], []),  # not the first
        ([job(1, days=300), job(2, days=200, skills=[1])], []),  # too long ago
        ([LONG_AGO, job(2, days=5, skills=[2])], []),  # no tool
        ([LONG_AGO, job(2, days=5, seniority="vp")], [("first_leader", 2)]),
        ([LONG_AGO, job(2, days=5, seniority="vp", function="unknown")], []),
        ([replace(LONG_AGO, seniority="director"), job(2, days=5, seniority="vp")], []),
        ([LONG_AGO, job(2, days=5, function="data")], [("first_function", 2)]),
        ([LONG_AGO, job(2, days=5, function="other")], []),
        ([LONG_AGO, job(2, days=5, ended=1, function="data")], []),  # closed again
        ([job(1, days=10), job(2, days=5, function="data")], []),  # the board was read for five days only
        ([LONG_AGO, job(2, days=5, country="FR")], [("first_country", 2)]),
        ([replace(LONG_AGO, place_keys="c:DE c:FR s:US-NY"), job(2, days=5, country="FR")], []),  # it was its second place
        ([LONG_AGO, job(2, days=5, place_keys="c:DE c:FR t:paris")], [("first_country", 2)]),
        ([LONG_AGO, job(2, days=5, country=None)], []),
        ([job(1, days=80, ended=50), job(2, days=5)], [("hiring_again", 2)]),
        ([job(1, days=80, ended=20), job(2, days=5)], []),  # too short a pause
        ([job(1, days=80, ended=50), LONG_AGO, job(2, days=5)], []),  # something was open all the time
        ([job(1, days=80, ended=50), job(2, days=5, posted=60)], []),  # it was published before the pause
        ([job(1, days=80, ended=50), job(2, days=5, ended=1)], []),  # closed again
        ([], []),
    ],
)
def test_signals(jobs, expected):
    assert signals(*jobs) == expected


OLDER = job(1, days=3, posted=60)  # first read three days ago


@pytest.mark.parametrize(
    ("jobs", "expected"),
    [
        ([LONG_AGO, job(2, days=3, skills=[1])], ["certain"]),
        ([OLDER, job(2, days=3, posted=10, skills=[1])], ["likely"]),
        ([OLDER, job(2, days=3, posted=50, skills=[1])], []),  # not two weeks without it
        ([OLDER, job(2, days=3, posted=31, skills=[1])], []),  # too long ago for posting dates alone
        ([OLDER, job(2, days=3, posted=10, skills=[1]), job(3, days=3, dated=False, skills=[1])], []),  # one may be older
        ([job(1, days=3), job(2, days=3, skills=[1])], []),  # nothing tells that it was hiring before
    ],
)
def test_how_sure_a_start_is(jobs, expected):
    assert [signal.start for signal in hiring_signals(History(jobs, is_cut=False), tools=TOOLS, now=NOW)] == expected


@pytest.mark.parametrize(("dropped", "expected"), [(79, 0), (4, 1)])
def test_a_skill_that_an_edited_posting_named_before_did_not_start(dropped, expected):
    history = History([LONG_AGO, job(2, days=5, skills=[1])], is_cut=False, dropped={1: NOW - timedelta(days=dropped)})
    assert len(hiring_signals(history, tools=TOOLS, now=NOW)) == expected


def test_a_history_that_is_cut_gives_no_signal():
    assert signals(LONG_AGO, job(2, days=5, skills=[1]), is_cut=True) == []


def test_what_is_over_and_what_is_long_ago_is_still_among_all_signals():
    jobs = [job(1, days=300), job(2, days=200, skills=[1]), job(3, days=120, ended=100, function="data")]
    found = {signal.reason.value: signal for signal in all_signals(History(jobs, is_cut=False), tools=TOOLS)}
    assert {reason: signal.is_over for reason, signal in found.items()} == {"started_skill": False, "first_function": True}
    assert (found["started_skill"].subject, found["first_function"].subject) == ("1", "data")


def test_a_surge_tells_what_it_counted():
    jobs = [job(1, days=100), *(job(n, days=10 - n) for n in range(2, 7))]
    (signal,) = hiring_signals(History(jobs, is_cut=False), tools={}, now=NOW)
    assert signal.headline == "5 jobs posted in 14 days, usually 0"
    assert signal.figures == {"openings": 5, "usual": 0, "closings": 0, "days": 14}


def test_openings_are_counted_from_first_seen_to_gone():
    chart = openings_chart(History([job(1, days=3, ended=1), job(2, days=2), job(3, days=2, function="data")], is_cut=False), NOW)
    assert [(one.name, one.values) for one in chart.series] == [("Sales", [1, 2, 1, 1]), ("Data", [0, 1, 1, 1])]
    assert chart.top == 3
    assert sum(part.height for part in chart.rectangles if part.series == 1) == pytest.approx(200 * 5 / 3, abs=0.1)
    assert chart.table[0] == (NOW, [1, 1])


def test_functions_beyond_the_fifth_are_summed():
    functions = ["sales", "data", "legal", "hr", "it", "product", "design"]
    chart = openings_chart(History([job(n, days=0, function=name) for n, name in enumerate(functions)], is_cut=False), NOW)
    assert [one.last for one in chart.series] == [1, 1, 1, 1, 1, 2]
    assert chart.series[-1].name == "All other functions"


def test_a_company_without_jobs_has_no_chart():
    assert openings_chart(History([], is_cut=False), NOW) is None


@pytest.mark.parametrize(("days", "columns"), [(0, 1), (29, 30), (30, 5), (200, 29), (5_000, 14), (50_000, 30)])
def test_moments_are_never_too_many(days, columns):
    moments = chart_moments(NOW - timedelta(days=days), NOW)
    assert len(moments) == columns <= MOST_COLUMNS
    assert moments[-1] == NOW
    assert moments[0] >= NOW - timedelta(days=days)


def test_stack_seniority_and_places_are_of_the_jobs():
    history = History(
        [job(1, days=9, skills=[1, 2]), job(2, days=20, ended=5, skills=[2, 3]), job(3, days=1, skills=[2], seniority="vp")], is_cut=False
    )
    assert [(line.skill_id, line.open_jobs, line.jobs, line.last_seen_at) for line in stack(history)] == [
        (2, 2, 3, None),
        (1, 1, 1, None),
        (3, 0, 1, NOW - timedelta(days=5)),
    ]
    assert stack(history)[0].first_seen_at == NOW - timedelta(days=20)
    assert [(share.label, share.jobs, share.percent) for share in seniority_mix(history)] == [("Mid", 1, 100), ("VP", 1, 100)]
    assert [(share.label, share.jobs) for share in places(history)] == [("Germany", 2)]
