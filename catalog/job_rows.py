"""Jobs as rows of a result list. One query for the skills' names of a whole page."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from catalog import formats
from catalog.choices import JobState, SkillKind
from catalog.models import Job, Skill
from catalog.querysets import JobQuerySet

SKILLS_SHOWN = 4
_UNKNOWN = "unknown"
_COLUMNS = (
    "id", "title", "company_id", "company_name", "seniority_level", "job_function", "remote_type", "employment_type", "state",
    "is_prospect", "location_text", "location_city", "location_state", "location_country", "salary_min_usd", "salary_max_usd", "comp_usd",
    "posted_at", "listed_at", "skill_ids", "content__salary",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SkillTag:
    """A skill of a row; `wanted` when the search asks for it."""

    name: str
    href: str
    wanted: bool


@dataclass(frozen=True, slots=True)
class JobRow:
    """What one line of the list says. Empty text = not stated. `is_dated`: its board states when it was posted; else `listed_at`
    is when it was first seen.
    """

    href: str
    title: str
    company: str
    company_href: str
    about: Sequence[str]
    place: str
    workplace: str
    pay: str
    pay_usd: str
    skills: Sequence[SkillTag]
    more_skills: int
    state: str
    state_label: str
    is_prospect: bool
    listed_at: datetime
    is_dated: bool
    age: str


def row_columns(jobs: JobQuerySet) -> JobQuerySet:
    """Only what a row shows: the long text stays in the database."""
    return jobs.select_related("content").only(*_COLUMNS)


def job_rows(jobs: Sequence[Job], *, wanted: Collection[str], now: datetime) -> list[JobRow]:
    """Rows for jobs loaded with `row_columns`. `wanted`: names of the skills that the search asks for; they come first."""
    skills = Skill.objects.only("name", "kind").in_bulk({pk for job in jobs for pk in job.skill_ids})
    return [_row(job, _tags(job, skills, wanted), now) for job in jobs]


def _row(job: Job, tags: Sequence[SkillTag], now: datetime) -> JobRow:
    pay, pay_usd = _pay(job)
    return JobRow(
        href=reverse("catalog:job", args=[job.pk]),
        title=job.title,
        company=job.company_name,
        company_href=reverse("catalog:company", args=[job.company_id]),
        about=_known(job, "seniority_level", "job_function", "employment_type"),
        place=_place(job),
        workplace="".join(_known(job, "remote_type")),
        pay=pay,
        pay_usd=pay_usd,
        skills=tags[:SKILLS_SHOWN],
        more_skills=max(0, len(tags) - SKILLS_SHOWN),
        state=job.state,
        state_label=JobState(job.state).label,
        is_prospect=job.is_prospect,
        listed_at=job.listed_at,
        is_dated=job.posted_at is not None,
        age=formats.ago(job.listed_at, now),
    )


def _known(job: Job, *fields: str) -> list[str]:
    """Labels of the fields whose value is known; full-time goes without saying."""
    return [getattr(job, f"get_{name}_display")() for name in fields if getattr(job, name) not in (_UNKNOWN, "full_time")]


def _place(job: Job) -> str:
    return formats.place(job.location_city, job.location_state, job.location_country) or job.location_text


def _pay(job: Job) -> tuple[str, str]:
    """As stated, and beside it US dollars a year where that says something new."""
    usd = formats.usd_per_year(job.salary_min_usd, job.salary_max_usd, compact=True)
    stated = formats.pay(job.content.salary, compact=True) if job.content.salary else usd
    return stated, f"≈ {usd.replace('$', 'US$', 1)}" if usd and usd != stated.removesuffix(" on target") else ""


def _tags(job: Job, skills: Mapping[int, Skill], wanted: Collection[str]) -> list[SkillTag]:
    """Those that the search asks for, then tools, which tell more about a company than skills do."""
    found = [skills[pk] for pk in job.skill_ids if pk in skills]
    found.sort(key=lambda skill: (skill.name not in wanted, skill.kind != SkillKind.TOOL, skill.name.casefold()))
    return [SkillTag(skill.name, reverse("catalog:skill", args=[skill.pk]), skill.name in wanted) for skill in found]
