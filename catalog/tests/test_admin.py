"""Every model's pages in the admin open, search and filter, with a number of queries that does not grow with the rows."""

from __future__ import annotations

import re

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog import admin_search
from catalog.admin import EstimatingPaginator
from catalog.models import (
    ChangeReader,
    Company,
    CompanySignal,
    CurationChange,
    DroppedSkill,
    FieldCorrection,
    Job,
    Skill,
    SkillAlias,
    UnknownTerm,
)
from catalog.services import job_correct, jobs_publish, places_count_jobs, saved_search_create, skill_register_name
from catalog.tests.factories import NOW, job_facts, mention

MODELS = sorted(model._meta.model_name for model in apps.get_app_config("catalog").get_models())
pytestmark = pytest.mark.django_db


def add_jobs(first: int, number: int) -> None:
    facts = [
        job_facts(n, source_key=f"board{n}", company_name=f"Company {n}", company_domain=None, skills=(mention("Salesforce"),))
        for n in range(first, first + number)
    ]
    jobs_publish(facts=facts)


@pytest.fixture
def vocabulary():
    skill_register_name(skill=Skill.objects.create(name="Salesforce", kind="tool", category="crm"))


def curate() -> None:
    """A row in each of the tables that curators, users and counting fill."""
    UnknownTerm.objects.create(form="Framzo", folded="framzo", examples=[{"job_id": 1, "before": "with ", "form": "Framzo", "after": ""}])
    job_correct(job=Job.objects.order_by("id")[0], field="role_title", value="Seller", by="ada")
    saved_search_create(user=User.objects.create_user("bo"), name="All", subject="jobs", query=QueryDict())
    places_count_jobs()
    signal = {"reason": "surge", "headline": "9 jobs posted", "at": NOW, "start": "certain", "job_function": "sales"}
    CompanySignal.objects.create(company=Company.objects.first(), job=Job.objects.first(), **signal)
    ChangeReader.objects.create(name="signals", changed_at=NOW)
    DroppedSkill.objects.create(company=Company.objects.first(), skill=Skill.objects.get(), seen_at=NOW)


@pytest.mark.parametrize("name", MODELS)
def test_list_search_and_form_open_without_a_query_for_each_row(admin_client, vocabulary, name):
    model = apps.get_model("catalog", name)
    assert model in admin.site._registry
    add_jobs(0, 2)
    curate()
    address = reverse(f"admin:catalog_{name}_changelist")
    admin_client.get(address)
    counts = []
    for first in (100, 200):
        with CaptureQueriesContext(connection) as queries:
            assert admin_client.get(address).status_code == 200
        counts.append(len(queries))
        add_jobs(first, 12)
    assert counts[0] == counts[1]
    assert admin_client.get(address, {"q": "acme"}).status_code == 200
    row = model._base_manager.first()
    assert admin_client.get(reverse(f"admin:catalog_{name}_change", args=[row.pk])).status_code == 200


def test_jobs_are_filtered_and_not_edited(admin_client, vocabulary):
    add_jobs(0, 2)
    page = admin_client.get(reverse("admin:catalog_job_changelist"), {"state__exact": "closed"})
    assert list(page.context["cl"].result_list) == []
    job = Job.objects.first()
    admin_client.post(reverse("admin:catalog_job_change", args=[job.pk]), {"title": "changed"})
    job.refresh_from_db()
    assert job.title == "Account Executive"
    assert "Salesforce" in admin_client.get(reverse("admin:catalog_job_change", args=[job.pk])).content.decode()


@pytest.fixture
def named(vocabulary):
    jobs_publish(
        facts=[
            job_facts(1, title="Data Engineer", company_name="Acme", company_domain=None, source_key="acme-careers"),
            job_facts(2, title="Sales Engineer", company_name="Bolt Data", company_domain=None, source_key="bolt"),
            job_facts(3, title="Nurse", company_name="Cargo", company_domain=None, source_key="cargo", source_job_id="9f3-a"),
        ]
    )


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("engineer", {1, 2}),
        ("DATA engineer", {1, 2}),
        ('"data" acme', {1}),
        ("acme-care", {1}),
        ("9f3-a", {3}),
        ("9f3", set()),
        ("%", set()),
        ("", {1, 2, 3}),
    ],
)
def test_jobs_are_found_by_title_company_board_and_the_ids_of_the_ats(admin_client, named, typed, found):
    page = admin_client.get(reverse("admin:catalog_job_changelist"), {"q": typed})
    assert {job.posting_id for job in page.context["cl"].result_list} == found


