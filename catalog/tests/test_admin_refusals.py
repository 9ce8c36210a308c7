"""What a service refuses in the admin: all of it is taken back, Django's log with it, and the page says why."""

from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry
from django.db import IntegrityError
from django.urls import reverse

from catalog import admin as catalog_admin
from catalog import curation_admin
from catalog.admin import SkillAdmin
from catalog.models import Company, CurationChange, FieldCorrection, Skill, SkillAlias, UnknownTerm
from catalog.services import company_correct, skill_merge, skill_register_name, skill_switch, term_reject

pytestmark = pytest.mark.django_db


def act(admin_client, model, action, **form) -> str:
    """The list's page after the action on all of its rows."""
    everything = [row.pk for row in model.objects.all()]
    page = reverse(f"admin:catalog_{model._meta.model_name}_changelist")
    return admin_client.post(page, {"action": action, "_selected_action": everything, **form}, follow=True).content.decode()


def test_of_corrections_chosen_together_none_is_withdrawn_where_one_is_refused(admin_client):
    company = Company.objects.create(name="Acme", domain="acme.example")
    company_correct(company=company, field="name", value="Acme Labs", by="ada")
    company_correct(company=company, field="domain", value="acme.dev", by="ada")
    Company.objects.create(name="Other", domain="acme.example")
    assert "Another company has the domain" in act(admin_client, FieldCorrection, "delete_selected", post="yes")
    assert FieldCorrection.objects.count() == 2
    assert Company.objects.filter(name="Acme Labs", domain="acme.dev").exists()
    assert not LogEntry.objects.exists()


def test_of_terms_chosen_together_none_is_rejected_where_one_is_refused(admin_client, monkeypatch):
    for form in ("Framzo", "Zonk", "Plonk"):
        UnknownTerm.objects.create(form=form, folded=form.casefold())

    def reject(*, term, by):
        UnknownTerm.objects.filter(pk=term.pk, form="Zonk").delete()
        term_reject(term=term, by=by)

    monkeypatch.setattr(curation_admin, "term_reject", reject)
    page = act(admin_client, UnknownTerm, "reject")
    assert "Zonk is no longer in the queue" in page
    assert not UnknownTerm.objects.exclude(verdict="open").exists()


def test_of_skills_chosen_together_none_is_merged_or_said_to_be_where_one_is_refused(admin_client, monkeypatch):
    for name, jobs in (("Salesforce", 5), ("SFDC", 2), ("Sales Cloud", 1)):
        skill_register_name(skill=Skill.objects.create(name=name, kind="tool", category="crm", job_count=jobs))

    def merge(*, source, target, by):
        if source.name == "Sales Cloud":
            skill_switch(skill=target, active=False, by="bob")
        skill_merge(source=source, target=target, by=by)

    monkeypatch.setattr(catalog_admin, "skill_merge", merge)
    page = act(admin_client, Skill, "merge_into_most_frequent")
    assert "Salesforce is switched off" in page
    assert "is now a way to write" not in page
    assert SkillAlias.objects.get(form="SFDC").skill.name == "SFDC"
    assert not CurationChange.objects.exists()


def _same_name():
    Skill.objects.create(name="Clari", kind="tool", category="crm")


def _same_form():
    other = Skill.objects.create(name="Revenue Copilot", kind="tool", category="crm")
    SkillAlias.objects.create(skill=other, form="Clari Copilot", folded="clari copilot")


def _name_as_form():
    other = Skill.objects.create(name="Revenue Copilot", kind="tool", category="crm")
    SkillAlias.objects.create(skill=other, form="clari", folded="clari")


@pytest.fixture
def faster(monkeypatch):
    """Lets another curator's work come between what a skill's form has checked and what it writes."""

    def between(work):
        save = SkillAdmin.save_model
        monkeypatch.setattr(SkillAdmin, "save_model", lambda *args: (work(), save(*args)))

    return between


ADDED = {"name": "Clari", "kind": "tool", "category": "crm", "domain": "", "is_active": "on"}
ADDED |= {"aliases-TOTAL_FORMS": "1", "aliases-INITIAL_FORMS": "0", "aliases-0-form": "Clari Copilot"}


@pytest.mark.parametrize(
    ("work", "message"),
    [
        (_same_name, "has made a skill of this name"),
        (_same_form, "stands for a skill already"),
        (_name_as_form, "stands for a skill already"),
    ],
    ids=["name", "form", "name as a form"],
)
def test_two_curators_who_add_one_skill_at_once(admin_client, faster, work, message):
    faster(work)
    page = admin_client.post(reverse("admin:catalog_skill_add"), ADDED, follow=True)
    assert message in page.content.decode()
    assert not Skill.objects.filter(is_curated=True).exists()


def test_what_the_database_refuses_for_another_reason_is_no_refusal_of_a_curator(admin_client, faster):
    faster(lambda: Skill.objects.create(name="Clari", kind="tool", category=None))
    with pytest.raises(IntegrityError, match="category"):
        admin_client.post(reverse("admin:catalog_skill_add"), ADDED)
