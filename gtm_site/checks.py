"""Every check and test of the project: `python -m gtm_site.checks [--no-tests] [PYTEST ARGUMENTS]`; `make test` calls it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
LINT_IMPORTS = "from importlinter.cli import lint_imports_command; lint_imports_command()"

CHECKS: dict[str, Sequence[str]] = {
    "ruff lint": [PYTHON, "-m", "ruff", "check", "."],
    "ruff format": [PYTHON, "-m", "ruff", "format", "--check", "."],
    "mypy --strict": [PYTHON, "-m", "mypy"],
    "import contracts": [PYTHON, "-c", LINT_IMPORTS],
    "migrations": [PYTHON, "manage.py", "makemigrations", "--check", "--dry-run"],
    "deployment settings": [PYTHON, "-W", "error", "manage.py", "check", "--fail-level", "WARNING"],
}


def main(arguments: Sequence[str]) -> int:
    """Run all checks, then the tests; every failure is shown, the exit status is 1 if there was any."""
    with_tests = "--no-tests" not in arguments
    # A worker that a hanging test took along is not replaced: xdist would wait for the new one for ever.
    parallel = ["-n", str(os.cpu_count() or 1), "--dist", "loadgroup", "--max-worker-restart", "0"]
    pytest = [PYTHON, "-m", "pytest", *parallel]
    steps = dict(CHECKS)
    if with_tests:
        steps["tests"] = [*pytest, *(argument for argument in arguments if argument != "--no-tests")]
    failed = [name for name, argv in steps.items() if not _passes(name, argv)]
    print(f"failed: {', '.join(failed)}" if failed else f"all {len(steps)} steps passed")
    return 1 if failed else 0


def _passes(name: str, argv: Sequence[str]) -> bool:
    started = time.monotonic()
    print(f"--- {name}", flush=True)
    status = subprocess.run(argv, cwd=PROJECT, check=False).returncode
    print(f"--- {name}: {'passed' if status == 0 else f'FAILED ({status})'} in {time.monotonic() - started:.1f} s", flush=True)
    return status == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
