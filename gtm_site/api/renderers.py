"""How every API answer becomes bytes: JSON with the request's id first (spec P2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from rest_framework.renderers import BaseRenderer

OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS


class RequestIdRenderer(BaseRenderer):
    """JSON objects with `request_id`; times are ISO 8601 in UTC. Every answer is an object, never a bare list."""

    media_type = "application/json"
    format = "json"
    charset = None
    render_style = "binary"

    def render(
        self, data: Mapping[str, Any] | None, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        request = (renderer_context or {}).get("request")
        body = {"request_id": getattr(request, "request_id", None), **(data or {})}
        return orjson.dumps(body, default=str, option=OPTIONS)
