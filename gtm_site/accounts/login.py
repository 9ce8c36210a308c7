"""Logging in: like Django's own, but whoever guesses is stopped, on the site's page and on the admin's."""

from __future__ import annotations

import unicodedata
from datetime import timedelta
from hashlib import blake2b
from ipaddress import IPv6Address, ip_address
from typing import Any

import structlog
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from redis import RedisError

from gtm_site.windows import window_count

log = structlog.get_logger(__name__)

# Wrong passwords within WINDOW before one has to wait: of one account from one address, and from one address of any. An account alone
# has no limit: everybody could then lock out anybody.
OF_ACCOUNT = 8
OF_ADDRESS = 50
WINDOW = timedelta(minutes=15)


class ThrottledLoginView(LoginView):
    """Known limit: while Redis is away nothing is counted, as nobody could log in to repair it otherwise; the log tells."""

    template_name = "gtm_site/login.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "is_for_staff": self.request.path.startswith(reverse("admin:index"))}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if _failures(_account_key(request)) >= OF_ACCOUNT or _failures(_address_key(request)) >= OF_ADDRESS:
            return self._refused()
        return super().post(request, *args, **kwargs)

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        for key in (_account_key(self.request), _address_key(self.request)):
            _count(key)
        return super().form_invalid(form)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        _forget(_account_key(self.request))
        return super().form_valid(form)

    def _refused(self) -> HttpResponse:
        """Whether the password was right is not looked at."""
        minutes = int(WINDOW.total_seconds() // 60)
        context = self.get_context_data(form=self.get_form_class()(self.request), refused_minutes=minutes)
        answer = self.render_to_response(context, status=429)
        answer["Retry-After"] = str(int(WINDOW.total_seconds()))
        return answer


def _account_key(request: HttpRequest) -> str:
    # Folded as Django folds it before it looks for the account, and a little more.
    name = unicodedata.normalize("NFKC", request.POST.get("username", "")).strip().casefold()
    return f"login:account:{_digest(name)}:{_digest(_network(request))}"


def _address_key(request: HttpRequest) -> str:
    return f"login:address:{_digest(_network(request))}"


def _network(request: HttpRequest) -> str:
    """The address, of IPv6 the /64 it lies in: whoever has one address of it has all."""
    text = _address(request)
    try:
        address = ip_address(text)
    except ValueError:  # what a proxy writes need not be an address
        return text
    if address.version == 4:
        return str(address)
    return str(address.ipv4_mapped or IPv6Address(int(address) >> 64 << 64))


def _address(request: HttpRequest) -> str:
    """Of the connection, or the one that our own proxy wrote last, as the API's throttles take it."""
    forwarded = request.headers.get("X-Forwarded-For", "") if settings.BEHIND_PROXY else ""
    return forwarded.rpartition(",")[2].strip() or request.META["REMOTE_ADDR"]


def _digest(text: str) -> str:
    """What people type is no part of a key."""
    return blake2b(text.encode(errors="replace"), digest_size=12).hexdigest()


def _failures(key: str) -> int:
    try:
        return int(cache.get(key, 0))
    except RedisError as error:
        log.warning("login_throttle_unavailable", error=str(error))
        return 0


def _count(key: str) -> None:
    try:
        window_count(key, int(WINDOW.total_seconds()))
    except RedisError as error:
        log.warning("login_not_counted", error=str(error))


def _forget(key: str) -> None:
    try:
        cache.delete(key)
    except RedisError as error:
        log.warning("login_throttle_unavailable", error=str(error))