def test_of_too_many_companies_those_with_all_words_and_with_most_jobs_are_looked_at(monkeypatch, vocabulary):
    monkeypatch.setattr(admin_search, "MOST_COMPANIES", 1)
    names = ("Bolt Energy", "Bolt Data", "Bolt Data Labs", "Core Labs")
    jobs_publish(
        facts=[job_facts(n, title="Nurse", source_key=f"b{n}", company_name=name, company_domain=None) for n, name in enumerate(names)]
    )
    Company.objects.filter(name="Bolt Data").update(job_count=7)
    found = {typed: [job.company_name for job in admin_search.jobs_named(Job.objects.all(), typed)] for typed in ("bolt", "labs bolt")}
    assert found == {"bolt": ["Bolt Data"], "labs bolt": ["Bolt Data Labs"]}


def test_an_id_with_digits_is_looked_up_before_words_are_compared(named):
    with CaptureQueriesContext(connection) as queries:
        found = list(admin_search.jobs_named(Job.objects.all(), "9f3-a"))
    assert [job.posting_id for job in found] == [3]
    assert not [query for query in queries if "LIKE" in query["sql"]]
    nurse = Job.objects.get(posting_id=1)
    Job.objects.filter(pk=nurse.pk).update(title="Nurse 9f4")
    assert list(admin_search.jobs_named(Job.objects.all(), "9F4")) == [nurse]


def test_jobs_and_what_belongs_to_them_are_found_by_id(admin_client, named):
    job = Job.objects.get(posting_id=3)
    for name in ("job", "jobcontent"):
        page = admin_client.get(reverse(f"admin:catalog_{name}_changelist"), {"q": job.pk})
        assert [row.pk for row in page.context["cl"].result_list] == [job.pk]
    for typed, rows in (("Nurse", 0), ("9" * 30, 0), (" ", 3)):
        page = admin_client.get(reverse("admin:catalog_jobcontent_changelist"), {"q": typed})
        assert len(page.context["cl"].result_list) == rows


def test_filters_of_jobs_read_no_whole_table_for_their_choices(admin_client, named):
    address = reverse("admin:catalog_job_changelist")
    with CaptureQueriesContext(connection) as queries:
        page = admin_client.get(address, {"tier": "0", "source_type": "greenhouse"})
    assert len(page.context["cl"].result_list) == 3
    assert not [query for query in queries if "DISTINCT" in query["sql"] and "catalog_job" in query["sql"]]
    assert len(admin_client.get(address, {"tier": "x"}).context["cl"].result_list) == 3


