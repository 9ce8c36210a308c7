"""The page of a user's own API token."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client
from rest_framework.authtoken.models import Token

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
