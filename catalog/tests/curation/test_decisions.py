"""What curators do to the vocabulary, what is logged of it, and that imports respect it."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction

from catalog.choices import TermVerdict
from catalog.errors import CurationError
from catalog.models import CurationChange, Job, JobSkill, Skill, SkillAlias, UnknownTerm
from catalog.services import (
    jobs_publish,
    skill_merge,
    skill_switch,
    skills_import,
    term_accept,
    term_merge,
    term_reject,
    term_reopen,
    vocabulary_load,
)
from catalog.tests.factories import job_facts, mention

pytestmark = pytest.mark.django_db

FILE = "name,kind,category,aliases,ambiguous,domain\nSalesforce,tool,crm,SFDC,,\nSales Cloud,tool,crm,,,\nGong,tool,calls,,Gong,\n"


@pytest.fixture
def vocabulary(tmp_path):
    path = tmp_path / "skills.csv"
    path.write_text(FILE)
    skills_import(path=path)
    return path


def term(form: str) -> UnknownTerm:
    return UnknownTerm.objects.create(form=form, folded=form.casefold(), posting_count=3)


def forms(name: str) -> set[str]:
    return set(SkillAlias.objects.filter(skill__name=name).values_list("form", flat=True))


def test_an_accepted_term_is_looked_for(vocabulary):
    before = vocabulary_load().version
    skill = term_accept(term=term("clari"), name="Clari", kind="tool", category="revenue_intelligence", ambiguous=True, by="ada")
    (found,) = [t for t in vocabulary_load().terms if t.name == "Clari"]
    assert (found.kind, found.category, found.ambiguous) == ("tool", "revenue_intelligence", {"Clari"})
    assert vocabulary_load().version != before
    assert UnknownTerm.objects.get().verdict == TermVerdict.ACCEPTED
    assert UnknownTerm.objects.get().skill == skill


def test_a_merged_term_is_a_way_to_write_a_skill(vocabulary):
    term_merge(term=term("Gong.io"), skill=Skill.objects.get(name="Gong"), by="ada")
    assert forms("Gong") == {"Gong", "Gong.io"}


def test_a_rejection_can_be_taken_back_an_acceptance_cannot(vocabulary):
    rejected, accepted = term("Walmart"), term("Clari")
    term_reject(term=rejected, by="ada")
    term_reopen(term=rejected, by="ada")
    assert UnknownTerm.objects.get(form="Walmart").verdict == TermVerdict.OPEN
    term_accept(term=accepted, kind="tool", category="crm", by="ada")
    with pytest.raises(CurationError, match="is in the vocabulary"):
        term_reopen(term=accepted, by="ada")


def test_what_stands_in_the_vocabulary_is_not_rejected(vocabulary):
    accepted = term("Clari")
    term_accept(term=accepted, kind="tool", category="crm", by="ada")
    with pytest.raises(CurationError, match="Clari is in the vocabulary"):
        term_reject(term=accepted, by="ada")


def test_a_skill_that_left_the_file_is_not_made_anew(vocabulary):
    vocabulary.write_text(FILE.replace("Gong,tool,calls,,Gong,\n", ""))
    skills_import(path=vocabulary)
    with pytest.raises(CurationError, match="there is a skill 'Gong' already"):
        term_accept(term=term("Gong"), kind="tool", category="calls", by="ada")


@pytest.mark.django_db(transaction=True)
def test_a_verdict_waits_for_the_one_that_is_made(vocabulary):
    """And sees it: two curators open the same term, one accepts, then the other rejects."""
    first = term("Clari")
    second = UnknownTerm.objects.get()
    late: list[str] = []

    def reject() -> None:
        try:
            term_reject(term=second, by="bob")
        except CurationError as error:
            late.append(str(error))
        finally:
            connection.close()

    with transaction.atomic():
        term_accept(term=first, kind="tool", category="crm", by="ada")
        thread = threading.Thread(target=reject, daemon=True)
        thread.start()
    thread.join(30)
    assert late == ["Clari is in the vocabulary: change Clari instead"]


def test_a_form_never_means_two_skills(vocabulary):
    with pytest.raises(CurationError, match="'SFDC' already stands for Salesforce"):
        term_accept(term=term("sfdc"), kind="tool", category="crm", by="ada")
    with pytest.raises(CurationError, match="already stands for Salesforce"):
        term_merge(term=UnknownTerm.objects.get(), skill=Skill.objects.get(name="Gong"), by="ada")
    assert UnknownTerm.objects.get().verdict == TermVerdict.OPEN
    assert not CurationChange.objects.exists()


def test_merged_skills_share_forms_and_jobs(vocabulary):
    jobs_publish(
        facts=[
            job_facts(1, skills=(mention("Sales Cloud"),)),
            job_facts(2, skills=(mention("Sales Cloud"), mention("Salesforce"))),
            job_facts(3, skills=(mention("Gong"),)),
        ]
    )
    source, target, gong = (Skill.objects.get(name=name) for name in ("Sales Cloud", "Salesforce", "Gong"))
    assert skill_merge(source=source, target=target, by="ada") == 2
    assert list(Job.objects.order_by("posting_id").values_list("skill_ids", flat=True)) == [[target.pk], [target.pk], [gong.pk]]
    assert JobSkill.objects.filter(skill=target).count() == 2
    assert not JobSkill.objects.filter(skill=source).exists()
    assert forms("Salesforce") == {"Salesforce", "SFDC", "Sales Cloud"}
    assert [t.name for t in vocabulary_load().terms] == ["Gong", "Salesforce"]


def test_a_skill_is_not_merged_with_itself_or_into_one_that_is_off(vocabulary):
    one, other = Skill.objects.get(name="Gong"), Skill.objects.get(name="Salesforce")
    with pytest.raises(CurationError, match="with itself"):
        skill_merge(source=one, target=one, by="ada")
    skill_switch(skill=other, active=False, by="ada")
    with pytest.raises(CurationError, match="switched off"):
        skill_merge(source=one, target=other, by="ada")


def test_no_import_undoes_what_a_curator_did(vocabulary):
    skill_merge(source=Skill.objects.get(name="Sales Cloud"), target=Skill.objects.get(name="Salesforce"), by="ada")
    skill_switch(skill=Skill.objects.get(name="Gong"), active=False, by="ada")
    term_accept(term=term("Clari"), kind="tool", category="revenue_intelligence", by="ada")
    before = vocabulary_load()
    result = skills_import(path=vocabulary)
    assert (vocabulary_load(), result.retired) == (before, 0)
    assert [t.name for t in before.terms] == ["Clari", "Salesforce"]


def test_every_verdict_is_logged(vocabulary):
    gong = Skill.objects.get(name="Gong")
    term_accept(term=term("Clari"), kind="tool", category="x", by="ada")
    term_merge(term=term("Gong.io"), skill=gong, by="bob")
    term_reject(term=term("Walmart"), by="cyd")
    skill_switch(skill=gong, active=False, by="dan")
    skill_switch(skill=gong, active=False, by="dan")
    entries = list(CurationChange.objects.order_by("id").values_list("changed_by", "subject", "label", "action"))
    assert entries == [
        ("ada", "unknownterm", "Clari", "term accepted"),
        ("bob", "unknownterm", "Gong.io", "term merged"),
        ("cyd", "unknownterm", "Walmart", "term rejected"),
        ("dan", "skill", "Gong", "switch off"),
    ]
    assert CurationChange.objects.order_by("id")[1].after == {"verdict": "merged", "skill": "Gong"}
