"""CPU seconds of this process and of servers, for `bench.ingest`; import it only with Django set up."""

from __future__ import annotations

import time
from pathlib import Path

import psutil
from django.db import connection

from gtm_site.running.state_folder import layout


def cpu_here() -> float:
    """CPU seconds so far of this process and of the server process behind its connection."""
    with connection.cursor() as cursor:
        pid = cursor.connection.info.backend_pid
    return time.process_time() + _exactly(pid)


def _exactly(pid: int) -> float:
    """CPU seconds of a process to the nanosecond where the kernel tells (Linux), else to its tick of 10 ms."""
    schedule = Path(f"/proc/{pid}/schedstat")
    return int(schedule.read_text().split()[0]) / 1e9 if schedule.exists() else cpu_of(psutil.Process(pid))


def cpu_of(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def cpu_of_servers() -> dict[str, float]:
    """CPU seconds so far of the embedded servers, ended processes of PostgreSQL among them."""
    place = layout()
    totals = {"postgres": 0.0, "redis": 0.0}
    for process in psutil.process_iter(["name", "cmdline"]):
        words = " ".join(process.info["cmdline"] or [])
        # It calls itself by its socket.
        if process.info["name"] == "valkey-server" and str(place.redis_socket) in words:
            totals["redis"] += cpu_of(process)
        elif process.info["name"] == "postgres" and str(place.state) in words:
            ended = process.cpu_times()
            totals["postgres"] += cpu_of(process) + ended.children_user + ended.children_system
            totals["postgres"] += sum(cpu_of(child) for child in process.children())
    return totals


def servers_since(before: dict[str, float]) -> dict[str, float]:
    return {name: round(value - before[name], 2) for name, value in cpu_of_servers().items()}
