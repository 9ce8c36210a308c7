"""A company's jobs, open and closed, as values: what its page computes from, in two bounded queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from django.db.models import CharField, F, Func

from catalog.models import DroppedSkill, Job

MOST_JOBS = 5_000


@dataclass(frozen=True, slots=True)
class PastJob:
    """What is counted of one job. `ended_at` is when its board stopped to list it; None = still open.

    `place_keys`: those of all its places that sort first, with a space between; keys of countries do.
    """

    pk: int
    title: str
    function: str
    seniority: str
    city: str | None
    state: str | None
    country: str | None
    first_seen_at: datetime
    listed_at: datetime
    ended_at: datetime | None
    skill_ids: Sequence[int]
    posted_at: datetime | None
    place_keys: str = ""

    @property
    def began_at(self) -> datetime:
        """The earliest sign of it: first seen, or the posting's own date when that is older."""
        return min(self.first_seen_at, self.listed_at)

    @property
    def is_dated(self) -> bool:
        """Whether the posting says itself when it was posted."""
        return self.posted_at is not None

    @property
    def countries(self) -> set[str]:
        """Of all its places, not the first alone."""
        return {key[2:] for key in self.place_keys.split(" ") if key.startswith("c:")} | ({self.country} if self.country else set())


def by_begin(job: PastJob) -> tuple[datetime, int]:
    """What to sort jobs by: the earliest sign first, of equal ones the older row."""
    return job.began_at, job.pk


@dataclass(frozen=True)
class History:
    """The newest MOST_JOBS jobs of a company. When `is_cut`, nothing can be called its first.

    `dropped`: skills that postings named until they were edited, and the first sign of such a posting.
    """

    jobs: Sequence[PastJob]
    is_cut: bool
    dropped: Mapping[int, datetime] = field(default_factory=dict)

    @property
    def open_jobs(self) -> list[PastJob]:
        return [job for job in self.jobs if job.ended_at is None]

    @cached_property
    def watched_since(self) -> datetime | None:
        """When the first of its jobs was first seen: nothing is known of the time before."""
        return min((job.first_seen_at for job in self.jobs), default=None)

    @cached_property
    def hiring_since(self) -> datetime | None:
        """The earliest sign of any of its jobs."""
        return min((job.began_at for job in self.jobs), default=None)


_COLUMNS = (
    "pk", "title", "job_function", "seniority_level", "location_city", "location_state", "location_country",
    "first_seen_at", "listed_at", "missing_since", "skill_ids", "posted_at",
)  # fmt: skip
_MOST_COUNTRIES = 12
# As one text: the driver reads it several times faster than an array.
_PLACE_KEYS = Func(F("places"), template=f"array_to_string((%(expressions)s)[1:{_MOST_COUNTRIES}], ' ')", output_field=CharField())


def company_history(company_id: int) -> History:
    rows = list(Job.objects.filter(company=company_id).newest_first().values_list(*_COLUMNS, _PLACE_KEYS)[: MOST_JOBS + 1])
    dropped = DroppedSkill.objects.filter(company=company_id).values_list("skill_id", "seen_at")
    return History([PastJob(*row) for row in rows[:MOST_JOBS]], is_cut=len(rows) > MOST_JOBS, dropped=dict(dropped))
