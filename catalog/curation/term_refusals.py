"""What speaks against a verdict on an unknown term. Looks only: forms ask before the services, which ask again under their locks."""

from __future__ import annotations

from catalog.choices import TermVerdict
from catalog.errors import CurationError
from catalog.models import Skill, SkillAlias, UnknownTerm
from catalog.vocabulary.skills import fold


def refuse_accept(*, term: UnknownTerm, name: str, category: str) -> None:
    """Raises CurationError unless the term can become a skill of this name."""
    if not category:
        raise CurationError("a skill needs a category")
    _refuse_standing(name, term.form)
    if Skill.objects.filter(name=name).exists():
        raise CurationError(f"there is a skill {name!r} already: switch it on and merge the term into it, or choose another name")


def refuse_merge(*, term: UnknownTerm, skill: Skill) -> None:
    """Raises CurationError unless the term can become a way to write the skill."""
    if not skill.is_active:
        raise CurationError(f"{skill} is switched off: merge into a skill that is looked for")
    _refuse_standing(term.form)


def refuse_undoing(*, term: UnknownTerm) -> None:
    """Raises CurationError for a term that became part of the vocabulary: no other verdict takes it out again."""
    if term.verdict in (TermVerdict.ACCEPTED, TermVerdict.MERGED):
        raise CurationError(f"{term} is in the vocabulary: change {term.skill} instead")


def _refuse_standing(*forms: str) -> None:
    standing = SkillAlias.objects.filter(folded__in=[fold(form) for form in forms]).select_related("skill").first()
    if standing:
        raise CurationError(f"{standing.form!r} already stands for {standing.skill}: merge the term into it, or choose another name")
