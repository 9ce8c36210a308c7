"""The curators' change log: who changed what, when, from what to what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from catalog.models import Company, CurationChange, Job, Skill, UnknownTerm

Subject = Job | Company | Skill | UnknownTerm


def change_log(
    *, subject: Subject, action: str, by: str, before: Mapping[str, Any] | None = None, after: Mapping[str, Any] | None = None
) -> CurationChange:
    """Write one entry. Call it in the transaction that makes the change, so that neither stands without the other."""
    return CurationChange.objects.create(
        subject=type(subject).__name__.lower(),
        subject_id=subject.pk,
        label=str(subject)[:300],
        action=action,
        before=dict(before or {}),
        after=dict(after or {}),
        changed_by=by,
    )
