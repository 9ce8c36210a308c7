"""Every model's pages in the admin open, search and filter, with a number of queries that does not grow with the rows."""

from __future__ import annotations

import re

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.forms import modelform_factory
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog import admin_search
from catalog.admin import CompanyAdmin, EstimatingPaginator
from catalog.curation.correction_form import CorrectionForm
from catalog.curation.verdict_form import VerdictForm
from catalog.curation_admin import FieldCorrectionAdmin, UnknownTermAdmin
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
from catalog.services import (
    company_correct,
    job_correct,
    jobs_publish,
    places_count_jobs,
    saved_search_create,
    skill_register_name,
    term_accept,
)
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


@pytest.mark.parametrize("change", [{"boards-0-DELETE": "on"}, {"boards-0-source_key": "other"}, {"boards-1-source_key": "other"}])
def test_boards_stay_with_the_company_that_publishes_on_them(admin_client, vocabulary, change):
    add_jobs(0, 1)
    company = Company.objects.get()
    board = company.boards.get()
    form = {"name": "Renamed", "domain": "", "boards-TOTAL_FORMS": "2", "boards-INITIAL_FORMS": "1", "boards-0-id": board.pk}
    form |= {f"boards-{n}-{name}": getattr(board, name) for n in (0, 1) for name in ("source_type", "source_key")}
    form |= {"boards-0-company": company.pk, "boards-1-company": company.pk}
    assert admin_client.post(reverse("admin:catalog_company_change", args=[company.pk]), form | change).status_code == 302
    assert list(Company.objects.values_list("name", "boards", "boards__source_key")) == [("Renamed", board.pk, board.source_key)]
    other = Company.objects.create(name="Other")
    elsewhere = {"source_type": board.source_type, "source_key": board.source_key, "company": other.pk}
    assert admin_client.post(reverse("admin:catalog_companyboard_change", args=[board.pk]), elsewhere).status_code == 403


def test_a_skill_is_switched_off_not_deleted(admin_client, vocabulary):
    """Also one that no job has: the next import would bring it back."""
    skill = Skill.objects.get()
    address = reverse("admin:catalog_skill_delete", args=[skill.pk])
    assert admin_client.post(address, {"post": "yes"}).status_code == 403
    assert "not deleted but switched off" in admin_client.get(reverse("admin:catalog_skill_change", args=[skill.pk])).content.decode()


@pytest.mark.parametrize(("page", "keyed"), [("add", False), ("change", True), ("delete", True)])
def test_ways_to_write_a_skill_are_changed_on_its_page_alone(admin_client, vocabulary, page, keyed):
    alias = SkillAlias.objects.get()
    form = {"form": "SFDC", "skill": alias.skill_id, "post": "yes"}
    assert admin_client.post(reverse(f"admin:catalog_skillalias_{page}", args=[alias.pk] * keyed), form).status_code == 403


def test_a_way_to_write_a_skill_that_is_taken_away_on_its_page_is_logged(admin_client, vocabulary):
    skill = Skill.objects.get()
    alias = SkillAlias.objects.create(skill=skill, form="SFDC", folded="sfdc")
    form = {"name": skill.name, "kind": "tool", "category": "crm", "domain": "", "is_active": "on"}
    form |= {"aliases-TOTAL_FORMS": "1", "aliases-INITIAL_FORMS": "1", "aliases-0-id": alias.pk, "aliases-0-skill": skill.pk}
    form |= {"aliases-0-form": "SFDC", "aliases-0-DELETE": "on"}
    assert admin_client.post(reverse("admin:catalog_skill_change", args=[skill.pk]), form).status_code == 302
    logged = CurationChange.objects.get()
    assert (logged.before["forms"], logged.after["forms"]) == (["Salesforce", "SFDC"], ["Salesforce"])
    assert Skill.objects.get().is_curated


def test_a_saved_search_is_its_users_to_rename(admin_client, vocabulary):
    made = saved_search_create(user=User.objects.create_user("bo"), name="All", subject="jobs", query=QueryDict())
    assert admin_client.post(reverse("admin:catalog_savedsearch_change", args=[made.pk]), {"name": "Mine"}).status_code == 403


def test_no_company_is_made_by_hand(admin_client):
    assert admin_client.post(reverse("admin:catalog_company_add"), {"name": "Acme"}).status_code == 403


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
        ({"field": "salary_min_usd", "value": "-1"}, "below 0"),
        ({"field": "name"}, "cannot be corrected"),
    ],
)
def test_a_correction_that_cannot_be_says_why(admin_client, vocabulary, change, message):
    add_jobs(0, 1)
    form = {"job": Job.objects.get().pk, "company": "", "field": "seniority_level", "value": "vp", "reason": ""} | change
    page = admin_client.post(reverse("admin:catalog_fieldcorrection_add"), form).content.decode()
    assert message in page
    assert page.count('class="errorlist') == 1, "one reason, not the database's beside ours"
    assert not FieldCorrection.objects.exists()


@pytest.fixture
def faster(monkeypatch):
    """Lets another curator's work come between what a page's form has checked and what it writes."""

    def between(page, work):
        save = page.save_model

        def save_after(*args):
            work()
            save(*args)

        monkeypatch.setattr(page, "save_model", save_after)

    return between


