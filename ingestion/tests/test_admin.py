from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from ingestion.admin_filters import RecentValuesFilter
from ingestion.models import DeadLetter, OutboundRequest, PostingSeen, PostingVersion, RawPosting, Run, Source
from ingestion.services import run_create
from ingestion.services.raw import raw_objects_delete
from ingestion.tests.factories import MOMENT, greenhouse_body, greenhouse_job, make_source, store_body

pytestmark = pytest.mark.django_db
MODELS = list(apps.get_app_config("ingestion").get_models())


@pytest.fixture
def admin_user() -> Any:
    """Without a password: hashing one takes longer than the test."""
    return get_user_model().objects.create(username="operator", is_staff=True, is_superuser=True)


@pytest.fixture
def admin_client(client: Any, admin_user: Any) -> Any:
    client.force_login(admin_user)
    return client


def act(admin_client: Any, model: type[Any], action: str) -> None:
    ids = [str(pk) for pk in model.objects.values_list("pk", flat=True)]
    response = admin_client.post(
        reverse(f"admin:ingestion_{model._meta.model_name}_changelist"), {"action": action, "_selected_action": ids}
    )
    assert response.status_code == 302


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_model_has_a_page_that_lists_and_searches(admin_client: Any, raw_folder: Any, model: type[Any]):
    source = make_source()
    store_body(source, greenhouse_body(greenhouse_job(1), None))
    run_create(kind="fetch")
    response = admin_client.get(reverse(f"admin:ingestion_{model._meta.model_name}_changelist"), {"q": "acme"})
    assert response.status_code == 200


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_rows_come_from_services_only(rf: RequestFactory, admin_user: Any, model: type[Any]):
    request = rf.get("/")
    request.user = admin_user
    page = admin.site._registry[model]
    assert not page.has_add_permission(request)
    assert not page.has_change_permission(request)
    assert not page.has_delete_permission(request)
    assert page.has_view_permission(request)
    assert set(page.get_readonly_fields(request)) >= {field.name for field in model._meta.fields}


def test_a_row_is_shown_without_a_way_to_save_it(admin_client: Any, raw_folder: Any):
    source = make_source()
    store_body(source, greenhouse_body(greenhouse_job(1)))
    for model, key in ((Source, source.pk), (PostingSeen, PostingSeen.objects.get().pk)):
        address = reverse(f"admin:ingestion_{model._meta.model_name}_change", args=[key])
        assert 'name="_save"' not in admin_client.get(address).content.decode()
        assert admin_client.post(address, {}).status_code == 403


def test_sources_are_paused_resumed_and_checked(admin_client: Any):
    make_source(state="gone")
    act(admin_client, Source, "pause")
    assert Source.objects.get().state == "paused"
    act(admin_client, Source, "resume")
    before = Source.objects.get().next_check_at
    act(admin_client, Source, "check_now")
    assert Source.objects.get().next_check_at > before


def test_runs_are_moved_and_refusals_are_said(admin_client: Any):
    run_create(kind="fetch")
    act(admin_client, Run, "pause")
    assert Run.objects.get().state == "paused"
    act(admin_client, Run, "pause")
    page = admin_client.get(reverse("admin:ingestion_run_changelist"))
    assert "a run that is paused cannot be paused" in page.content.decode()


@pytest.mark.parametrize(("action", "resolution"), [("retry", "retried"), ("prune", "pruned")])
def test_dead_letters_are_resolved(admin_client: Any, action: str, resolution: str):
    DeadLetter.objects.create(source=make_source(), kind="busy", message="503", attempts=6)
    act(admin_client, DeadLetter, action)
    assert DeadLetter.objects.get().resolution == resolution


def test_a_posting_shows_what_changed_in_it(admin_client: Any, raw_folder: Any):
    source = make_source()
    store_body(source, greenhouse_body(greenhouse_job(1)))
    store_body(source, greenhouse_body(greenhouse_job(1, title="Lead <b>")), MOMENT + timedelta(days=1))
    response = admin_client.get(reverse("admin:ingestion_rawposting_change", args=[RawPosting.objects.get().pk]))
    assert "<td>/title</td><td>Engineer 1</td><td>Lead &lt;b&gt;</td>" in response.content.decode()


def test_a_retry_tells_of_paused_boards(admin_client: Any):
    DeadLetter.objects.create(source=make_source(state="paused"), kind="busy", message="503", attempts=6)
    act(admin_client, DeadLetter, "retry")
    assert "1 dead letters go on waiting" in admin_client.get(reverse("admin:ingestion_deadletter_changelist")).content.decode()


def test_a_retry_reads_again_what_the_run_gave_up(admin_client: Any):
    run = run_create(kind="fetch")
    DeadLetter.objects.create(source=make_source(), kind="busy", message="503", attempts=6, run_id=run.pk)
    Run.objects.update(state="done")
    act(admin_client, Run, "retry")
    assert (Run.objects.get().state, DeadLetter.objects.get().resolution) == ("running", "retried")
    assert Run.objects.get().events.latest("pk").by == "operator"


def test_the_list_of_runs_starts_one_and_each_leads_to_its_page(admin_client: Any):
    run = run_create(kind="fetch")
    assert reverse("run-start") in admin_client.get(reverse("admin:ingestion_run_changelist")).content.decode()
    page = admin_client.get(reverse("admin:ingestion_run_change", args=[run.pk])).content.decode()
    assert reverse("ingestion:run", args=[run.pk]) in page


def test_a_version_whose_raw_object_has_no_row_is_shown(admin_client: Any, raw_folder: Any):
    source = make_source()
    for day, title in enumerate(("Engineer", "Lead")):
        store_body(source, greenhouse_body(greenhouse_job(1, title=title)), MOMENT + timedelta(days=day))
    raw_objects_delete([PostingVersion.objects.get().raw_object_id])
    page = admin_client.get(reverse("admin:ingestion_postingversion_changelist")).content.decode()
    assert "1 posting version" in page
    assert reverse("admin:ingestion_postingversion_change", args=[PostingVersion.objects.get().pk]) in page


def test_the_ledgers_filters_read_the_newest_rows_only(admin_client: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(RecentValuesFilter, "NEWEST", 2)
    for host, status in (("old.example:443", 404), ("a.example:443", 200), ("b.example:443", None)):
        OutboundRequest.objects.create(host=host, purpose="list", url="https://x", status=status)
    with CaptureQueriesContext(connection) as queries:
        page = admin_client.get(reverse("admin:ingestion_outboundrequest_changelist")).content.decode()
    assert [query["sql"] for query in queries if "DISTINCT" in query["sql"]] == []
    assert "?host=a.example" in page
    assert "?status__isnull=True" in page
    assert "?host=old.example" not in page
    found = admin_client.get(reverse("admin:ingestion_outboundrequest_changelist"), {"host": "old.example:443"})
    assert "1 outbound request" in found.content.decode()
