"""`make compile`: has mypyc make machine code of the rules, for `extraction.compiled` to take. Needs a C compiler and minutes, once.

They are taken only when they have answered as their sources do: `bench.same_answers` reads postings both ways before they are put
where processes look for them.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from extraction.compiled import MADE, OFF, PLACE, SUFFIX, folder, modules_in, sources

_MYPY = ("--config-file=", "--ignore-missing-imports", "--follow-imports=silent", "--cache-dir=cache")
_OPTIMIZED = "1"
"""As the C compiler counts: 2 takes a quarter longer, and no difference was measured."""
_BUILDING = "building-"
_DAY = 86_400.0


class NotCompiledError(Exception):
    """Why the rules cannot be compiled here, and what to do."""


class OtherAnswersError(Exception):
    """Compiled rules answered otherwise than their sources do, or not at all."""


def compile_rules(same_answers: Callable[[Path], bool]) -> Path:
    """Compile the sources as they are; the folder where the result lies.

    `same_answers` is asked before any process can take the result, with a folder for GTM_COMPILED_RULES.
    Raises NotCompiledError, and OtherAnswersError where it says no.
    """
    need_compiler()
    made = folder()
    if not modules_in(made):
        print("compile: making machine code of the rules, which takes a few minutes on a busy machine", flush=True)
        try:
            made.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=_BUILDING, dir=made.parent) as place:
                _make(Path(place), made, same_answers)
            _sweep(made)
        except OSError as error:
            raise NotCompiledError(f"{made.parent} cannot be written: {error}") from error
    return made


def _make(place: Path, made: Path, same_answers: Callable[[Path], bool]) -> None:
    _build(place)
    gathered = _gather(place, made.name)
    same = same_answers(place)
    if folder() != made:
        raise NotCompiledError("the sources changed meanwhile; compile them again")
    if not same:
        raise OtherAnswersError("compiled rules do not answer as their sources do, and are not kept; please report it")
    _put(gathered, made)


def need_compiler() -> None:
    """Raises NotCompiledError where mypy, the C compiler or Python's headers are missing."""
    compiler = shlex.split(str(sysconfig.get_config_var("CC") or "cc"))[0]
    if shutil.which(compiler) is None:
        raise NotCompiledError(f"there is no C compiler ({compiler}); Debian and Ubuntu have one in the package build-essential")
    if not (Path(sysconfig.get_path("include")) / "Python.h").is_file():
        raise NotCompiledError("Python's headers are missing; Debian and Ubuntu have them in the package python3-dev")
    try:
        version("setuptools")
        version("mypy")
    except PackageNotFoundError as error:
        raise NotCompiledError(f"{error.name} is not installed; `make setup-test` does it") from error


def _build(place: Path) -> None:
    environment = os.environ | {PLACE: OFF, "MYPYC_OPT_LEVEL": _OPTIMIZED, "MYPYC_DEBUG_LEVEL": "0"}
    (place / "extraction" / "rules").mkdir(parents=True)  # where mypyc puts what it has made
    command = [sys.executable, "-m", "mypyc", *_MYPY, *map(str, sources())]
    done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise NotCompiledError(f"mypyc failed:\n{done.stdout[-4000:]}{done.stderr[-4000:]}")


def _gather(place: Path, name: str) -> Path:
    """The folder of that name in `place`, with the compiled modules and their list."""
    gathered, sizes = place / name, {}
    for file in [*place.glob(f"*{SUFFIX}"), *(place / "extraction").rglob(f"*{SUFFIX}")]:
        module = file.relative_to(place)
        (gathered / module).parent.mkdir(parents=True, exist_ok=True)
        sizes[module.as_posix()] = file.rename(gathered / module).stat().st_size
    (gathered / MADE).write_text(json.dumps(sizes), encoding="utf-8")
    return gathered


def _put(gathered: Path, made: Path) -> None:
    """Where processes look for it, all at once. What another build has put there meanwhile stays: processes may be reading it."""
    if made.exists() and not modules_in(made):
        made.rename(gathered.parent / "broken")
    try:
        gathered.rename(made)
    except OSError:
        if not modules_in(made):
            raise


def _sweep(made: Path) -> None:
    """Take away what ended builds and older sources left a day ago, but for the last: the running processes have that one open."""
    before = time.time() - _DAY
    with suppress(OSError):  # another build sweeps, too, or another user's did; what stays harms nobody
        older = sorted(made.parent.glob("[0-9a-f]" * len(made.name)), key=_changed, reverse=True)
        passed = [path for path in older if path != made and _changed(path) < before]
        ended = [path for path in made.parent.glob(f"{_BUILDING}*") if _changed(path) < before]
        for path in (*passed[1:], *ended):
            shutil.rmtree(path)


def _changed(path: Path) -> float:
    return path.stat().st_mtime


def _same_answers(home: Path) -> bool:
    command = [sys.executable, "-m", "bench.same_answers"]
    return subprocess.run(command, env=os.environ | {PLACE: str(home)}).returncode == 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Say what is done and how long it took. 1 where it cannot be done, unless it was only wished for, and for other answers."""
    parser = argparse.ArgumentParser(prog="python -m extraction.compile_rules", description=__doc__)
    parser.add_argument("--if-possible", action="store_true", help="success, too, where there is no compiler")
    options = parser.parse_args(arguments)
    began = time.monotonic()
    try:
        made = compile_rules(_same_answers)
    except NotCompiledError as error:
        print(f"compile: {error}\ncompile: the rules run interpreted, which takes a quarter more time", file=sys.stderr)
        return 0 if options.if_possible else 1
    except OtherAnswersError as error:
        print(f"compile: {error}", file=sys.stderr)
        return 1
    print(f"compile: done in {time.monotonic() - began:.0f} s; processes that start from now on take {made}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
