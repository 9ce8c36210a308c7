"""How many jobs with a skill were first seen, week by week."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from catalog.columns_chart import ColumnsChart, Series, columns_chart
from catalog.models import Job

WEEKS = 26
MOST_JOBS = 50_000
_WEEK = timedelta(weeks=1)


def skill_trend(skill_id: int, now: datetime) -> ColumnsChart | None:
    """Jobs in any state by the week in which they were first seen, the last week ending now; None without any.

    Looks at the newest MOST_JOBS: where there are more within WEEKS, it begins with the first week that is complete.
    """
    jobs = Job.objects.with_skills([skill_id]).filter(first_seen_at__gt=now - WEEKS * _WEEK, first_seen_at__lte=now)
    seen = list(jobs.order_by("-first_seen_at").values_list("first_seen_at", flat=True)[: MOST_JOBS + 1])
    if not seen:
        return None
    ages = Counter((now - moment) // _WEEK for moment in seen)  # in whole weeks
    is_cut = len(seen) > MOST_JOBS
    weeks = max(1, max(ages) + (0 if is_cut else 1))
    counts = [ages[age] for age in range(weeks - 1, -1, -1)]
    return columns_chart([now - _WEEK * age for age in range(weeks - 1, -1, -1)], [Series("Jobs first seen in the week", counts)])
