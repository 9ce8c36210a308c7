from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import datetime

import psutil
import pytest

from gtm_site.running.programs import scheduler, workers
from gtm_site.running.supervisor import Program, Supervisor, stop_signals

SLEEP = [sys.executable, "-u", "-c", "import time; print('up'); time.sleep(60)"]


def wait_for(condition, seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)


@pytest.fixture
def output():
    return io.StringIO()


def test_every_log_line_names_its_program(output):
    supervisor = Supervisor([Program("one", SLEEP), Program("second", SLEEP)], output=output)
    supervisor.start()
    wait_for(lambda: output.getvalue().count("up") == 2)
    supervisor.stop()
    assert sorted(output.getvalue().splitlines()) == ["one    | up", "second | up"]


def test_what_dies_is_started_again(output):
    program = Program("worker", SLEEP)
    supervisor = Supervisor([program], output=output)
    supervisor.start()
    first = program.process
    assert first
    os.kill(first.pid, signal.SIGKILL)
    wait_for(lambda: supervisor.tend() or (program.process is not None and program.process is not first))
    assert program.process
    assert program.process.poll() is None
    supervisor.stop()
    assert "worker ended with status -9" in output.getvalue()


def test_a_program_that_keeps_dying_waits_longer_each_time(output):
    program = Program("broken", [sys.executable, "-c", "raise SystemExit(3)"])
    supervisor = Supervisor([program], output=output)
    supervisor.start()
    wait_for(lambda: supervisor.tend() or program.failures == 2)
    supervisor.stop()
    assert "starting it again in 1 s" in output.getvalue()
    assert "starting it again in 2 s" in output.getvalue()


def test_json_lines_stay_json_and_carry_the_program(output):
    text = """import json, sys; print(json.dumps({"event": "read", "run_id": "one"})); print("loading"); print("[1]")"""
    supervisor = Supervisor([Program("a", [sys.executable, "-c", text])], output=output, as_json=True)
    supervisor.start()
    wait_for(lambda: output.getvalue().count("\n") == 3)
    supervisor.stop()
    supervisor.say("it is over")
    read, *printed = [json.loads(line) for line in output.getvalue().splitlines()]
    assert read == {"program": "a", "event": "read", "run_id": "one"}
    assert [(line["program"], line["event"], line["level"]) for line in printed] == [
        ("a", "loading", "info"),
        ("a", "[1]", "info"),
        ("supervisor", "it is over", "info"),
    ]
    assert all(datetime.fromisoformat(line["timestamp"]).tzinfo for line in printed)


def test_stop_ends_all(output):
    programs = [Program("a", SLEEP), Program("b", SLEEP)]
    supervisor = Supervisor(programs, output=output)
    supervisor.start()
    supervisor.stop()
    assert [p.process.returncode for p in programs if p.process] == [-signal.SIGTERM, -signal.SIGTERM]


def test_stop_signals_are_remembered_and_handlers_put_back():
    before = signal.getsignal(signal.SIGTERM)
    event = threading.Event()
    with stop_signals(event):
        os.kill(os.getpid(), signal.SIGTERM)
        assert event.wait(5)
    assert signal.getsignal(signal.SIGTERM) is before


ORPHANS = """
import sys, time
from gtm_site.running.supervisor import Program, Supervisor
from gtm_site.running.programs import IF_ORPHANED
stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('stubborn', flush=True); time.sleep(60)"
program = Program("worker", [sys.executable, "-c", stubborn], if_orphaned=IF_ORPHANED)
Supervisor([program]).start()
print(program.process.pid, flush=True)
time.sleep(60)
"""


def test_a_busy_worker_does_not_outlive_a_killed_supervisor(next_line):
    with subprocess.Popen([sys.executable, "-c", ORPHANS], stdout=subprocess.PIPE, text=True) as supervisor:
        said = {next_line(supervisor).strip(), next_line(supervisor).strip()}
        worker = psutil.Process(int(next(word for word in said if word.isdigit())))
        assert "worker | stubborn" in said
        supervisor.kill()
    assert psutil.wait_procs([worker], timeout=20)[1] == []


def test_whatever_rq_runs_ends_with_the_supervisor():
    assert {program.if_orphaned for program in (*workers(), scheduler())} == {signal.SIGKILL}
