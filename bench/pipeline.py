"""The whole line over generated boards, beside the floor of the same run: `python -m bench.pipeline [--boards 1600]`.

Starts a warm sandbox and `manage.py run` on a state folder of its own, as an operator would; spacing between requests is 0
(and said so in the result), Common Crawl's second between calls is kept. Writes bench/results/pipeline.json.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import psycopg
from rich.console import Console
from rich.table import Table

from bench.floor import Floor, measure_floor
from gtm_site.running import embedded
from sandbox.testing import RunningSandbox, running_sandbox

PROJECT = Path(__file__).resolve().parent.parent
RESULTS = Path(__file__).parent / "results" / "pipeline.json"
CONDITIONS = {"FETCH_MIN_SPACING_MS": "0", "CDX_SPACING_MS": "1000", "TIER1_PROVIDER": "rules"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--boards", type=int, default=1600, help="generated boards (default: %(default)s, about 52,000 postings)")
    parser.add_argument("--latency-ms", type=int, default=50)
    parser.add_argument("--port", type=int, default=8700, help="port of the app while it is measured")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="state folder to use and keep")
    arguments = parser.parse_args()
    console = Console()
    with (
        state_folder(arguments.keep) as folder,
        running_sandbox(generate=arguments.boards, latency_ms=arguments.latency_ms, arguments=["--warm"]) as sandbox,
    ):
        console.print(f"{arguments.boards:,} boards are served; running the product")
        figures, used = run_product(sandbox, folder, arguments.port)
        console.print("measuring the floor over the same bytes")
        searchable, floor = measure_after(sandbox, folder, arguments.latency_ms)
    result = result_of(figures, searchable, used, floor, arguments.latency_ms)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(result, indent=2) + "\n")
    console.print(table_of(result))


@contextmanager
def state_folder(kept: Path | None) -> Iterator[Path]:
    folder = kept or Path(tempfile.mkdtemp(prefix="gtm-bench-", dir="/var/tmp" if Path("/var/tmp").is_dir() else None))  # noqa: S108
    yield folder.absolute()
    if kept is None:
        shutil.rmtree(folder, ignore_errors=True)


def run_product(sandbox: RunningSandbox, folder: Path, port: int) -> tuple[dict[str, Any], Used]:
    """The figures of the run's last line, and what all its processes together used (sandbox left out)."""
    environment = {**os.environ, **sandbox.environment(), **CONDITIONS, "GTM_STATE_DIR": str(folder)}
    argv = [sys.executable, "manage.py", "run", "--exit", "--port", str(port), "--target", "10000000"]
    process = subprocess.Popen(argv, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, text=True)
    usage = Usage(process.pid)
    usage.start()
    last = ""
    assert process.stdout is not None
    for line in process.stdout:
        last = line.strip() or last
        print(line, end="", flush=True)
    if process.wait() or not last.startswith("DEMO "):
        raise SystemExit(f"the run ended with status {process.returncode}; see {folder / 'serve.log'}")
    return json.loads(last.removeprefix("DEMO ")), usage.stop()


class Used(NamedTuple):
    """The peak of memory in MB, and CPU seconds by role, the greatest first."""

    peak_mb: float
    cpu_seconds: dict[str, float]


class Usage(threading.Thread):
    """Samples what a process and all below it use: memory (PSS: shared pages counted once) and CPU seconds by role.

    Once in two seconds: to add up a process's pages costs milliseconds, and they are taken from what is measured.
    """

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._root = psutil.Process(pid)
        self._over = threading.Event()
        self._peak = 0
        self._cpu: dict[int, tuple[str, float]] = {}

    def run(self) -> None:
        while not self._over.wait(2):
            processes = [self._root, *_children(self._root)]
            self._peak = max(self._peak, sum(_memory(process) for process in processes))
            for process in processes:
                self._cpu[process.pid] = _cpu_of(process) or self._cpu.get(process.pid, ("", 0.0))

    def stop(self) -> Used:
        self._over.set()
        self.join()
        seconds: defaultdict[str, float] = defaultdict(float)
        for role, spent in self._cpu.values():
            seconds[role] += spent
        greatest_first = sorted(seconds.items(), key=itemgetter(1), reverse=True)
        return Used(round(self._peak / 1e6, 1), {role: round(spent, 1) for role, spent in greatest_first if spent >= 0.1})


def _cpu_of(process: psutil.Process) -> tuple[str, float] | None:
    """(role, CPU seconds so far); None when the process is gone."""
    try:
        times = process.cpu_times()
        return _role(process), times.user + times.system
    except psutil.Error:
        return None


def _role(process: psutil.Process) -> str:
    """What a process does: of PostgreSQL's by their titles, of ours by the command."""
    words = process.cmdline()
    if process.name() == "postgres" and words:  # one that is just ending has no command any more
        backend = words[0].startswith("postgres: postgres")
        return "postgres backends" if backend else words[0]
    return " ".join(word for word in words if not word.startswith(("/", "-")))[:60] or process.name()


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return list(process.children(recursive=True))
    except psutil.NoSuchProcess:
        return []


def _memory(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().pss)
    except psutil.Error:
        return 0


_LAST_JOB = """
    SELECT extract(epoch FROM max(published_at) - (SELECT min(started_at) FROM ingestion_run))::float8 FROM extraction_currentextraction
"""


def measure_after(sandbox: RunningSandbox, folder: Path, latency_ms: int) -> tuple[float, Floor]:
    """(seconds from the run's beginning until its last jobs were published, the floor)."""
    os.environ["GTM_STATE_DIR"] = str(folder)
    with embedded.servers():
        with psycopg.connect(embedded.postgres_url()) as connection:
            [searchable] = connection.execute(_LAST_JOB).fetchone() or [0.0]
        return searchable, measure_floor(sandbox, embedded.postgres_url(), latency_ms=latency_ms)


def result_of(figures: dict[str, Any], searchable: float, used: Used, floor: Floor, latency_ms: int) -> dict[str, Any]:
    """`searchable` is what the floor is for; `total` adds the run's closing work: counts of skills and places, its report."""
    postings = figures["postings"]
    seconds = {**figures["seconds"], "searchable": round(searchable, 2), "total": figures["wall_seconds"]}
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "conditions": {"cores": os.cpu_count(), "python": platform.python_version(), "latency_ms": latency_ms, **CONDITIONS},
        "postings": postings,
        "jobs": figures["jobs"],
        "seconds": seconds,
        "postings_per_second": {name: round(postings / value, 1) for name, value in seconds.items() if value},
        "peak_memory_mb": used.peak_mb,
        "cpu_seconds": used.cpu_seconds,
        "floor": {**asdict(floor), "seconds": round(floor.seconds, 2)},
        "ratio_to_floor": round(searchable / floor.seconds, 2),
    }


def table_of(result: dict[str, Any]) -> Table:
    table = Table(title=f"{result['postings']:,} postings, discovered to searchable", title_justify="left")
    for name, justify in (("stage", "left"), ("seconds", "right"), ("postings/s", "right")):
        table.add_column(name, justify=justify)  # type: ignore[arg-type]
    for name, seconds in result["seconds"].items():
        table.add_row(name, f"{seconds:,.1f}", f"{result['postings_per_second'].get(name, 0):,.0f}")
    table.add_row("floor", f"{result['floor']['seconds']:,.1f}", "")
    table.add_row("ratio to the floor", f"{result['ratio_to_floor']:.2f}", "")
    table.add_row("peak memory, MB", f"{result['peak_memory_mb']:,.0f}", "")
    return table


if __name__ == "__main__":
    main()
