"""The two files that browsers and crawlers ask every site for, whatever its pages say."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.views.decorators.http import require_safe

# Pages may be indexed; what is for staff or for programs is of no use to anybody who searches.
_ROBOTS = """User-agent: *
Disallow: /admin/
Disallow: /django-rq/
Disallow: /api/
"""


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    return HttpResponse(_ROBOTS, content_type="text/plain")


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """To the mark; pages without a `link rel=icon` (errors of the server, JSON) get it so as well."""
    return redirect(static("mark.svg"))
