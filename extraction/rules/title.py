"""Rules over the title and what stands in for it: seniority, job function and the cleaned role title."""

from __future__ import annotations

from extraction.rules.function import job_function
from extraction.rules.role_title import role_title
from extraction.rules.seniority import seniority

__all__ = ["job_function", "role_title", "seniority"]
