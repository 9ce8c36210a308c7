"""Request ids, the content security policy, and the answer to queries that take too long."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

from gtm_site.api.errors import took_too_long
from gtm_site.failures import too_slow

log = structlog.get_logger(__name__)
GetResponse = Callable[[HttpRequest], HttpResponse]
_ACCEPTED_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_POLICY = "; ".join(
    [
        "default-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)
_QUEUES = "/django-rq/"
# The templates of django-rq have inline scripts, `style` and `onclick` attributes, which no hash allows. Only staff sees
# these pages, and they show what our own tasks wrote; nothing from elsewhere may be loaded here either.
_QUEUES_POLICY = f"{_POLICY}; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'"


class RequestIdMiddleware:
    """Give every request an id (the client's `X-Request-Id` when it is well-formed) and answer with it (spec P2)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        offered = request.headers.get("X-Request-Id", "")
        request_id = offered if _ACCEPTED_ID.fullmatch(offered) else uuid.uuid4().hex
        request.request_id = request_id  # type: ignore[attr-defined]
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            response = self.get_response(request)
        response["X-Request-Id"] = request_id
        return response


class SlowQueryMiddleware:
    """503 for a page whose query ran into `WEB_STATEMENT_TIMEOUT_MS`; the API's error handler does the same for its own."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not took_too_long(exception):
            return None
        log.warning("query_took_too_long", path=request.path)
        return too_slow(request)


class ContentSecurityPolicyMiddleware:
    """Only our own scripts, styles and images run on our pages, the admin's included; inline ones on the queues' alone."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.setdefault("Content-Security-Policy", _QUEUES_POLICY if request.path.startswith(_QUEUES) else _POLICY)
        return response
