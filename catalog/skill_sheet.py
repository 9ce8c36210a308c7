"""What is told of one skill, on its page and over the API: its trend, who hires for it, and what goes with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from catalog.choices import JobState
from catalog.columns_chart import ColumnsChart
from catalog.models import Job, Skill
from catalog.search.counts import Count, capped_count
from catalog.search.facets import FacetValue, facet_counts
from catalog.skill_trend import skill_trend


@dataclass(frozen=True, slots=True)
class SkillSheet:
    """Counts are of open jobs; `companions` are the other skills that they name."""

    aliases: Sequence[str]
    open_jobs: Count
    trend: ColumnsChart | None
    companies: Sequence[FacetValue]
    companions: Sequence[FacetValue]
    functions: Sequence[FacetValue]
    seniority: Sequence[FacetValue]


def skill_sheet(skill: Skill, now: datetime) -> SkillSheet:
    jobs = Job.objects.filter(state=JobState.OPEN).with_skills([skill.pk])
    facets = facet_counts(jobs, ["company", "skill", "function", "seniority"])
    return SkillSheet(
        aliases=[alias.form for alias in skill.aliases.order_by("form") if alias.form != skill.name],
        open_jobs=capped_count(jobs),
        trend=skill_trend(skill.pk, now),
        companies=facets["company"],
        companions=[value for value in facets["skill"] if value.value != skill.name],
        functions=facets["function"],
        seniority=facets["seniority"],
    )
