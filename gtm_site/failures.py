"""Answers to requests that fail outside of a view: JSON for programs, Django's own pages (templates/404.html ...) for people."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views import defaults

from gtm_site.api.errors import TookTooLong, json_error

_FOR_PROGRAMS = ("/api/v1/", "/health")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if _is_program(request):
        return json_error(request, 400, "bad_request", "The request is not well-formed.")
    return defaults.bad_request(request, exception)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if _is_program(request):
        return json_error(request, 403, "permission_denied", "You may not do this.")
    return defaults.permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if _is_program(request):
        return json_error(request, 404, "not_found", "There is nothing at this path.")
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    if _is_program(request):
        return json_error(request, 500, "server_error", "Something went wrong on our side.")
    return defaults.server_error(request)


def too_slow(request: HttpRequest) -> HttpResponse:
    if _is_program(request):
        return json_error(request, 503, TookTooLong.default_code, TookTooLong.default_detail)
    return render(request, "503.html", status=503)


def _is_program(request: HttpRequest) -> bool:
    return request.path.startswith(_FOR_PROGRAMS)
