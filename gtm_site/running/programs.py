"""Which programs make up GTM Engine on one machine."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence

from django.conf import settings

from extraction.llm.llms import TIERS, is_on
from gtm_site.running.supervisor import Program

MANAGE = (sys.executable, "manage.py")
# Asked politely, RQ's programs first finish what they do: a task can take an hour, and a Redis that died with the
# supervisor is waited for. Killed, they lose nothing that is not found again.
IF_ORPHANED = signal.SIGKILL


def web(port: int, host: str = "127.0.0.1") -> Program:
    """The pages and the API; threads, because pages wait for PostgreSQL more than for the processor."""
    argv = [sys.executable, "-m", "gunicorn", "gtm_site.wsgi", "--bind", f"{host}:{port}", "--workers", "2", "--threads", "4"]
    argv += ["--worker-class", "gthread", "--logger-class", "gtm_site.web_log.WebLogger", "--log-level", "warning", "--preload"]
    argv += ["--limit-request-line", "8190"]  # the most it takes: beyond it answers by itself, in a shape that is not ours
    argv += ["--no-control-socket"]  # nobody uses it, and the home folder may be read-only
    return Program("web", argv, env={"SERVES_WEB": "1"})


def worker(queue: str, number: int = 1) -> Program:
    """One process for one queue: only then does RQ move a task atomically, so that a kill loses none (docs/decisions.md)."""
    name = f"{queue}.{number}" if number > 1 else queue
    argv = [*MANAGE, "rqworker", queue, "--skip-checks", "-v", "0"]
    return Program(name, argv, if_orphaned=IF_ORPHANED)


def scheduler() -> Program:
    return Program("scheduler", [*MANAGE, "rqcron", "gtm_site.running.cron", "--logging-level", "WARNING"], if_orphaned=IF_ORPHANED)


def workers(extractors: int | None = None, *, tiers: Sequence[int] | None = None) -> list[Program]:
    """One worker a queue, as many tier 0 extractors as there are processors, and those of the language models' `tiers`.

    By default the tiers that the settings switch on.
    """
    extractors = extractors or os.cpu_count() or 1
    queues: Sequence[str] = (settings.CONTROL_QUEUE, settings.DISCOVER_QUEUE, *settings.SCRAPE_QUEUES.values())
    counts = {0: extractors} | {tier: settings.LLM_WORKERS[tier] for tier in (_tiers_on() if tiers is None else tiers)}
    return [
        *(worker(queue) for queue in queues),
        *(worker(settings.EXTRACT_QUEUES[tier], n) for tier, count in counts.items() for n in range(1, count + 1)),
    ]


def _tiers_on() -> list[int]:
    return [tier for tier in TIERS if is_on(tier)]
