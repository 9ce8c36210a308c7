"""CPU seconds of a process with all that it started."""

from __future__ import annotations

import psutil


def cpu_with_all_below(process: psutil.Process) -> float:
    """Seconds so far, of what is below it living and gone. None of one that has just ended: its parent has it."""
    try:
        times, children = process.cpu_times(), process.children()
    except psutil.NoSuchProcess:
        return 0.0
    own = times.user + times.system + times.children_user + times.children_system
    return float(own + sum(map(cpu_with_all_below, children)))
