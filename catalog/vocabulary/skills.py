"""Writes of the vocabulary's tables, and the Vocabulary they make."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path

from django.db import connection, transaction

from catalog.models import Skill, SkillAlias
from catalog.vocabulary.values import SkillKind, SkillTerm, Vocabulary
from catalog.vocabulary.vocabulary_csv import DEFAULT_PATH, read_vocabulary, version_of

_KINDS: dict[str, SkillKind] = {"skill": "skill", "tool": "tool"}
_SKILL_FIELDS = ["kind", "category", "domain", "is_active"]
_WrittenForm = tuple[str, bool]
"""A form and whether it is ambiguous."""


@dataclass(frozen=True, slots=True)
class SkillsImported:
    """What an import left: skills and forms that now stand in the tables, and skills that it switched off."""

    skills: int
    aliases: int
    retired: int


def vocabulary_load() -> Vocabulary:
    """The vocabulary in the tables: every active skill with its forms, in the order in which they were written down."""
    forms: dict[int, list[_WrittenForm]] = defaultdict(list)
    aliases = SkillAlias.objects.filter(skill__is_active=True).order_by("id")
    for skill_id, form, ambiguous in aliases.values_list("skill_id", "form", "ambiguous"):
        forms[skill_id].append((form, ambiguous))
    skills = Skill.objects.active().order_by("name").values_list("pk", "name", "kind", "category", "domain")
    terms = tuple(_term(forms[pk], name, kind, category, domain) for pk, name, kind, category, domain in skills)
    return Vocabulary(terms=terms, version=version_of(terms))


@transaction.atomic
def skills_import(*, path: Path = DEFAULT_PATH) -> SkillsImported:
    """Bring the tables to what the file says; the same file twice changes nothing.

    Skills that left the file are switched off, not deleted: jobs keep what was found in them. Forms that left are
    deleted. What a curator has changed stays as the curator left it, whatever the file says. Raises VocabularyError for a
    file that is not a vocabulary.
    """
    vocabulary_lock()
    terms = _uncurated(read_vocabulary(path).terms)
    Skill.objects.bulk_create(
        [Skill(name=t.name, kind=t.kind, category=t.category, domain=t.domain) for t in terms],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=_SKILL_FIELDS,
    )
    retired = Skill.objects.active().filter(is_curated=False).exclude(name__in=[t.name for t in terms]).update(is_active=False)
    aliases = _import_aliases(terms)
    return SkillsImported(skills=len(terms), aliases=aliases, retired=retired)


def skill_register_name(*, skill: Skill) -> None:
    """See to it that the skill's own name stands among its forms, so that it can mean no other skill.

    Raises IntegrityError when it has come to stand for another one meanwhile.
    """
    SkillAlias.objects.get_or_create(folded=fold(skill.name), skill=skill, defaults={"form": skill.name})


@transaction.atomic
def skills_count_jobs() -> int:
    """Bring `Skill.job_count` up to date (it ranks the typeahead). Returns the number of skills whose count changed."""
    sql = """
        UPDATE catalog_skill s SET job_count = c.jobs
        FROM (
            SELECT k.id, count(js.job_id) AS jobs
            FROM catalog_skill k LEFT JOIN catalog_jobskill js ON js.skill_id = k.id GROUP BY k.id
        ) c
        WHERE c.id = s.id AND s.job_count <> c.jobs
    """
    vocabulary_lock()
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return int(cursor.rowcount)


def fold(form: str) -> str:
    """The form as it is compared: without case (as in `vocabulary_csv`)."""
    return form.casefold()


def vocabulary_lock() -> None:
    """One writer of the vocabulary at a time; readers and publishers go on."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE catalog_skill IN SHARE ROW EXCLUSIVE MODE")


def _term(forms: Sequence[_WrittenForm], name: str, kind: str, category: str, domain: str) -> SkillTerm:
    return SkillTerm(
        name=name,
        kind=_KINDS[kind],
        category=category,
        aliases=tuple(form for form, _ in forms if form != name),
        ambiguous=frozenset(form for form, ambiguous in forms if ambiguous),
        domain=domain,
    )


def _uncurated(terms: Iterable[SkillTerm]) -> list[SkillTerm]:
    """The terms without what belongs to skills that a curator has changed: these skills, and forms that stand for them."""
    names = {fold(name) for name in Skill.objects.filter(is_curated=True).values_list("name", flat=True)}
    taken = names | set(SkillAlias.objects.filter(skill__is_curated=True).values_list("folded", flat=True))
    return [_without(term, taken) for term in terms if fold(term.name) not in taken]


def _without(term: SkillTerm, taken: Set[str]) -> SkillTerm:
    aliases = tuple(alias for alias in term.aliases if fold(alias) not in taken)
    return term if aliases == term.aliases else replace(term, aliases=aliases, ambiguous=term.ambiguous & {term.name, *aliases})


def _import_aliases(terms: Iterable[SkillTerm]) -> int:
    """Skills whose forms, or the order of their forms, differ from the file's get all their forms anew."""
    ids = dict(Skill.objects.values_list("name", "id"))
    wanted = {ids[term.name]: list(_aliases(ids[term.name], term)) for term in terms}
    standing: dict[int, list[tuple[str, bool]]] = defaultdict(list)
    aliases = SkillAlias.objects.filter(skill__is_curated=False).order_by("id")
    for skill_id, form, ambiguous in aliases.values_list("skill_id", "form", "ambiguous"):
        standing[skill_id].append((form, ambiguous))
    changed = [pk for pk in wanted.keys() | standing if standing[pk] != [(a.form, a.ambiguous) for a in wanted.get(pk, [])]]
    SkillAlias.objects.filter(skill__in=changed).delete()
    SkillAlias.objects.bulk_create(alias for pk in sorted(changed) for alias in wanted.get(pk, []))
    return sum(map(len, wanted.values()))


def _aliases(skill_id: int, term: SkillTerm) -> Iterator[SkillAlias]:
    """The term's forms, its name first; two that differ in case only are one row."""
    forms: dict[str, SkillAlias] = {}
    for form in (term.name, *term.aliases):
        alias = forms.setdefault(fold(form), SkillAlias(skill_id=skill_id, form=form, folded=fold(form)))
        alias.ambiguous |= form in term.ambiguous
    yield from forms.values()
