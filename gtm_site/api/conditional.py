"""ETags of the API's answers: who has an answer already is told so, in a few bytes."""

from __future__ import annotations

from hashlib import sha1

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.http import parse_etags

from gtm_site.api.renderers import RequestIdRenderer
from gtm_site.middleware import GetResponse

_KEPT = ("Cache-Control", "Content-Location", "Expires", "Vary")


class EtagMiddleware:
    """Give every successful JSON answer of the API an ETag, and answer 304 to whoever names it in `If-None-Match`.

    Weak ones, over everything but the request's id, which is another in every answer. The answer is made before it is
    known to be the same: what is saved is the way to the client and the client's own work.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.method not in ("GET", "HEAD") or not _has_etag(request, response):
            return response
        response["ETag"] = etag = _etag(request, response)
        response.setdefault("Cache-Control", "private, no-cache")
        return _not_modified(response) if _named(request, etag) else response


def _has_etag(request: HttpRequest, response: HttpResponse) -> bool:
    is_ours = request.path.startswith("/api/v1/") and response.get("Content-Type") == RequestIdRenderer.media_type
    return is_ours and response.status_code == 200 and not response.streaming


def _etag(request: HttpRequest, response: HttpResponse) -> str:
    request_id = str(getattr(request, "request_id", "")).encode()
    # Views: a list is so long that a copy of it costs as much as its checksum.
    content, begin = memoryview(response.content), response.content.find(request_id)
    head, rest = (content[:begin], content[begin + len(request_id) :]) if begin >= 0 else (b"", content)
    # No secret rides on it: the quickest one that tells answers apart.
    digest = sha1(head, usedforsecurity=False)
    digest.update(rest)
    return f'W/"{digest.hexdigest()}"'


def _named(request: HttpRequest, etag: str) -> bool:
    """Whether `If-None-Match` names it; by RFC 9110 weak and strong ones compare alike here."""
    named = parse_etags(request.headers.get("If-None-Match", ""))
    return named == ["*"] or etag.removeprefix("W/") in (one.removeprefix("W/") for one in named)


def _not_modified(response: HttpResponse) -> HttpResponse:
    return HttpResponseNotModified(headers={name: response[name] for name in (*_KEPT, "ETag") if name in response})
