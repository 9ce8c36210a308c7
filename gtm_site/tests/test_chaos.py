"""Whatever is killed, emptied or cut off during a run: what comes out is what comes out of an undisturbed one.

The seed is new for every test run and is printed with a failure; `GTM_CHAOS_SEEDS=7,8` repeats those.
"""

from __future__ import annotations

import os
import random
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gtm_site.tests.chaos import Mischief, System, contents_of, database_of, differences, trouble_of, wait_until
from gtm_site.tests.test_demo import free_ports
from sandbox.testing import RunningSandbox, running_sandbox

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("chaos")]

# None is a seed drawn in the test: processes that share the tests must agree on their names.
SEEDS: list[int | None] = [int(word) for word in os.environ.get("GTM_CHAOS_SEEDS", "").split(",") if word] or [None]
BOARDS = 45
LONGEST_S = 240.0
# A fifth of all requests. No fault that changes what is read: those belong to the tests of the faults themselves.
FAULTS = ("429", "429-retry-after", "429-retry-date", "500", "501", "502", "503", "504", "reset", "cut-length", "cut-chunked", "slow")
RATE = 0.2
# A tier that improves records later has work left when the run has ended.
RULES_ONLY = {"TIER1_PROVIDER": "rules"}
# The waits of production, a fraction as long, so that a run lasts a minute; spaced so that it does not end before the chaos does.
SETTINGS = {
    "FETCH_RETRY_UNIT_S": "0.25",
    "FETCH_BREAKER_OPEN_S": "1",
    "FETCH_TIMEOUT_S": "5",
    "FETCH_MIN_SPACING_MS": "300",
    "CDX_SPACING_MS": "100",
    **RULES_ONLY,
}
Contents = dict[str, Counter[Any]]


def faults() -> list[dict[str, Any]]:
    """Each kind at a rate that brings all of them together to `RATE`; a path heals after three, so that none is given up by bad luck."""
    return [{"kind": kind, "rate": RATE / len(FAULTS), "times": 3, "seconds": 0.5} for kind in FAULTS]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder that the unprivileged user of PostgreSQL reaches when the tests run as root."""
    folder = Path("/var/tmp") / f"gtm-chaos-test-{os.getpid()}" if os.geteuid() == 0 else tmp_path_factory.mktemp("chaos")
    folder.mkdir(exist_ok=True)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox(generate=BOARDS, latency_ms=20, arguments=["--reference-date=2026-09-01", "--warm"]) as running:
        yield running


@pytest.fixture(scope="module")
def undisturbed(root: Path, sandbox: RunningSandbox) -> Contents:
    """What a run leaves to which nothing happens."""
    quick = {"CDX_SPACING_MS": "0", "FETCH_MIN_SPACING_MS": "0", **RULES_ONLY}
    system = System(root / "undisturbed", sandbox, free_ports(1), **quick)
    try:
        system.start()
        assert wait_until(lambda: system.status() is not None, LONGEST_S), system.story()
        assert system.said_done(), system.story()
    finally:
        system.stop()
    with database_of(system.folder) as connection:
        assert trouble_of(connection) == {}
        return contents_of(connection, system.folder)


def live_through(system: System, mischief: Mischief) -> None:
    """From the first start to the end of the run; whoever sees the system down starts it again."""
    deadline = time.monotonic() + LONGEST_S
    system.start()
    plan, next_at = mischief.plan(), time.monotonic() + mischief.pause(after_start=True)
    while time.monotonic() < deadline:
        if (status := system.status()) is not None:
            mischief.played.append(f"ended with {status}")
            if status == 0 and system.said_done():
                return
            system.start()
            next_at = time.monotonic() + mischief.pause(after_start=True)
        elif plan and time.monotonic() >= next_at and plan[0]():  # whom it did not meet it waits for
            plan.pop(0)
            next_at = time.monotonic() + mischief.pause()
        time.sleep(0.05)
    pytest.fail(f"not done after {LONGEST_S} s")


@pytest.mark.parametrize("given_seed", SEEDS)
def test_chaos_changes_nothing(root: Path, sandbox: RunningSandbox, undisturbed: Contents, given_seed: int | None) -> None:
    seed = random.SystemRandom().randrange(10_000) if given_seed is None else given_seed
    system = System(root / f"chaos-{seed}", sandbox, free_ports(1), **SETTINGS)
    mischief = Mischief(system, sandbox, random.Random(seed))
    sandbox.control(faults=faults())
    try:
        live_through(system, mischief)
        left_behind = wait_until(lambda: not system.members(), 20) or [process.cmdline() for process in system.members()]
        with database_of(system.folder) as connection:
            contents, trouble = contents_of(connection, system.folder), trouble_of(connection)
        assert (differences(undisturbed, contents), trouble, left_behind) == ([], {}, True)
        assert max(sandbox.control()["highest_concurrency"].values()) <= 5
    finally:
        print(f"seed {seed}:", "; ".join(mischief.played), system.story(), sep="\n")
        system.stop()
        sandbox.control(faults=[])


def test_what_differs_is_named() -> None:
    wanted: Contents = {"jobs": Counter(a=1, b=1), "postings": Counter(a=1)}
    got: Contents = {"jobs": Counter(a=2), "postings": Counter(a=1)}
    assert differences(wanted, got) == ["jobs: 1 missing, such as ['b']", "jobs: 1 too many, such as ['a']"]
