"""When a record goes on to tier 2 (spec E4): arithmetic on values, no database, no network.

A posting whose answers were invalid again and again has no record of tier 1 to be judged: `tier_queue.tier2_fill` takes it by that.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from itertools import compress

CONFIDENCE_THRESHOLD = 0.60
LONG_TEXT_CHARS = 800
"""A text longer than this that names no skill at all was probably not understood."""


class Tier2Reason(StrEnum):
    LOW_CONFIDENCE = "low_confidence"
    NO_COMPANY_NAME = "no_company_name"
    NO_ROLE_TITLE = "no_role_title"
    NO_SUMMARY = "no_summary"
    NO_SKILLS = "no_skills"


_IN_ORDER = tuple(Tier2Reason)


def tier2_reasons(
    *,
    confidence: float,
    company_name: str,
    role_title: str,
    job_summary: str,
    skills_raw: Sequence[str],
    text_length: int,
) -> tuple[Tier2Reason, ...]:
    """Every reason that holds, in the order of the specification; one is enough, none means the record is good as it is.

    `text_length` counts characters of the cleaned text.
    """
    conditions = (
        confidence < CONFIDENCE_THRESHOLD,
        not company_name.strip(),
        not role_title.strip(),
        not job_summary.strip(),
        not skills_raw and text_length > LONG_TEXT_CHARS,
    )
    return tuple(compress(_IN_ORDER, conditions))
