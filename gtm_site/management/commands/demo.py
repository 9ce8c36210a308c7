"""`manage.py demo`: the whole product on this machine, over the sandbox."""

from __future__ import annotations

import contextlib
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from gtm_site import env
from gtm_site.main_job import run_main_job
from gtm_site.running.ports import require_free
from gtm_site.running.supervisor import Program

INTERFACES = ("GREENHOUSE_BASE_URL", "LEVER_BASE_URL", "LEVER_EU_BASE_URL", "CDX_BASE_URL", "OLLAMA_BASE_URL")
NOWHERE = "http://127.0.0.1:9"
"""No program listens on this port (discard, RFC 863): what the sandbox does not play answers nothing, instead of really."""
SANDBOX_PORTS = 7
"""The sandbox also listens as OpenAI and Anthropic, and as Ollama, whose scripted model only plays one: asked with --tier1."""
DESCRIPTION = """\
Show the product on this machine: a sandbox plays the outside world (generated job boards of two ATSs and a Common Crawl
index), and the ordinary code discovers, fetches, stores, extracts and publishes through the ordinary queues. Then the app
stays up until Ctrl-C. A second call starts in seconds: nothing is fetched before it is due, nothing extracted twice.
"""


class Command(BaseCommand):
    help = "Set up everything, run the main job over generated boards, and open the app."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.description = DESCRIPTION
        parser.add_argument(
            "--boards", type=int, default=60, help="number of generated boards (default: %(default)s, about 33 postings each)"
        )
        parser.add_argument("--seed", type=int, default=1, help="seed of the generator (default: %(default)s)")
        parser.add_argument("--latency-ms", type=int, default=50, help="latency of the sandbox (default: %(default)s)")
        parser.add_argument(
            "--tier1",
            choices=("rules", "ollama"),
            default="rules",
            help="ollama: the sandbox's scripted model improves what rules have published (default: %(default)s alone)",
        )
        parser.add_argument("--exit", action="store_true", help="end after the closing table instead of staying up")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["boards"] < 1:
            raise CommandError("--boards must be at least 1")
        port = env.integer("DEMO_PORT", 8000, minimum=1, maximum=65_000)
        sandbox_port = env.integer("SANDBOX_PORT", 8920, minimum=1, maximum=65_000)
        for offset in range(SANDBOX_PORTS):
            require_free(sandbox_port + offset, f"choose another first port of {SANDBOX_PORTS} with SANDBOX_PORT=NUMBER")
        # A paid model that is configured for the real world is not asked about invented postings.
        models = {"TIER1_PROVIDER": options["tier1"], "TIER1_MODEL_NAME": "", "TIER2_PROVIDER": "disabled"}
        run_main_job(
            port=port,
            parameters={},
            extra=[Program("sandbox", self._sandbox(options, sandbox_port))],
            environment={**_world(sandbox_port), **models},
            stay=not options["exit"],
            with_account=True,
            tiers=(1,) if options["tier1"] == "ollama" else (),
        )

    def _sandbox(self, options: dict[str, Any], port: int) -> list[str]:
        argv = [sys.executable, "-m", "sandbox", "--generate", str(options["boards"]), "--seed", str(options["seed"])]
        first_day, today = _first_day(settings.STATE_DIR / "demo-first-day"), timezone.now().date()
        argv += ["--reference-date", first_day.isoformat(), "--day", str((today - first_day).days)]
        log = str(settings.VAR_DIR / "sandbox-access.log")
        return [*argv, "--port", str(port), "--latency-ms", str(options["latency_ms"]), "--access-log", log]


def _world(port: int) -> dict[str, str]:
    """Settings under which everything that the product asks by itself is the sandbox, or nobody."""
    played = {name: f"http://127.0.0.1:{port + offset}" for offset, name in enumerate(INTERFACES)}
    models = [f"{name.upper()}_BASE_URL" for name in settings.LLM_BASE_URLS]
    others = dict.fromkeys([*settings.ATS_BASE_URLS, "COLUMNAR_BASE_URL", *models], NOWHERE)
    return {**others, **played, "FETCH_PROXIES": "", "SENTENCE_PROVIDER": "none", "IN_SANDBOX": "1"}


def _first_day(kept: Path) -> date:
    """The day of the first demo: the boards live on from it, so that a demo on a later day finds what changed since."""
    with contextlib.suppress(OSError, ValueError):
        return min(date.fromisoformat(kept.read_text().strip()), timezone.now().date())
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(timezone.now().date().isoformat())
    return timezone.now().date()
