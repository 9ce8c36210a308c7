"""What the OpenAPI document says of every answer: how much a caller may still ask."""

from __future__ import annotations

from typing import Any

HEADERS = {
    "X-RateLimit-Limit": "requests that this caller may make in a window",
    "X-RateLimit-Remaining": "how many of them are left",
    "X-RateLimit-Reset": "when the next window begins (seconds since 1970)",
}
"""Header -> what it says, of answers that were counted (`gtm_site.api.allowance`)."""


def tell_allowance(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A post-processing hook: name these headers in each answer but 401, 403 and 406, which are given before anything is counted."""
    shown = {name: {"description": text, "schema": {"type": "integer"}} for name, text in HEADERS.items()}
    result["components"]["headers"] = shown
    references = {name: {"$ref": f"#/components/headers/{name}"} for name in shown}
    for operation in (o for methods in result["paths"].values() for o in methods.values()):
        for status, response in operation["responses"].items():
            if status not in ("401", "403", "406"):
                response.setdefault("headers", {}).update(references)
    return result
