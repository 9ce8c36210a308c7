"""Makes all bodies of generated boards in advance, so that a benchmark does not measure their making."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Hashable, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date

from sandbox.generate.board import BodyCache, GeneratedBoard, pack
from sandbox.generate.names import Identity


def warm(boards: Sequence[GeneratedBoard]) -> None:
    """Fill the boards' caches for day 0, on all cores."""
    if not boards:
        return
    # spawn: the pool must not inherit the event loop and sockets of whoever warms.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), mp_context=context, initializer=_end_with_parent) as pool:
        columns = zip(*((board.identity, board.size, board.seed, board.reference) for board in boards), strict=True)
        for board, pages in zip(boards, pool.map(_pages, *columns, chunksize=8), strict=True):
            for key, packed in pages:
                board.cache.put(key, packed)


def _end_with_parent() -> None:
    """A worker of a killed sandbox would wait for work for ever: it holds both ends of its queue."""
    threading.Thread(target=_wait_for_parent, daemon=True).start()


def _wait_for_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent:
        parent.join()
        os._exit(1)


def _pages(identity: Identity, size: int, seed: int, reference: date) -> list[tuple[Hashable, bytes]]:
    board = GeneratedBoard(identity, size, seed, reference, BodyCache())
    return [(key, pack(body)) for key, body in board.first_pages()]
