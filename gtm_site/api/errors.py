"""The one shape of an API error: `{"request_id", "error": {"code", "message", "hint"}}` (spec P1).

`code` is for programs and never changes its meaning, `message` says what is wrong with this request, `hint` what to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from psycopg.errors import QueryCanceled
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from gtm_site.api.renderers import RequestIdRenderer

TOKEN_HINT = "Send `Authorization: Token KEY`; signed-in users make a key at /account/token, `manage.py token create USER` prints one."  # noqa: S105 - a sentence, not a secret
HINTS: Mapping[str, str] = {
    "not_authenticated": TOKEN_HINT,
    "authentication_failed": TOKEN_HINT,
    "permission_denied": "This needs a user with more rights (a staff user's token or session).",
    "not_found": "Check the id and the path; /api/docs lists every path. Paths have no trailing slash.",
    "method_not_allowed": "The Allow header names the methods of this path.",
    "not_acceptable": "Ask for application/json, or leave the Accept header out.",
    "unsupported_media_type": "Send application/json.",
    "parse_error": "The body must be valid JSON in UTF-8.",
    "conflict": "Read it again: it has changed, or its state does not allow this.",
    "throttled": "Wait for the seconds that the Retry-After header names, then go on.",
    "invalid": "Correct the parameter named in the message; /api/docs lists what it takes.",
    "bad_request": "The request could not be understood; /api/docs shows well-formed ones.",
    "took_too_long": "Ask for less at once: more filters, a smaller limit. The same request may also pass later.",
    "server_error": "It is our fault and it is logged under this request_id. Try again later.",
}


class TookTooLong(exceptions.APIException):
    """PostgreSQL ended a query at `WEB_STATEMENT_TIMEOUT_MS`."""

    status_code = 503
    default_code = "took_too_long"
    default_detail = "The database needed too long for this request."


def took_too_long(error: Exception) -> bool:
    return isinstance(error, OperationalError) and isinstance(error.__cause__, QueryCanceled)


def error_response(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's exception handler: None (a 500 by Django) for what is not the client's fault."""
    error = _as_api_exception(error)
    if not isinstance(error, exceptions.APIException):
        return None
    set_rollback()
    code, message, hint = explained(error)
    return Response(error_body(code, message, hint), status=error.status_code, headers=_headers(error))


def error_body(code: str, message: str, hint: str = "") -> dict[str, Any]:
    return {"error": {"code": code, "message": message, "hint": hint or HINTS.get(code, HINTS["bad_request"])}}


def json_error(request: HttpRequest, status: int, code: str, message: str) -> HttpResponse:
    """The same shape for answers that are given outside of DRF (unknown paths, errors of middleware, crashes)."""
    body = RequestIdRenderer().render(error_body(code, message), renderer_context={"request": request})
    return HttpResponse(body, status=status, content_type=RequestIdRenderer.media_type)


def _as_api_exception(error: Exception) -> Exception:
    if isinstance(error, Http404):
        return exceptions.NotFound(str(error) or None)
    if isinstance(error, DjangoPermissionDenied):
        return exceptions.PermissionDenied()
    return TookTooLong() if took_too_long(error) else error


def explained(error: exceptions.APIException) -> tuple[str, str, str]:
    """Code, message and hint. A ValidationError speaks of its first field; its hint may come with the error."""
    hint = str(getattr(error, "hint", ""))
    if isinstance(error, exceptions.ValidationError):
        return "invalid", _first_message(error.detail), hint
    codes = error.get_codes()
    return (codes if isinstance(codes, str) else error.default_code), _first_message(error.detail), hint


def _first_message(detail: Any, field: str = "") -> str:
    if isinstance(detail, Mapping):
        name, value = next(iter(detail.items()))
        return _first_message(value, field or str(name))
    if isinstance(detail, list):
        return _first_message(detail[0], field) if detail else "The request is not valid."
    return f"{field}: {detail}" if field and field != "non_field_errors" else str(detail)


def _headers(error: exceptions.APIException) -> dict[str, str]:
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = f"{wait:.0f}"
    return headers
