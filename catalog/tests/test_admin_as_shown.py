"""Who saves an older page changes what was typed there, and takes back nothing that another curator has changed since."""

from __future__ import annotations

import pytest
from django.urls import reverse
from selectolax.lexbor import LexborHTMLParser, LexborNode

from catalog.models import Company, CurationChange, FieldCorrection, Skill, SkillAlias
from catalog.services import company_correct, skill_register_name, skill_switch

pytestmark = pytest.mark.django_db


def opened(admin_client, row) -> tuple[str, dict[str, str]]:
    """The address of the row's page, and its form as a browser would send it."""
    page = reverse(f"admin:catalog_{row._meta.model_name}_change", args=[row.pk])
    form = LexborHTMLParser(admin_client.get(page).content).css_first(f"#{row._meta.model_name}_form")
    boxes = 'input[type="checkbox"]:not([checked]), input[type="submit"], [name=""]'
    for node in form.css(boxes):
        node.decompose()
    return page, {name: _value(node) for node in form.css("input, select") if (name := node.attributes.get("name"))}


def _value(node: LexborNode) -> str:
    if node.attributes.get("type") == "checkbox":
        return "on"
    chosen = node.css_first("option[selected]") if node.tag == "select" else node
    return (chosen.attributes.get("value") or "") if chosen else ""


def test_a_name_that_was_corrected_meanwhile_stays(admin_client):
    company = Company.objects.create(name="Acme", domain="acme.example")
    page, form = opened(admin_client, company)
    company_correct(company=company, field="name", value="Acme Labs", by="bob")
    assert admin_client.post(page, form | {"domain": "acme.dev"}).status_code == 302
    assert Company.objects.filter(name="Acme Labs", domain="acme.dev").exists()
    assert set(FieldCorrection.objects.values_list("field", "corrected_by")) == {("name", "bob"), ("domain", "admin")}


def test_a_page_that_is_saved_as_it_was_corrects_nothing(admin_client):
    page, form = opened(admin_client, Company.objects.create(name="Acme"))
    assert admin_client.post(page, form).status_code == 302
    assert not FieldCorrection.objects.exists()


def test_a_change_that_is_refused_first_is_a_change_still(admin_client):
    company = Company.objects.create(name="Acme")
    Company.objects.create(name="Other", domain="taken.example")
    page, form = opened(admin_client, company)
    again = admin_client.post(page, form | {"name": "Acme Labs", "domain": "taken.example"})
    assert '<input type="hidden" name="initial-name" value="Acme"' in again.content.decode()
    assert not FieldCorrection.objects.exists()


@pytest.fixture
def skill():
    skill = Skill.objects.create(name="Salesforce", kind="tool", category="crm")
    skill_register_name(skill=skill)
    return skill


def test_a_skill_that_was_switched_off_meanwhile_stays_off(admin_client, skill):
    page, form = opened(admin_client, skill)
    skill_switch(skill=skill, active=False, by="bob")
    assert admin_client.post(page, form | {"category": "sales"}).status_code == 302
    skill.refresh_from_db()
    assert (skill.category, skill.is_active) == ("sales", False)
    logged = CurationChange.objects.latest("id")
    assert (logged.before["active"], logged.after["active"]) == (False, False)


def test_a_way_to_write_a_skill_that_was_changed_meanwhile_stays(admin_client, skill):
    page, form = opened(admin_client, skill)
    SkillAlias.objects.update(ambiguous=True)
    assert admin_client.post(page, form | {"category": "sales"}).status_code == 302
    assert SkillAlias.objects.get().ambiguous


def test_a_skill_is_switched_off_on_its_page(admin_client, skill):
    page, form = opened(admin_client, skill)
    del form["is_active"]
    assert admin_client.post(page, form).status_code == 302
    assert not Skill.objects.get().is_active
