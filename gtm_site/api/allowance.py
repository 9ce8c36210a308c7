"""What is left of a caller's allowance, in headers of the API's answers."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from gtm_site.api.throttles import Allowance
from gtm_site.middleware import GetResponse


class AllowanceMiddleware:
    """Tell callers of the API in headers what the throttle has counted anyway."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        allowance: Allowance | None = getattr(request, "allowance", None)
        if allowance:
            response["X-RateLimit-Limit"] = str(allowance.limit)
            response["X-RateLimit-Remaining"] = str(allowance.left)
            response["X-RateLimit-Reset"] = str(allowance.resets_at)
        return response
