"""Peak resident memory of another program."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

# A program's peak begins at what its parent held when it started it, so a small one starts it and tells.
_START = """
import resource, subprocess, sys
status = subprocess.call(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(status)
"""


def peak_mb(argv: Sequence[str], *, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> float:
    """Run the program to its end; the most that it, or a process it started, held at a time. SystemExit when it fails."""
    starter = subprocess.run([sys.executable, "-c", _START, *argv], cwd=cwd, env=env, stdout=subprocess.PIPE, text=True, check=False)
    if starter.returncode:
        raise SystemExit(f"{' '.join(argv)} ended with status {starter.returncode}")
    return int(starter.stdout.splitlines()[-1]) / 1024
