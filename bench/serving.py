"""What serving costs: the API and its page over 50,000 jobs, beside the same list through generic serializers and an empty view.

`python -m bench.serving` fills a state folder of its own from generated boards, starts the web program as
`manage.py serve` does, and asks every address in turn, round after round, over 8 kept-alive connections: with wrk where it
is on the path, else with `bench.serving_load` in a process of its own. Requests per second depend on what else the machine
does; CPU per request, of the server, PostgreSQL and Redis, does so far less. Writes bench/results/serving.json.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import psutil
from rich.console import Console
from rich.table import Table

from bench.catalogue import catalogue, load, multiply
from bench.cpu import cpu_with_all_below
from bench.pipeline import PROJECT, state_folder
from sandbox.testing import RunningSandbox, running_sandbox

RESULTS = Path(__file__).parent / "results" / "serving.json"
CONNECTIONS = 8
LOADED = 2_000
# No caller is refused while it is measured; every request is counted all the same.
CONDITIONS = {"API_RATE_TOKEN": "100000000/min", "DJANGO_SETTINGS_MODULE": "bench.serving_settings"}
EMPTY, LIST, GENERIC, TYPEAHEAD, PAGE = "empty view", "job list", "generic serializers", "typeahead", "list page"
FILTERED, SEARCHED, DETAIL = "job list, filtered", "job list, searched", "one job"
# What processes remember of the jobs that were asked for last (`catalog.row_memory`) is of no use here.
OTHER_JOBS, OTHER_PAGES = "job list, other jobs every time", "list page, other jobs every time"
# Name of the figure: (the bound, whether the figure must be at least it).
BOUNDS = {
    "list_rate_to_generic": (4.0, True),
    "list_cpu_to_empty": (2.0, False),
    "typeahead_cpu_to_empty": (1.5, False),
    "page_rate_to_list": (0.5, True),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--jobs", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each address in each round (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8710)
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="state folder to use and keep")
    parser.add_argument("--output", type=Path, default=RESULTS)
    options = parser.parse_args()

    def fill(sandbox: RunningSandbox) -> None:
        load(sandbox)
        multiply(options.jobs)

    os.environ.update(CONDITIONS)
    boards = running_sandbox(generate=LOADED // 30, postings=min(LOADED, options.jobs))
    with state_folder(options.keep) as folder, catalogue(folder, boards, fill), serving(options.port) as server:
        figures = measure(server, addresses(server.url), rounds=options.rounds, seconds=options.seconds)
        result = result_of(figures, options)
    options.output.parent.mkdir(exist_ok=True)
    options.output.write_text(json.dumps(result, indent=2) + "\n")
    Console().print(table_of(result))


class Server:
    """The running web program and the servers behind it."""

    def __init__(self, url: str, token: str, program: psutil.Process) -> None:
        self.url = url
        self.headers = [f"Authorization: Token {token}", "Accept: application/json, text/html"]
        children = {process.name(): process for process in psutil.Process().children()}
        self._processes = {"server": program, "postgres": children["postgres"], "redis": children["valkey-server"]}

    def cpu(self) -> dict[str, float]:
        """CPU seconds so far, with all below them, living and gone."""
        return {name: cpu_with_all_below(process) for name, process in self._processes.items()}


@contextmanager
def serving(port: int) -> Iterator[Server]:
    """The web program, as `manage.py serve` starts it, over the configured servers."""
    from gtm_site.running.programs import web

    program = web(port)
    process = subprocess.Popen(program.argv, cwd=PROJECT, env={**os.environ, **program.env}, stdout=subprocess.DEVNULL)
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(url)
        yield Server(url, _token(), psutil.Process(process.pid))
    finally:
        process.terminate()
        process.wait()


def _wait(url: str) -> None:
    for _ in range(300):
        try:
            httpx.get(f"{url}/health", trust_env=False).raise_for_status()
            return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise SystemExit("the web program does not answer")


def _token() -> str:
    from django.contrib.auth.models import User
    from rest_framework.authtoken.models import Token

    user, _ = User.objects.get_or_create(username="bench")
    return str(Token.objects.get_or_create(user=user)[0].key)


def addresses(url: str) -> dict[str, list[str]]:
    """What is asked, by its name in the result; several addresses of one name are asked in turn."""
    from catalog.models import Job, Skill

    names = list(Skill.objects.order_by("-job_count").values_list("name", flat=True)[:200])
    typed = [name[:length].strip() for name, length in zip(names, [1, 2, 3, 4, 6] * 40, strict=True)]
    words = ["manager", "sales", "engineer", "salesforce", "marketing director", '"account executive"', "python OR go", "data -analyst"]
    wishes = [
        "function=sales",
        "seniority=senior",
        "remote=remote",
        "country=US",
        "min_comp=150000",
        "posted_within_days=3000",
        "sort=salary",
    ]
    ids = Job.objects.order_by("-id").values_list("pk", flat=True)[:200]
    moments = Job.objects.filter(pk__in=list(Job.objects.order_by("pk").values_list("pk", flat=True)[:: LOADED // 10]))
    days = [f"posted_before={moment:%Y-%m-%dT%H:%M:%SZ}" for moment in moments.order_by("posting_id").values_list("listed_at", flat=True)]
    api = f"{url}/api/v1"
    return {
        EMPTY: [f"{api}/bench/empty"],
        LIST: [f"{api}/jobs"],
        GENERIC: [f"{api}/bench/generic"],
        TYPEAHEAD: [f"{api}/skills/suggest?q={quote(each)}" for each in typed],
        PAGE: [f"{url}/"],
        FILTERED: [f"{api}/jobs?{wish}" for wish in wishes],
        SEARCHED: [f"{api}/jobs?q={quote(word)}" for word in words],
        DETAIL: [f"{api}/jobs/{pk}" for pk in ids],
        OTHER_JOBS: [f"{api}/jobs?{day}" for day in days],
        OTHER_PAGES: [f"{url}/?{day}" for day in days],
    }


def measure(server: Server, asked: Mapping[str, Sequence[str]], *, rounds: int, seconds: float) -> dict[str, dict[str, float]]:
    """Figures by name, over all rounds; the order changes from round to round. Every address is warmed up first."""
    for urls in asked.values():
        _load(urls, server.headers, 0.5)
    order, chance = list(asked), random.Random(1)
    found: dict[str, list[dict[str, float]]] = {name: [] for name in asked}
    for _ in range(rounds):
        chance.shuffle(order)
        for name in order:
            found[name].append(_measured(server, asked[name], seconds))
    return {name: _together(parts) for name, parts in found.items()}


def _measured(server: Server, urls: Sequence[str], seconds: float) -> dict[str, float]:
    before = server.cpu()
    figures = _load(urls, server.headers, seconds)
    after = server.cpu()
    return figures | {f"{name}_cpu": after[name] - before[name] for name in after}


def _load(urls: Sequence[str], headers: Sequence[str], seconds: float) -> dict[str, float]:
    named = [argument for header in headers for argument in ("--header", header)]
    if wrk := shutil.which("wrk"):
        paths = [url.removeprefix(_origin(url)) for url in urls]
        script = str(Path(__file__).with_name("serving.lua"))
        command = [wrk, "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s", "-s", script, *named, _origin(urls[0]), "--", *paths]
    else:
        command = [sys.executable, "-m", "bench.serving_load", f"--connections={CONNECTIONS}", f"--seconds={seconds}", *named, *urls]
    ended = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    figures: dict[str, float] = json.loads(ended.stdout.splitlines()[-1]) if not ended.returncode else {}
    if "requests" not in figures:
        raise SystemExit(f"{urls[0]}: {ended.stderr or ended.stdout}")
    return figures


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _together(parts: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Sums for rates and CPU (milliseconds a request), medians of the rounds for latencies."""
    requests = sum(part["requests"] for part in parts)
    cpu = {f"{name}_cpu_ms": 1000 * sum(part[f"{name}_cpu"] for part in parts) / requests for name in ("server", "postgres", "redis")}
    latencies = {name: median(part[name] for part in parts) for name in ("p50_ms", "p95_ms", "p99_ms")}
    rates = {"requests": requests, "requests_per_s": requests / sum(part["seconds"] for part in parts)}
    return {name: round(value, 3) for name, value in {**rates, **cpu, "cpu_ms": sum(cpu.values()), **latencies}.items()}


