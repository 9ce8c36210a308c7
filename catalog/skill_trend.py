"""How many jobs with a skill were first seen, week by week."""

from __future__ import annotations

from datetime import datetime, timedelta

from catalog.columns_chart import ColumnsChart, Series, columns_chart
from catalog.models import Job
from catalog.search.postgres.statements import Statement

WEEKS = 26
MOST_JOBS = 50_000
_WEEK = timedelta(weeks=1)


def skill_trend(skill_id: int, now: datetime) -> ColumnsChart | None:
    """Jobs in any state by the week in which they were first seen, the last week ending now; None without any.

    Looks at the newest MOST_JOBS: where there are more within WEEKS, it begins with the first week that is complete.
    """
    jobs = Job.objects.with_skills([skill_id]).filter(first_seen_at__gt=now - WEEKS * _WEEK, first_seen_at__lte=now)
    ages = _by_age(Statement.of(jobs.order_by("-first_seen_at").values_list("first_seen_at")[: MOST_JOBS + 1]), now)
    if not ages:
        return None
    is_cut = sum(ages.values()) > MOST_JOBS
    weeks = max(1, max(ages) + (0 if is_cut else 1))
    counts = [ages.get(age, 0) for age in range(weeks - 1, -1, -1)]
    return columns_chart([now - _WEEK * age for age in range(weeks - 1, -1, -1)], [Series("Jobs first seen in the week", counts)])


def _by_age(seen: Statement, now: datetime) -> dict[int, int]:
    """How many of these moments are so many whole weeks ago. In the database: reading each took longer than finding them."""
    age = f"floor(extract(epoch FROM %s - first_seen_at) / {_WEEK // timedelta(seconds=1)})::integer"
    sql = f"SELECT {age}, count(*) FROM ({seen.sql}) AS seen GROUP BY 1"  # noqa: S608 - SQL made by Django and by constants
    return dict(Statement(sql, (now, *seen.params)).rows())
