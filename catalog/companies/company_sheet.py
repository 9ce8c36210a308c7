"""What is told of one company, on its page and over the API."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from catalog.choices import SkillKind
from catalog.companies.company_history import History, company_history
from catalog.companies.company_profile import StackLine, stack
from catalog.companies.hiring_signals import Signal, hiring_signals
from catalog.models import Skill


@dataclass(frozen=True, slots=True)
class CompanySheet:
    """`stack`: each line with its skill, those of most open jobs first."""

    history: History
    stack: Sequence[tuple[StackLine, Skill]]
    signals: Sequence[Signal]


def company_sheet(company_id: int, now: datetime) -> CompanySheet:
    history = company_history(company_id)
    lines = stack(history)
    skills = Skill.objects.in_bulk([line.skill_id for line in lines])
    tools = {pk: skill.name for pk, skill in skills.items() if skill.kind == SkillKind.TOOL}
    return CompanySheet(
        history=history,
        stack=[(line, skills[line.skill_id]) for line in lines if line.skill_id in skills],
        signals=hiring_signals(history, tools=tools, now=now),
    )
