"""The page of a user's own API token."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from time import monotonic, sleep

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from rest_framework.authtoken.models import Token

from catalog.tests.beside import uncommitted
from gtm_site.accounts.account import token_renew

pytestmark = pytest.mark.django_db


def test_a_user_makes_and_renews_a_token():
    ann = User.objects.create_user("ann")
    client = Client()
    assert client.get("/account/token").headers["Location"].startswith("/login")
    client.force_login(ann)
    assert "no token yet" in client.get("/account/token").content.decode()
    keys = [re.search(r"<code>([0-9a-f]{40})</code>", client.post("/account/token").content.decode())[1] for _ in range(2)]
    assert keys[0] != keys[1] == Token.objects.get(user=ann).key
    assert [_status(key) for key in keys] == [401, 200]
    again = client.get("/account/token").content.decode()
    assert keys[1] not in again
    assert keys[1][-4:] in again


def test_nobody_renews_a_token_from_another_site():
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.create_user("ann"))
    assert client.post("/account/token").status_code == 403
    assert not Token.objects.exists()


def _status(key):
    return Client(headers={"Authorization": f"Token {key}"}).get("/api/v1/jobs").status_code


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("had_one", [False, True])
def test_who_renews_twice_at_once_has_the_second_token(had_one):
    ann = User.objects.create_user("ann")
    if had_one:
        Token.objects.create(user=ann)
    with ThreadPoolExecutor(1) as beside:
        with uncommitted(lambda: token_renew(user_id=ann.pk)):
            second = beside.submit(_posted, ann)
            _await_one_that_waits()
        answer = second.result(60)
    assert answer.status_code == 200
    assert Token.objects.get(user=ann).key in answer.content.decode()


def _posted(user):
    client = Client(raise_request_exception=False)
    client.force_login(user)
    try:
        return client.post("/account/token")
    finally:
        connection.close()


def _await_one_that_waits():
    """Until another connection to this database waits for a lock."""
    deadline = monotonic() + 20
    with connection.cursor() as cursor:
        while monotonic() < deadline:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
            if cursor.fetchone()[0]:
                return
            sleep(0.02)
    pytest.fail("the second renewal never waited for the first")
