from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from gtm_site.running import processes

PARENT = """
import sys, time
from gtm_site.running import processes
child = processes.spawn([sys.executable, "-c", "import time; time.sleep(60)"], use_guardian={guardian})
print(child.pid, flush=True)
time.sleep(60)
"""


def wait_gone(pids: set[int], seconds: float = 10.0) -> set[int]:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and any(alive(pid) for pid in pids):
        time.sleep(0.05)
    return {pid for pid in pids if alive(pid)}


def alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


@pytest.mark.parametrize("guardian", [False, True], ids=["kernel", "guardian"])
def test_a_killed_parent_leaves_no_child(guardian, until, next_line):
    parent = subprocess.Popen([sys.executable, "-c", PARENT.format(guardian=guardian)], stdout=subprocess.PIPE, cwd=Path.cwd())
    assert parent.stdout
    child = int(next_line(parent))
    if guardian:
        until(lambda: psutil.Process(child).children(), "the guardian's child", 30)
    family = {child, *(p.pid for p in psutil.Process(child).children(recursive=True))}
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert wait_gone(family) == set()


@pytest.mark.parametrize("guardian", [False, True], ids=["kernel", "guardian"])
def test_stop_kills_what_ignores_the_signal(guardian, next_line):
    stubborn = "import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(os.getpid(), flush=True); time.sleep(60)"
    process = processes.spawn([sys.executable, "-c", stubborn], stdout=subprocess.PIPE, use_guardian=guardian)
    assert process.stdout
    stubborn_pid = int(next_line(process))
    assert processes.stop(process, timeout=0.3) == -signal.SIGKILL
    assert wait_gone({stubborn_pid}) == set()
    for pipe in (process.stdout, process.stdin):
        if pipe:
            pipe.close()


def test_the_guardian_hands_on_signals_and_the_status():
    process = processes.spawn([sys.executable, "-c", "import sys; sys.exit(7)"], use_guardian=True)
    assert process.wait(20) == 7
    assert process.stdin
    process.stdin.close()


def test_children_are_bound_to_the_main_thread():
    errors: list[BaseException] = []

    def try_it() -> None:
        try:
            processes.spawn(["true"])
        except RuntimeError as error:
            errors.append(error)

    thread = threading.Thread(target=try_it)
    thread.start()
    thread.join(30)
    assert "main thread" in str(errors[0])


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may start a process as another user")
def test_a_child_may_run_as_another_user():
    process = processes.spawn(["sh", "-c", "id -u; id -G"], user="nobody", stdout=subprocess.PIPE, cwd=Path("/"))
    output, _ = process.communicate(timeout=20)
    user, groups = output.decode().split("\n")[:2]
    assert int(user) != 0
    assert "0" not in groups.split()
