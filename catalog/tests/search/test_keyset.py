"""Cursors that somebody wrote by hand, over the API and as pages."""

from __future__ import annotations

import base64

import orjson
import pytest
from django.contrib.auth.models import User
from django.http import QueryDict
from django.test import Client

from catalog.models import Job
from catalog.search.keyset import cursor_of, cursor_values
from catalog.services import jobs_publish
from catalog.tests.factories import job_facts

pytestmark = pytest.mark.django_db

UNREADABLE = ["2026-01-01T00:00:00", "2026-01-01", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"]
SEARCHES = ["state=open", "q=restaurants", "q=restaurants&sort=newest"]


@pytest.fixture
def visitor():
    jobs_publish(facts=[job_facts(n) for n in range(3)])
    client = Client()
    client.force_login(User.objects.create_user("visitor"))
    return client


def forged(client, search, moment):
    """The address of a second page whose cursor has another moment in place of each of its own."""
    following = client.get(f"/api/v1/jobs?{search}&limit=1").json()["next"]
    address = QueryDict(following.partition("?")[2], mutable=True)
    values = orjson.loads(base64.urlsafe_b64decode(address["cursor"] + "=="))
    written = orjson.dumps([moment if isinstance(value, str) else value for value in values])
    address["cursor"] = base64.urlsafe_b64encode(written).decode()
    return address.urlencode()


@pytest.mark.parametrize("search", SEARCHES)
def test_a_moment_without_its_zone_or_outside_the_calendar_is_refused(visitor, search):
    for moment in UNREADABLE:
        address = forged(visitor, search, moment)
        answer, page = visitor.get(f"/api/v1/jobs?{address}"), visitor.get(f"/?{address}")
        assert (answer.status_code, answer.json()["error"]["message"][:8]) == (400, "cursor: "), moment
        assert (page.status_code, "made for another list" in page.content.decode()) == (200, True), moment


@pytest.mark.parametrize("search", SEARCHES)
def test_a_moment_in_a_zone_farther_than_postgresql_knows_is_read_in_utc(visitor, search):
    address = forged(visitor, search, "2026-01-01T00:00:00+23:59")
    assert visitor.get(f"/api/v1/jobs?{address}").status_code == visitor.get(f"/?{address}").status_code == 200


def test_a_moment_in_another_zone_is_the_same_moment():
    field = Job._meta.get_field("listed_at")
    (moment,) = cursor_values(cursor_of("o", ["2026-01-01T01:00:00+01:00"]), "o", [field])
    assert moment.isoformat() == "2026-01-01T00:00:00+00:00"
