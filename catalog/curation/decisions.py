"""What curators do to the vocabulary: merge skills, switch them off, add ways to write them, decide on unknown terms.

Every change is in the change log, changes the vocabulary's version, and so is obeyed by the next run. A skill that a curator has
touched is marked: no import of a file touches it any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from catalog.changes import change_announce
from catalog.choices import TermVerdict
from catalog.companies.signal_keeping import signals_hold, signals_merge, signals_rename
from catalog.curation.change_log import change_log
from catalog.curation.term_refusals import refuse_accept, refuse_merge, refuse_undoing
from catalog.errors import CurationError
from catalog.models import JobSkill, Skill, SkillAlias, UnknownTerm
from catalog.vocabulary.skills import fold, vocabulary_lock

_MOVE_MENTIONS = """
    UPDATE catalog_jobskill js SET skill_id = %(target)s
    WHERE js.skill_id = %(source)s AND NOT EXISTS (
        SELECT 1 FROM catalog_jobskill other WHERE other.job_id = js.job_id AND other.skill_id = %(target)s
    )
"""
_MOVE_IDS = """
    UPDATE catalog_job SET updated_at = %(at)s, skill_ids = ARRAY(
        SELECT DISTINCT CASE WHEN id = %(source)s THEN %(target)s ELSE id END FROM unnest(skill_ids) AS id ORDER BY 1
    )
    WHERE skill_ids @> ARRAY[%(source)s]
"""


_COPY_DROPPED = """
    INSERT INTO catalog_droppedskill (company_id, skill_id, seen_at)
    SELECT company_id, %(target)s, seen_at FROM catalog_droppedskill WHERE skill_id = %(source)s ORDER BY company_id
    ON CONFLICT (company_id, skill_id) DO UPDATE SET seen_at = least(catalog_droppedskill.seen_at, EXCLUDED.seen_at)
