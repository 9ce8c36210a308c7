from __future__ import annotations

import subprocess
import sys

import psutil

from bench.cpu import cpu_with_all_below

BUSY = "import time\nwhile time.process_time() < 0.3: pass"


def test_what_has_ended_counts():
    here = psutil.Process()
    before = cpu_with_all_below(here)
    subprocess.run([sys.executable, "-c", BUSY], check=True)
    assert cpu_with_all_below(here) - before >= 0.25


def test_what_is_gone_has_used_none():
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    gone = psutil.Process(process.pid)
    process.communicate(b"\n")
    assert cpu_with_all_below(gone) == 0.0
