"""Python's own settings, as they suit an event loop that shares the interpreter with threads that decode and store."""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

# The event loop gets its turn within a millisecond while other threads compute; by Python's default it waits five, every time.
TURN_S = 0.001
# New containers after which Python looks for garbage in circles. Decoded boards have none, and are looked through three times by default.
GARBAGE = 100_000
# What every block under way found when it began, the first one's first.
_found: list[tuple[float, tuple[int, int, int]]] = []
_tuning = threading.Lock()


@contextmanager
def tuned_interpreter() -> Iterator[None]:
    """Quick turns and rare collections while the block works.

    Blocks of several threads may overlap: the last that ends puts back what the first found.
    """
    with _tuning:
        _found.append((sys.getswitchinterval(), gc.get_threshold()))
        sys.setswitchinterval(TURN_S)
        gc.set_threshold(GARBAGE, *_found[0][1][1:])
    try:
        yield
    finally:
        with _tuning:
            interval, thresholds = _found[0]
            _found.pop()
            if not _found:
                sys.setswitchinterval(interval)
                gc.set_threshold(*thresholds)
