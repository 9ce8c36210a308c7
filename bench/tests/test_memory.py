from __future__ import annotations

import sys

import pytest

from bench.memory import peak_mb


def test_what_the_caller_holds_does_not_count():
    held = bytearray(200 * 2**20)
    assert peak_mb([sys.executable, "-c", "pass"]) < len(held) / 2**20


def test_the_peak_of_a_program_that_has_ended_counts():
    assert peak_mb([sys.executable, "-c", f"bytearray({200 * 2**20})"]) > 200


def test_a_program_that_fails_has_no_figure():
    with pytest.raises(SystemExit, match="ended with status 3"):
        peak_mb([sys.executable, "-c", "raise SystemExit(3)"])