@pytest.mark.parametrize("name", ["company", "companyboard", "job", "jobcontent", "jobskill"])
def test_what_publishing_wrote_cannot_be_deleted(admin_client, vocabulary, name):
    add_jobs(0, 2)
    model = apps.get_model("catalog", name)
    row = model._base_manager.first()
    assert admin_client.post(reverse(f"admin:catalog_{name}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
    everything = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
    admin_client.post(reverse(f"admin:catalog_{name}_changelist"), everything)
    assert model._base_manager.count() == 2


def test_a_board_cannot_be_taken_from_a_company_by_deletion(admin_client, vocabulary):
    add_jobs(0, 1)
    company = Company.objects.get()
    board = company.boards.get()
    form = {"name": "Renamed", "domain": "", "boards-TOTAL_FORMS": "1", "boards-INITIAL_FORMS": "1", "boards-0-id": board.pk}
    form |= {"boards-0-company": company.pk, "boards-0-source_type": board.source_type, "boards-0-source_key": board.source_key}
    assert (
        admin_client.post(reverse("admin:catalog_company_change", args=[company.pk]), form | {"boards-0-DELETE": "on"}).status_code == 302
    )
    assert list(Company.objects.values_list("name", "boards")) == [("Renamed", board.pk)]


def test_a_skill_that_jobs_have_is_retired_not_deleted(admin_client, vocabulary):
    add_jobs(0, 1)
    skill = Skill.objects.get()
    address = reverse("admin:catalog_skill_delete", args=[skill.pk])
    assert admin_client.post(address, {"post": "yes"}).status_code == 403
    assert Skill.objects.filter(pk=skill.pk).exists()


def test_a_curator_adds_a_skill_with_its_aliases(admin_client):
    form = {"name": "Clari", "kind": "tool", "category": "revenue", "domain": "clari.com", "is_active": "on", "_save": "Save"}
    form |= {"aliases-TOTAL_FORMS": "1", "aliases-INITIAL_FORMS": "0", "aliases-0-form": "Clari Copilot", "aliases-0-ambiguous": ""}
    assert admin_client.post(reverse("admin:catalog_skill_add"), form).status_code == 302
    assert set(SkillAlias.objects.values_list("folded", "skill__name")) == {("clari", "Clari"), ("clari copilot", "Clari")}


def test_an_alias_that_means_another_skill_is_refused_with_a_message(admin_client, vocabulary):
    form = {"name": "SFDC Tools", "kind": "tool", "category": "crm", "domain": "", "is_active": "on", "_save": "Save"}
    form |= {"aliases-TOTAL_FORMS": "1", "aliases-INITIAL_FORMS": "0", "aliases-0-form": "SALESFORCE"}
    page = admin_client.post(reverse("admin:catalog_skill_add"), form)
    assert page.status_code == 200
    assert "already stands for Salesforce" in page.content.decode()
    assert not Skill.objects.filter(name="SFDC Tools").exists()


def test_large_tables_are_estimated(monkeypatch, vocabulary):
    add_jobs(0, 5)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE catalog_company")
    assert EstimatingPaginator(Company.objects.order_by("id"), 50).count == 5
    monkeypatch.setattr(EstimatingPaginator, "EXACT_BELOW", 3)
    Company.objects.filter(jobs=None).delete()
    add_jobs(50, 1)
    assert EstimatingPaginator(Company.objects.order_by("id"), 50).count == 5
    assert EstimatingPaginator(Company.objects.filter(name="Company 1").order_by("id"), 50).count == 1


def decide(admin_client, **form):
    term = UnknownTerm.objects.get()
    return admin_client.post(reverse("admin:catalog_unknownterm_change", args=[term.pk]), form)


def test_a_curator_accepts_a_term(admin_client, vocabulary):
    UnknownTerm.objects.create(form="framzo", folded="framzo")
    form = {"decision": "accepted", "name": "Framzo", "kind": "tool", "category": "crm"}
    assert decide(admin_client, **form).status_code == 302
    assert Skill.objects.filter(name="Framzo", category="crm").exists()
    assert CurationChange.objects.get().changed_by == "admin"


def test_a_category_is_one_of_those_there_are(admin_client, vocabulary):
    UnknownTerm.objects.create(form="framzo", folded="framzo")
    page = decide(admin_client, decision="accepted", kind="tool", category="Sales Methods").content.decode()
    assert "Select a valid choice" in page
    assert '<option value="crm">CRM</option>' in page


def test_a_term_that_looks_like_a_skill_is_accepted_only_as_another(admin_client, vocabulary):
    skill_register_name(skill=Skill.objects.create(name="SPIN selling", kind="skill", category="sales"))
    UnknownTerm.objects.create(form="SPIN", folded="spin")
    form = {"decision": "accepted", "kind": "skill", "category": "sales"}
    assert "SPIN looks like SPIN selling: merge it" in decide(admin_client, **form).content.decode()
    assert not Skill.objects.filter(name="SPIN").exists()
    assert decide(admin_client, **form, is_another="on").status_code == 302
    assert Skill.objects.filter(name="SPIN").exists()


def test_the_skill_to_merge_into_is_typed(admin_client, vocabulary):
    term = UnknownTerm.objects.create(form="SFDC", folded="sfdc")
    page = admin_client.get(reverse("admin:catalog_unknownterm_change", args=[term.pk])).content.decode()
    assert re.search(r'<select name="target"[^>]*class="admin-autocomplete"', page)
    typed = {"app_label": "catalog", "model_name": "unknownterm", "field_name": "skill", "term": "salesf"}
    assert [found["text"] for found in admin_client.get(reverse("admin:autocomplete"), typed).json()["results"]] == ["Salesforce"]


def test_a_curator_merges_and_rejects_terms(admin_client, vocabulary):
    term = UnknownTerm.objects.create(form="SFDC", folded="sfdc")
    assert decide(admin_client, decision="merged", target=Skill.objects.get().pk).status_code == 302
    assert SkillAlias.objects.get(folded="sfdc").skill.name == "Salesforce"
    term.delete()
    UnknownTerm.objects.create(form="Walmart", folded="walmart")
    chosen = {"action": "reject", "_selected_action": [UnknownTerm.objects.get().pk]}
    admin_client.post(reverse("admin:catalog_unknownterm_changelist"), chosen)
    assert UnknownTerm.objects.get().verdict == "rejected"


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({"decision": "accepted"}, "choose its kind and its category"),
        ({"decision": "merged"}, "choose the skill that it means"),
        ({"decision": "accepted", "name": "Salesforce", "kind": "tool", "category": "crm"}, "already stands for Salesforce"),
    ],
)
def test_a_verdict_that_cannot_be_says_why(admin_client, vocabulary, form, message):
    UnknownTerm.objects.create(form="SFDC", folded="sfdc")
    assert message in decide(admin_client, **form).content.decode()
    assert UnknownTerm.objects.get().verdict == "open"


def test_a_curator_corrects_a_job_and_takes_it_back(admin_client, vocabulary):
    add_jobs(0, 1)
    form = {"job": Job.objects.get().pk, "company": "", "field": "seniority_level", "value": "vp", "reason": "says so"}
    assert admin_client.post(reverse("admin:catalog_fieldcorrection_add"), form).status_code == 302
    assert Job.objects.get().seniority_level == "vp"
    correction = FieldCorrection.objects.get()
    assert (correction.corrected_by, correction.reason) == ("admin", "says so")
    admin_client.post(reverse("admin:catalog_fieldcorrection_delete", args=[correction.pk]), {"post": "yes"})
    assert Job.objects.get().seniority_level == "mid"