def ratios(figures: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """The figures that BOUNDS bounds. CPU is that of server, PostgreSQL and Redis together."""
    empty, listed = figures[EMPTY], figures[LIST]
    return {
        "list_rate_to_generic": round(listed["requests_per_s"] / figures[GENERIC]["requests_per_s"], 2),
        "list_cpu_to_empty": round(listed["cpu_ms"] / empty["cpu_ms"], 2),
        "typeahead_cpu_to_empty": round(figures[TYPEAHEAD]["cpu_ms"] / empty["cpu_ms"], 2),
        "page_rate_to_list": round(figures[PAGE]["requests_per_s"] / listed["requests_per_s"], 2),
    }


def result_of(figures: Mapping[str, Mapping[str, float]], options: argparse.Namespace) -> dict[str, Any]:
    from catalog.models import Job

    found = ratios(figures)
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "conditions": {
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "jobs": Job.objects.count(),
            "connections": CONNECTIONS,
            "rounds": options.rounds,
            "seconds_each": options.seconds,
            "generator": "wrk" if shutil.which("wrk") else "bench.serving_load",
            "load_average": round(os.getloadavg()[0], 1),
            "token_rate": CONDITIONS["API_RATE_TOKEN"],
        },
        "figures": figures,
        "bounds": {name: {"found": found[name], "bound": bound, "holds": _holds(found[name], name)} for name, (bound, _) in BOUNDS.items()},
    }


def _holds(value: float, name: str) -> bool:
    bound, at_least = BOUNDS[name]
    return value >= bound if at_least else value <= bound


def table_of(result: Mapping[str, Any]) -> Table:
    bounds = [
        f"{name} {each['found']} ({'holds' if each['holds'] else 'FAILS'}: {each['bound']})" for name, each in result["bounds"].items()
    ]
    table = Table(title=f"{result['conditions']['jobs']:,} jobs", caption="\n".join(bounds), title_justify="left", caption_justify="left")
    columns = ("requests_per_s", "cpu_ms", "server_cpu_ms", "postgres_cpu_ms", "redis_cpu_ms", "p50_ms", "p95_ms", "p99_ms")
    table.add_column("asked")
    for name in columns:
        table.add_column(name.replace("_", " "), justify="right")
    for name, figures in result["figures"].items():
        table.add_row(name, *(f"{figures[column]:,.2f}" for column in columns))
    return table


if __name__ == "__main__":
    main()
