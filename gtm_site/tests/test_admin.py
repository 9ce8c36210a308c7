"""Nobody does more in the admin than the permissions say: every model, every action, every address of it."""

from __future__ import annotations

from functools import wraps
from typing import Any
from uuid import UUID

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.db.models import UUIDField
from django.test import Client, RequestFactory
from django.urls import URLPattern, reverse

pytestmark = pytest.mark.django_db
PAGES = {model._meta.label_lower: page for model, page in admin.site._registry.items()}
ACTIONS = [(label, name) for label, page in sorted(PAGES.items()) for _, name, _ in page._get_base_actions()]
OWN_ACTIONS = [(label, name) for label, name in ACTIONS if name != "delete_selected"]
OURS = sorted(label for label in PAGES if label.partition(".")[0] in ("catalog", "extraction", "ingestion"))


def staff(label: str, *verbs: str) -> User:
    """A user with “staff status” and these permissions for one model."""
    app, _, model = label.partition(".")
    user = User.objects.create(username="staff", is_staff=True)
    codenames = [f"{verb}_{model}" for verb in verbs]
    user.user_permissions.set(Permission.objects.filter(content_type__app_label=app, codename__in=codenames))
    return user


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def address(label: str, page: str, *args: object) -> str:
    return reverse(f"admin:{label.replace('.', '_')}_{page}", args=args)


def some_key(label: str) -> str:
    """A key that a row could have; actions run for none as well."""
    return str(UUID(int=1)) if isinstance(PAGES[label].model._meta.pk, UUIDField) else "1"


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The actions that ran, instead of doing anything."""
    names: list[str] = []
    for label, name in OWN_ACTIONS:
        page = type(PAGES[label])

        def note(*args: Any, name: str = name) -> None:
            names.append(name)

        monkeypatch.setattr(page, name, wraps(getattr(page, name))(note))
    return names


def run(user: User, label: str, action: str) -> None:
    form = {"action": action, "_selected_action": [some_key(label)]}
    assert client_of(user).post(address(label, "changelist"), form).status_code < 400


def test_actions_are_found() -> None:
    assert {("catalog.skill", "merge_into_most_frequent"), ("ingestion.run", "cancel"), ("catalog.job", "delete_selected")} <= set(ACTIONS)


@pytest.mark.parametrize("label", sorted({label for label, _ in ACTIONS}))
def test_who_may_only_look_is_offered_no_action(rf: RequestFactory, label: str) -> None:
    request = rf.get("/")
    request.user = staff(label, "view")
    assert not PAGES[label].get_actions(request)


@pytest.mark.parametrize(("label", "action"), OWN_ACTIONS)
def test_an_action_runs_for_who_may_change_and_not_for_who_may_look(ran: list[str], label: str, action: str) -> None:
    user = staff(label, "view")
    run(user, label, action)
    assert not ran
    run(staff_too(user, label, "change"), label, action)
    assert ran == [action]


def staff_too(user: User, label: str, verb: str) -> User:
    """The user as of the next request, with one permission more."""
    app, _, model = label.partition(".")
    user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=f"{verb}_{model}"))
    return User.objects.get(pk=user.pk)


@pytest.mark.parametrize("label", OURS)
def test_who_may_only_look_changes_nothing_by_a_form(label: str) -> None:
    client = client_of(staff(label, "view"))
    for page, args in (("add", ()), ("change", (some_key(label),)), ("delete", (some_key(label),))):
        assert client.post(address(label, page, *args), {"post": "yes"}).status_code == 403


def test_the_only_addresses_that_django_does_not_guard_by_model_are_those_of_the_queue_dashboard(client: Client) -> None:
    """These are for staff, as `/django-rq/` is."""
    client.force_login(User.objects.create(username="reader"))
    standard = {"changelist", "add", "history", "delete", "change", "password_change", ""}
    guarded = []
    for label, page in PAGES.items():
        for pattern in page.get_urls():
            name = (pattern.name or "").removeprefix(f"{label.replace('.', '_')}_")
            if name not in standard:
                assert label == "django_rq.dashboard", pattern
                guarded.append(name)
                assert client.get(_filled(pattern)).status_code in (302, 401), pattern
    assert "django_rq_clear" in guarded


def _filled(pattern: URLPattern) -> str:
    """An address of the pattern."""
    names = {name: 0 if "index" in name else "x" for name in pattern.pattern.regex.groupindex}
    return reverse(f"admin:{pattern.name}", kwargs=names)