def test_a_correction_begun_at_a_fact_is_filled_in(admin_client, vocabulary):
    add_jobs(0, 2)
    job = Job.objects.order_by("id")[1]
    page = admin_client.get(reverse("admin:catalog_fieldcorrection_add"), {"job": job.pk, "field": "seniority_level"}).content.decode()
    assert f'<option value="{job.pk}" selected>Account Executive at Company 1 (New York, NY, 2026-08-01, id {job.pk})</option>' in page
    assert '<option value="seniority_level" selected>' in page
    assert '<option value="mid" selected>Mid</option>' in page
    company = {"company": job.company_id, "field": "name"}
    assert ">\nCompany 1</textarea>" in admin_client.get(reverse("admin:catalog_fieldcorrection_add"), company).content.decode()
    for nothing in ("none", "9" * 5_000):
        of_nothing = {"job": nothing, "company": nothing, "field": "salary_min_usd"}
        assert admin_client.get(reverse("admin:catalog_fieldcorrection_add"), of_nothing).status_code == 200


def test_a_job_is_told_from_its_like_in_the_picker_and_found_by_id(admin_client, vocabulary):
    add_jobs(0, 2)
    first = Job.objects.order_by("id")[0]
    of_field = {"app_label": "catalog", "model_name": "fieldcorrection", "field_name": "job"}
    found = admin_client.get(reverse("admin:autocomplete"), of_field | {"term": str(first.pk)}).json()["results"]
    assert found == [{"id": str(first.pk), "text": f"Account Executive at Company 0 (New York, NY, 2026-08-01, id {first.pk})"}]


def test_a_job_of_the_admin_leads_to_its_page_and_to_a_correction(admin_client, vocabulary):
    add_jobs(0, 1)
    job = Job.objects.get()
    page = admin_client.get(reverse("admin:catalog_job_change", args=[job.pk])).content.decode()
    assert "View on site" in page
    assert f"{reverse('admin:catalog_fieldcorrection_add')}?job={job.pk}" in page
    assert job.get_absolute_url() == f"/jobs/{job.pk}"


def test_who_may_only_look_at_jobs_is_not_led_to_a_correction(client, vocabulary):
    add_jobs(0, 1)
    user = User.objects.create_user("bo", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_job"))
    client.force_login(user)
    page = client.get(reverse("admin:catalog_job_change", args=[Job.objects.get().pk]))
    assert page.status_code == 200
    assert reverse("admin:catalog_fieldcorrection_add") not in page.content.decode()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"value": "boss"}, "is not one of intern, junior, mid,"),
        ({"job": ""}, "one job or one company"),
        ({"field": "name"}, "cannot be corrected"),
    ],
)
def test_a_correction_that_cannot_be_says_why(admin_client, vocabulary, change, message):
    add_jobs(0, 1)
    form = {"job": Job.objects.get().pk, "company": "", "field": "seniority_level", "value": "vp", "reason": ""} | change
    assert message in admin_client.post(reverse("admin:catalog_fieldcorrection_add"), form).content.decode()
    assert not FieldCorrection.objects.exists()


def test_a_company_renamed_in_the_admin_keeps_its_name(admin_client, vocabulary):
    add_jobs(0, 1)
    company = Company.objects.get()
    form = {"name": "Renamed", "domain": "", "boards-TOTAL_FORMS": "0", "boards-INITIAL_FORMS": "0"}
    assert admin_client.post(reverse("admin:catalog_company_change", args=[company.pk]), form).status_code == 302
    assert (Company.objects.get().name, Job.objects.get().company_name) == ("Renamed", "Renamed")
    assert FieldCorrection.objects.get().value == "Renamed"


def test_skills_are_merged_and_switched_off_in_the_list(admin_client, vocabulary):
    other = Skill.objects.create(name="SFDC", kind="tool", category="crm")
    skill_register_name(skill=other)
    Skill.objects.filter(name="Salesforce").update(job_count=5)
    both = {"_selected_action": list(Skill.objects.values_list("pk", flat=True))}
    admin_client.post(reverse("admin:catalog_skill_changelist"), both | {"action": "merge_into_most_frequent"})
    assert set(SkillAlias.objects.values_list("form", "skill__name")) == {("Salesforce", "Salesforce"), ("SFDC", "Salesforce")}
    admin_client.post(reverse("admin:catalog_skill_changelist"), both | {"action": "switch_off"})
    assert not Skill.objects.active().exists()
    assert set(CurationChange.objects.values_list("action", flat=True)) == {"merge", "switch off"}
