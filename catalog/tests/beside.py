"""Work of another connection, beside the test's own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def uncommitted(work: Callable[[], object]) -> Iterator[None]:
    """Another connection has done the work and commits it when the block ends."""
    done, finish = threading.Event(), threading.Event()

    def run() -> None:
        with transaction.atomic():
            work()
            done.set()
            finish.wait(30)
        connection.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert done.wait(30), "the work beside never ended"
    yield
    finish.set()
    thread.join(30)
    assert not thread.is_alive(), "the work beside was never committed"