@pytest.mark.parametrize(
    ("decision", "message"),
    [("accepted", "already stands for"), ("merged", "already stands for"), ("rejected", "Framzo is in the vocabulary")],
)
def test_two_verdicts_on_one_term_at_once(admin_client, vocabulary, faster, decision, message):
    term = UnknownTerm.objects.create(form="Framzo", folded="framzo")
    by_other = UnknownTerm.objects.get()
    faster(UnknownTermAdmin, lambda: term_accept(term=by_other, kind="tool", category="crm", by="bob"))
    target = Skill.objects.get(name="Salesforce").pk
    page = decide(admin_client, decision=decision, kind="tool", category="crm", target=target)
    assert page.status_code == 302
    assert page["Location"] == reverse("admin:catalog_unknownterm_change", args=[term.pk])
    assert message in admin_client.get(page["Location"]).content.decode()


def test_a_rejection_is_taken_back_only_on_purpose(admin_client, vocabulary):
    """Not by a form that was opened before another curator rejected, and saved without a decision."""
    UnknownTerm.objects.create(form="Framzo", folded="framzo", verdict="rejected")
    for decision, verdict in (("", "rejected"), ("open", "open")):
        assert decide(admin_client, decision=decision).status_code == 302
        assert UnknownTerm.objects.get().verdict == verdict


def test_a_verdict_on_a_term_that_has_left_the_queue(admin_client, vocabulary, faster):
    UnknownTerm.objects.create(form="Framzo", folded="framzo")
    faster(UnknownTermAdmin, lambda: UnknownTerm.objects.all().delete())
    page = decide(admin_client, decision="rejected")
    assert "Framzo is no longer in the queue" in admin_client.get(page["Location"]).content.decode()


def test_two_corrections_that_do_not_go_together_at_once(admin_client, vocabulary, faster):
    add_jobs(0, 1)
    job = Job.objects.get()
    faster(FieldCorrectionAdmin, lambda: job_correct(job=job, field="salary_max_usd", value=110_000, by="bob"))
    form = {"job": job.pk, "company": "", "field": "salary_min_usd", "value": "120000", "reason": ""}
    page = admin_client.post(reverse("admin:catalog_fieldcorrection_add"), form)
    assert "the least pay would be 120,000 and the most 110,000" in admin_client.get(page["Location"]).content.decode()
    assert not FieldCorrection.objects.filter(field="salary_min_usd").exists()


def test_one_domain_given_to_two_companies_at_once(admin_client, vocabulary, faster):
    add_jobs(0, 1)
    company = Company.objects.get()
    faster(CompanyAdmin, lambda: Company.objects.create(name="Other", domain="other.example"))
    form = {"name": company.name, "domain": "other.example", "boards-TOTAL_FORMS": "0", "boards-INITIAL_FORMS": "0"}
    page = admin_client.post(reverse("admin:catalog_company_change", args=[company.pk]), form)
    assert "Another company has the domain" in admin_client.get(page["Location"]).content.decode()
    assert not Company.objects.exclude(domain=None).exists()


def test_a_domain_that_another_company_has_now_does_not_come_back(admin_client, vocabulary):
    company = Company.objects.create(name="Acme", domain="acme.example")
    correction = company_correct(company=company, field="domain", value="acme.dev", by="ada")
    Company.objects.create(name="Other", domain="acme.example")
    page = admin_client.post(reverse("admin:catalog_fieldcorrection_delete", args=[correction.pk]), {"post": "yes"})
    assert "Another company has the domain" in admin_client.get(page["Location"]).content.decode()
    chosen = {"action": "delete_selected", "_selected_action": [correction.pk], "post": "yes"}
    assert admin_client.post(reverse("admin:catalog_fieldcorrection_changelist"), chosen).status_code == 302
    assert FieldCorrection.objects.get() == correction


def test_checking_a_form_writes_nothing(vocabulary):
    add_jobs(0, 1)
    term = UnknownTerm.objects.create(form="Framzo", folded="framzo")
    correction = {"job": Job.objects.get().pk, "field": "seniority_level", "value": "vp"}
    forms = [
        modelform_factory(FieldCorrection, form=CorrectionForm)(correction),
        modelform_factory(UnknownTerm, form=VerdictForm, fields=())({"decision": "rejected"}, instance=term),
    ]
    with CaptureQueriesContext(connection) as queries:
        assert [form.is_valid() for form in forms] == [True, True]
    assert not {"INSERT", "UPDATE", "DELETE"} & {query["sql"].split()[0] for query in queries}


def test_a_second_correction_of_a_field_takes_the_place_of_the_first(admin_client, vocabulary):
    add_jobs(0, 1)
    form = {"job": Job.objects.get().pk, "company": "", "field": "seniority_level", "reason": ""}
    for value in ("vp", "cxo"):
        assert admin_client.post(reverse("admin:catalog_fieldcorrection_add"), form | {"value": value}).status_code == 302
    assert (FieldCorrection.objects.get().value, Job.objects.get().seniority_level) == ("cxo", "cxo")
    assert LogEntry.objects.latest("pk").object_id == str(FieldCorrection.objects.get().pk)


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