"""


@transaction.atomic
def skill_merge(*, source: Skill, target: Skill, by: str) -> int:
    """Make all forms of `source` ways to write `target`, and its jobs the target's; `source` is switched off. Returns jobs moved.

    Raises CurationError when both are one, or the target is switched off.
    """
    signals_hold()
    vocabulary_lock()
    source.refresh_from_db()
    target.refresh_from_db()
    if source.pk == target.pk:
        raise CurationError(f"{source} cannot be merged with itself")
    if not target.is_active:
        raise CurationError(f"{target} is switched off: merge into a skill that is looked for")
    before = _state(source)
    source.aliases.update(skill=target)
    signals_merge(source=source, target=target)  # before the jobs, as whoever moves a company's jobs does
    moved = _move_jobs(source, target)
    _curated(source, is_active=False)
    _curated(target)
    change_log(subject=source, action="merge", by=by, before=before, after={"merged into": target.name, "jobs": moved})
    return moved


@transaction.atomic
def skill_switch(*, skill: Skill, active: bool, by: str) -> None:
    """Look for the skill from the next run on, or no longer; jobs keep what was found."""
    vocabulary_lock()
    skill.refresh_from_db()
    if skill.is_active == active:
        return
    _curated(skill, is_active=active)
    change_log(
        subject=skill, action="switch on" if active else "switch off", by=by, before={"active": not active}, after={"active": active}
    )


@transaction.atomic
def skill_log_edit(*, skill: Skill, before: dict[str, Any] | None, by: str) -> None:
    """Mark and log what a form has changed; `before` is `skill_state` of the time before it, None for a new skill. Needs `signals_hold`."""
    _curated(skill)
    signals_rename(skill=skill)
    change_log(subject=skill, action="edit" if before else "add", by=by, before=before, after=_state(skill))


def skill_state(skill: Skill) -> dict[str, Any]:
    """What the change log keeps of a skill."""
    return _state(Skill.objects.get(pk=skill.pk))


@transaction.atomic
def term_accept(
    *, term: UnknownTerm, kind: str, category: str, by: str, name: str = "", ambiguous: bool = False, domain: str = ""
) -> Skill:
    """Make a term a skill of its own, under `name` when it is given. Raises CurationError when a form stands for a skill already."""
    vocabulary_lock()
    _lock(term)
    name, category = name.strip() or term.form, category.strip()
    refuse_accept(term=term, name=name, category=category)
    skill = Skill.objects.create(name=name, kind=kind, category=category, domain=domain.strip(), is_curated=True)
    for form in dict.fromkeys((name, term.form)):
        SkillAlias.objects.get_or_create(folded=fold(form), defaults={"skill": skill, "form": form, "ambiguous": ambiguous})
    _decide(term, TermVerdict.ACCEPTED, skill, by)
    return skill


@transaction.atomic
def term_merge(*, term: UnknownTerm, skill: Skill, by: str, ambiguous: bool = False) -> SkillAlias:
    """Make a term a way to write a skill. Raises CurationError."""
    vocabulary_lock()
    _lock(term)
    skill.refresh_from_db()
    refuse_merge(term=term, skill=skill)
    alias = SkillAlias.objects.create(skill=skill, form=term.form, folded=fold(term.form), ambiguous=ambiguous)
    _curated(skill)
    _decide(term, TermVerdict.MERGED, skill, by)
    return alias


@transaction.atomic
def term_reject(*, term: UnknownTerm, by: str) -> None:
    """Never show the term again: it is no skill. Raises CurationError for a term that became part of the vocabulary."""
    _lock(term)
    refuse_undoing(term=term)
    _decide(term, TermVerdict.REJECTED, None, by)


@transaction.atomic
def term_reopen(*, term: UnknownTerm, by: str) -> None:
    """Take a rejection back. Raises CurationError for a term that became part of the vocabulary: edit the skill instead."""
    _lock(term)
    refuse_undoing(term=term)
    _decide(term, TermVerdict.OPEN, None, by)


def _lock(term: UnknownTerm) -> None:
    """Have the term as it is once no other curator decides on it."""
    try:
        term.refresh_from_db(from_queryset=UnknownTerm.objects.select_for_update())
    except UnknownTerm.DoesNotExist as error:
        raise CurationError(f"{term} is no longer in the queue: a new count did not find it") from error


def _decide(term: UnknownTerm, verdict: TermVerdict, skill: Skill | None, by: str) -> None:
    before = {"verdict": term.verdict}
    term.verdict, term.skill, term.decided_by, term.decided_at = verdict, skill, by, timezone.now()
    term.save(update_fields=["verdict", "skill", "decided_by", "decided_at"])
    after = {"verdict": str(verdict)} | ({"skill": skill.name} if skill else {})
    change_log(subject=term, action=f"term {verdict}", by=by, before=before, after=after)


def _move_jobs(source: Skill, target: Skill) -> int:
    pair: dict[str, Any] = {"source": source.pk, "target": target.pk}
    with connection.cursor() as cursor:
        cursor.execute(_MOVE_MENTIONS, pair)
        cursor.execute(_MOVE_IDS, pair | {"at": change_announce()})
        moved = int(cursor.rowcount)
        cursor.execute(_COPY_DROPPED, pair)
    JobSkill.objects.filter(skill=source).delete()
    return moved


def _curated(skill: Skill, **changes: Any) -> None:
    for name, value in {**changes, "is_curated": True}.items():
        setattr(skill, name, value)
    skill.save(update_fields=[*changes, "is_curated"])


def _state(skill: Skill) -> dict[str, Any]:
    forms: Sequence[str] = [f"{form} (ambiguous)" if unsure else form for form, unsure in _forms(skill)]
    return {"name": skill.name, "kind": skill.kind, "category": skill.category, "active": skill.is_active, "forms": list(forms)}


def _forms(skill: Skill) -> list[tuple[str, bool]]:
    return list(SkillAlias.objects.filter(skill=skill).order_by("id").values_list("form", "ambiguous"))
