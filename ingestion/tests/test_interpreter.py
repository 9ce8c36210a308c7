from __future__ import annotations

import gc
import sys

from ingestion.interpreter import tuned_interpreter


def test_the_interpreter_is_put_back_by_the_last_that_leaves():
    def now() -> tuple[float, tuple[int, int, int]]:
        return sys.getswitchinterval(), gc.get_threshold()

    before, one, two = now(), tuned_interpreter(), tuned_interpreter()
    one.__enter__()
    tuned = now()
    two.__enter__()
    one.__exit__(None, None, None)
    assert now() == tuned != before
    two.__exit__(None, None, None)
    assert now() == before
