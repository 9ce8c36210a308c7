"""Tables of the catalogue, by theme. Written by `catalog.services` only (and by curators in the admin)."""

from __future__ import annotations

from catalog.models.companies import Company, CompanyBoard
from catalog.models.curation import CurationChange, FieldCorrection, UnknownTerm
from catalog.models.jobs import Job, JobContent, Place
from catalog.models.saved import SavedSearch
from catalog.models.signals import ChangeReader, CompanySignal
from catalog.models.skills import DroppedSkill, JobSkill, Skill, SkillAlias

__all__ = [
    "ChangeReader",
    "Company",
    "CompanyBoard",
    "CompanySignal",
    "CurationChange",
    "DroppedSkill",
    "FieldCorrection",
    "Job",
    "JobContent",
    "JobSkill",
    "Place",
    "SavedSearch",
    "Skill",
    "SkillAlias",
    "UnknownTerm",
]
