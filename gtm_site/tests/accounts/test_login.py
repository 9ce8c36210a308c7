"""Logging in: guessing is stopped, on both pages, and nobody else is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client, override_settings
from redis import ConnectionError as RedisConnectionError

from gtm_site.accounts.login import OF_ACCOUNT, OF_ADDRESS

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _people(settings: Any) -> Iterator[None]:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # a hundred logins in no time
    cache.clear()
    for name in ("ann", "bob"):
        User.objects.create_user(name, password="right", is_staff=True)
    yield
    cache.clear()


def log_in(name: str = "ann", password: str = "wrong", *, address: str = "192.0.2.1", path: str = "/login", **extra: Any) -> Any:
    return Client().post(path, {"username": name, "password": password, "next": "/saved"}, REMOTE_ADDR=address, **extra)


@pytest.mark.parametrize("path", ["/login", "/admin/login/"])
def test_after_some_wrong_passwords_the_right_one_has_to_wait(path: str) -> None:
    for _ in range(OF_ACCOUNT):
        assert log_in(path=path).status_code == 200
    refused = log_in(password="right", path=path)
    assert (refused.status_code, refused["Retry-After"]) == (429, "900")
    assert "Wait 15 minutes" in refused.content.decode()
    assert log_in("ANN ", password="right", path=path).status_code == 429


def test_nobody_else_waits() -> None:
    for _ in range(OF_ACCOUNT):
        log_in()
    assert log_in(password="right", address="192.0.2.2").status_code == 302
    assert log_in("bob", password="right").status_code == 302


@pytest.mark.parametrize(
    ("address", "status"),
    [("2001:db8:1:2:ffff::9", 429), ("2001:db8:1:3::1", 302), ("::ffff:192.0.2.7", 302), ("::1", 302)],
)
def test_a_network_of_ipv6_is_one_address(address: str, status: int) -> None:
    for number in range(OF_ACCOUNT):
        log_in(address=f"2001:db8:1:2::{number}")
    assert log_in(password="right", address=address).status_code == status


def test_addresses_of_ipv4_stay_apart_also_within_ipv6() -> None:
    for _ in range(OF_ACCOUNT):
        log_in(address="::ffff:192.0.2.1")
    assert log_in(password="right", address="192.0.2.1").status_code == 429
    assert log_in(password="right", address="::ffff:192.0.2.2").status_code == 302


def test_other_ways_to_write_a_name_are_the_same_account() -> None:
    for name in ("ann", "\uff21nn", "\u1d43nn", " ANN"):
        for _ in range(OF_ACCOUNT // 4):
            assert log_in(name).status_code == 200
    assert log_in(password="right").status_code == 429


def test_every_counter_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """The window of the counter that was there ends between the look for it and the counting."""
    monkeypatch.setattr(cache, "add", lambda key, value, timeout: cache.set(key, value, timeout=None))
    log_in()
    client = cache._cache.get_client()  # type: ignore[attr-defined]
    ends = [client.ttl(key) for key in client.scan_iter("*login:*")]
    assert len(ends) == 2
    assert all(0 < seconds <= 900 for seconds in ends)


def test_a_right_password_begins_anew() -> None:
    for _ in range(2):
        for _ in range(OF_ACCOUNT - 1):
            log_in()
        assert log_in(password="right")["Location"] == "/saved"


def test_an_address_that_tries_many_names_is_stopped() -> None:
    for number in range(OF_ADDRESS):
        assert log_in(f"user{number}").status_code == 200
    assert log_in("bob", password="right").status_code == 429


def test_behind_a_proxy_the_address_is_the_one_that_the_proxy_wrote(settings: Any) -> None:
    for made_up in range(OF_ACCOUNT):
        log_in(headers={"X-Forwarded-For": f"198.51.100.{made_up}"})
    assert log_in(password="right", headers={"X-Forwarded-For": "198.51.100.9"}).status_code == 429, "anybody may write the header"
    settings.BEHIND_PROXY = True
    assert log_in(password="right", headers={"X-Forwarded-For": "192.0.2.1, 198.51.100.9"}).status_code == 302


def test_odd_names_are_only_wrong() -> None:
    for name in ("", "\0", "x" * 10_000, "ä" * 200):
        assert log_in(name).status_code == 200


def test_without_redis_people_still_log_in(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*args: Any, **kwargs: Any) -> None:
        raise RedisConnectionError("away")

    monkeypatch.setattr("redis.Redis.evalsha", away)
    nowhere = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}}
    with override_settings(CACHES=nowhere):
        assert log_in().status_code == 200
        assert log_in(password="right").status_code == 302


def test_the_admin_says_that_it_is_for_staff() -> None:
    client = Client()
    client.force_login(User.objects.create_user("carl"))
    page = client.get("/admin/", follow=True).content.decode()
    assert "logged in as carl, who may not see that page: it is for staff" in page
    assert "people with an account" not in page
    assert "That page is for staff" in Client().get("/admin/", follow=True).content.decode()
    assert "people with an account" in Client().get("/saved", follow=True).content.decode()
