"""Ingestion beside its floors: `python -m bench.ingest [--quick]`. Fetch, parse, hash, raw and rows; no extraction.

Small boards show what requests cost, generated boards of ordinary size what everything costs, one board of almost
FETCH_MAX_BODY_MB what memory it takes. Every floor is measured in the same run over the same bytes with nothing of the product:
bare httpx at five requests at once per host; CPU of orjson, BLAKE2b, SHA-256, zstd and one COPY with the table's indexes.
`bench.ingest_database` says what the database's part is. Spacing between requests is 0 (and said so in the result).
Writes bench/results/ingest.json.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.floor import AT_ONCE, measure_fetch
from bench.pipeline import state_folder
from gtm_site.running import embedded
from sandbox.testing import RunningSandbox, running_sandbox

RESULTS = Path(__file__).parent / "results" / "ingest.json"
CONDITIONS = {"FETCH_MIN_SPACING_MS": "0", "LOG_LEVEL": "WARNING"}


@dataclass(frozen=True)
class Sizes:
    """How much is measured. `postings` is of the full boards, `large` of the one large board."""

    full: int = 1600
    postings: int = 52_000
    small: int = 1600
    small_slow: int = 400
    large: int = 9_200


QUICK = Sizes(full=120, postings=3_900, small=200, small_slow=80)


@dataclass(frozen=True)
class Aim:
    """One line of the table: a figure and what it is to be."""

    name: str
    value: float
    aim: float
    at_least: bool

    @property
    def is_met(self) -> bool:
        return self.value >= self.aim if self.at_least else self.value <= self.aim


@dataclass
class Clock:
    """Says which part begins and how long the one before took."""

    console: Console
    seconds: dict[str, float] = field(default_factory=dict)
    _part: str = ""
    _since: float = 0.0

    def begin(self, part: str) -> None:
        self.end()
        self._part, self._since = part, time.monotonic()
        self.console.print(f"{part} ...")

    def end(self) -> None:
        if self._part:
            self.seconds[self._part] = round(time.monotonic() - self._since, 1)
            self.console.print(f"    {self.seconds[self._part]:.0f} s")
        self._part = ""


def main() -> None:
    options = build_parser().parse_args()
    sizes = QUICK if options.quick else Sizes()
    console = Console()
    with state_folder(options.keep) as folder, django_on(folder):
        figures = measure(sizes, console)
    result = {"measured_at": datetime.now(UTC).isoformat(timespec="seconds"), "conditions": conditions(options.quick), **figures}
    aims = aims_of(figures)
    result["aims_met"] = all(aim.is_met for aim in aims)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(result, indent=2) + "\n")
    console.print(table_of(aims))


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.ingest", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--quick", action="store_true", help="a twelfth of the boards: for trying the bench, not for its figures")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="state folder to use and keep")
    parser.add_argument("--output", type=Path, default=RESULTS, help="where the figures go as JSON")
    return parser


@contextmanager
def django_on(folder: Path) -> Iterator[None]:
    """Servers and settings on a folder of their own, tables made."""
    os.environ.update({**CONDITIONS, "GTM_STATE_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "gtm_site.settings"})
    with embedded.servers():
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        yield


def measure(sizes: Sizes, console: Console) -> dict[str, Any]:
    """Every figure, one sandbox after the other. The parts import Django's models, which need the settings above."""
    from bench import ingest_parts as parts

    figures: dict[str, Any] = {}
    clock = Clock(console)
    clock.begin(f"inventing {sizes.small:,} small boards")
    with running_sandbox(generate=sizes.small, postings=sizes.small, arguments=["--warm"]) as sandbox:
        figures["small_boards"] = measure_small(sandbox, sizes, parts.read_here, clock)
    clock.begin(f"inventing {sizes.full:,} full boards with {sizes.postings:,} postings")
    with running_sandbox(generate=sizes.full, postings=sizes.postings, latency_ms=50, arguments=["--warm"]) as sandbox:
        clock.begin("full boards beside their floors")
        figures["full_boards"] = parts.measure_full(sandbox)
        clock.begin("database: reading the boards once")
        figures["database"] = parts.measure_database(sandbox, lambda phase: clock.begin(f"database: {phase}"))
    clock.begin("one large board")
    with running_sandbox(generate=1, postings=sizes.large, seed=parts.LARGE_SEED, arguments=["--warm"]) as sandbox:
        figures["memory"] = parts.measure_memory(sandbox)
    clock.end()
    figures["seconds_by_part"] = clock.seconds
    return figures


def measure_small(sandbox: RunningSandbox, sizes: Sizes, read_here: Callable[..., float], clock: Clock) -> dict[str, Any]:
    """Requests and little else: at 200 ms against what five at a time can reach at all, at 50 ms against bare httpx."""
    clock.begin("small boards at 200 ms")
    sandbox.control(latency_ms=200)
    slow = read_here(sandbox, sizes.small_slow)
    most = max(len(keys[: sizes.small_slow]) for keys in sandbox.boards().values())
    physical = most / AT_ONCE * 0.2
    clock.begin("small boards at 50 ms, bare httpx first")
    sandbox.control(latency_ms=50)
    bare = measure_fetch(sandbox)
    fast = read_here(sandbox, None)
    return {
        "boards_at_200_ms": sum(len(keys[: sizes.small_slow]) for keys in sandbox.boards().values()),
        "seconds_at_200_ms": round(slow, 2),
        "physical_seconds_at_200_ms": round(physical, 2),
        "share_of_cap_at_200_ms": round(physical / slow, 3),
        "seconds_at_50_ms": round(fast, 2),
        "bare_httpx_seconds_at_50_ms": round(bare, 2),
        "share_of_bare_httpx_at_50_ms": round(bare / fast, 3),
    }


def conditions(quick: bool) -> dict[str, Any]:
    return {
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        "machine": platform.machine(),
        "at_once_per_host": AT_ONCE,
        "spacing_ms": 0,
        "quick": quick,
    }


def aims_of(figures: dict[str, Any]) -> list[Aim]:
    small, full, database, memory = (figures[name] for name in ("small_boards", "full_boards", "database", "memory"))
    return [
        Aim("small boards at 200 ms: share of what five at once can reach", small["share_of_cap_at_200_ms"], 0.85, True),
        Aim("small boards at 50 ms: share of bare httpx", small["share_of_bare_httpx_at_50_ms"], 0.95, True),
        Aim("full boards: wall time over the floor", full["ratio_to_floor"], 1.3, False),
        Aim("database, nothing changed: times cheaper than the first load", database["times_cheaper_unchanged"], 50, True),
        Aim("database, 5 % changed: share of the first load", database["share_5_percent_changed"], 0.10, False),
        Aim("queue: share of the CPU", full["queue_share_of_cpu"], 0.05, False),
        Aim("peak memory of a worker with a large body, MB", memory["worker_peak_mb"], 300, False),
    ]


def table_of(aims: list[Aim]) -> Table:
    table = Table(title="Ingestion beside its floors", title_justify="left")
    table.add_column("figure")
    for name in ("measured", "aim", ""):
        table.add_column(name, justify="right")
    for aim in aims:
        sign = "at least" if aim.at_least else "at most"
        table.add_row(aim.name, f"{aim.value:,.3g}", f"{sign} {aim.aim:g}", "met" if aim.is_met else "missed")
    return table


if __name__ == "__main__":
    begin = time.monotonic()
    main()
    print(f"{time.monotonic() - begin:.0f} s", file=sys.stderr)
