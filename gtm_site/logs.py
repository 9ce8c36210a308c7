"""Structured logs: one event a line, readable on a console or as JSON, with run_id and trace_id where they are bound."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping

import structlog

_FEED = re.compile(r"/feeds/[^\s?]+")


def configure(options: Mapping[str, str]) -> None:
    """Send the standard library's and structlog's events through one chain. Called by Django with `LOGGING`."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_feed_addresses,
    ]
    # Plain: with the values of variables, as where `rich` is installed, tracebacks would tell passwords and tokens.
    console = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)
    renderer: structlog.typing.Processor = structlog.processors.JSONRenderer() if options["format"] == "json" else console
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, structlog.processors.format_exc_info, renderer]
            if options["format"] == "json"
            else [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(options["level"])
    for noisy in ("httpx", "httpcore", "httpx2", "httpcore2", "botocore", "rq"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _without_feed_addresses(logger: object, method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Who knows the address of a feed can read it, and more people read logs; whoever logs a path, it ends here."""
    return {name: _FEED.sub("/feeds/...", value) if isinstance(value, str) else value for name, value in event.items()}
