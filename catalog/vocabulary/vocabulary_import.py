"""Adds the skills of a downloaded file to the vocabulary: what is new comes in, what stands stays, what contradicts is reported."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import transaction

from catalog.models import Skill, SkillAlias
from catalog.vocabulary.skills import fold, vocabulary_lock
from catalog.vocabulary.values import SkillTerm
from catalog.vocabulary.vocabulary_files import BadLine, TermLine

_WRITTEN_AT_ONCE = 1_000
LISTED = 1_000
"""So many conflicts and bad lines are listed; all are counted."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """A form that the file gives to `name` and that stands for `standing`, which keeps it."""

    line: int
    form: str
    name: str
    standing: str


@dataclass(slots=True)
class TermsImported:
    """What became of every line: `lines` = `new` + `changed` + `unchanged` + `kept` + `conflicting` + `bad_lines`.

    `kept`: the skill is a curator's, or switched off. `conflicting`: the line's name stands for another skill.
    `forms` counts the ways to write that came in, names included.
    """

    lines: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    kept: int = 0
    conflicting: int = 0
    bad_lines: int = 0
    forms: int = 0
    conflicts: list[Conflict] = field(default_factory=list)
    bad: list[BadLine] = field(default_factory=list)


@transaction.atomic
def terms_import(*, lines: Iterable[TermLine | BadLine], dry_run: bool = False) -> TermsImported:
    """Add the terms of the lines to the tables. With `dry_run` nothing is written, and the report says what would have been.

    One transaction: a file that ends in an error changes nothing.
    """
    vocabulary_lock()
    importer = _Importer()
    for line in lines:
        importer.take(line)
    importer.write()
    if dry_run:
        transaction.set_rollback(True)
    return importer.report


class _Importer:
    """The vocabulary as it stands, and what the lines add to it."""

    def __init__(self) -> None:
        self.report = TermsImported()
        self._skills = {skill.name: skill for skill in Skill.objects.all()}
        names = {skill.pk: name for name, skill in self._skills.items()}
        self._owners = {folded: names[pk] for folded, pk in SkillAlias.objects.values_list("folded", "skill_id")}
        self._new: list[Skill] = []
        self._aliases: list[tuple[Skill, str, bool]] = []

    def take(self, line: TermLine | BadLine) -> None:
        self.report.lines += 1
        if isinstance(line, BadLine):
            self.report.bad_lines += 1
            if len(self.report.bad) < LISTED:
                self.report.bad.append(line)
            return
        owner = self._owners.get(fold(line.term.name))
        if owner is None:
            self._add(line)
        elif line.is_definition and fold(owner) != fold(line.term.name):
            self.report.conflicting += 1
            self._conflict(line, line.term.name, owner)
        else:
            self._extend(line, self._skills[owner])

    def write(self) -> None:
        Skill.objects.bulk_create(self._new, batch_size=_WRITTEN_AT_ONCE)
        aliases = (SkillAlias(skill=skill, form=form, folded=fold(form), ambiguous=unsure) for skill, form, unsure in self._aliases)
        SkillAlias.objects.bulk_create(aliases, batch_size=_WRITTEN_AT_ONCE)

    def _add(self, line: TermLine) -> None:
        term = line.term
        skill = Skill(name=term.name, kind=term.kind, category=term.category, domain=term.domain)
        self._skills[term.name] = skill
        self._new.append(skill)
        self._give(line, skill, term.name)
        for form in term.aliases:
            self._offer(line, skill, form)
        self.report.new += 1

    def _extend(self, line: TermLine, skill: Skill) -> None:
        if skill.is_curated or not skill.is_active:
            self.report.kept += 1
            return
        defined = line.is_definition and self._redefine(skill, line.term)
        extended = sum(self._offer(line, skill, form) for form in line.term.aliases)
        if defined or extended:
            self.report.changed += 1
        else:
            self.report.unchanged += 1

    def _offer(self, line: TermLine, skill: Skill, form: str) -> bool:
        """Give the form to the skill unless it stands for one; whether it was given."""
        owner = self._owners.get(fold(form))
        if owner is None:
            self._give(line, skill, form)
        elif owner != skill.name:
            self._conflict(line, form, owner)
        return owner is None

    def _give(self, line: TermLine, skill: Skill, form: str) -> None:
        self._owners[fold(form)] = skill.name
        self._aliases.append((skill, form, form in line.term.ambiguous))
        self.report.forms += 1

    def _conflict(self, line: TermLine, form: str, owner: str) -> None:
        if len(self.report.conflicts) < LISTED:
            self.report.conflicts.append(Conflict(line.number, form, line.term.name, owner))

    @staticmethod
    def _redefine(skill: Skill, term: SkillTerm) -> bool:
        wanted = {"kind": term.kind, "category": term.category, "domain": term.domain}
        changes = [name for name, value in wanted.items() if getattr(skill, name) != value]
        for name in changes:
            setattr(skill, name, wanted[name])
        if changes and skill.pk:
            skill.save(update_fields=changes)
        return bool(changes)
