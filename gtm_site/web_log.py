"""gunicorn's log lines in the form of all others: one event a line, readable or JSON."""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import Any

import structlog
from gunicorn.glogging import Logger  # type: ignore[import-untyped]

from catalog.errors import ExportCutError

log = structlog.get_logger(__name__)


class WebLogger(Logger):  # type: ignore[misc]  # gunicorn has no types
    """Hands everything on to the root logger; a request is one event with the id that its answer carries."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for logger in (self.error_log, self.access_log):
            logger.handlers = []
            logger.propagate = True

    def exception(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """A download that ends before it is whole, since its reader is too slow, is one line: nothing of ours has failed."""
        error = sys.exc_info()[1]
        if isinstance(error, ExportCutError | TimeoutError):  # the latter by the socket's time limit
            log.warning("download cut off", reason=str(error))
        else:
            super().exception(msg, *args, **kwargs)

    def access(self, resp: Any, req: Any, environ: dict[str, Any], request_time: timedelta) -> None:
        log.info(
            "request",
            method=environ.get("REQUEST_METHOD"),
            path=environ.get("PATH_INFO"),
            status=int(str(resp.status).split()[0]),
            bytes=resp.sent,
            ms=round(request_time.total_seconds() * 1000, 1),
            request_id=dict(resp.headers).get("X-Request-Id", ""),
        )
