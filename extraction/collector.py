"""How often Python looks for garbage cycles while postings are read in bulk."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

OBJECTS = 200_000
"""New objects, less those gone again, before a collection: more than the documents and records of one claim."""


@contextmanager
def rare_collections() -> Iterator[None]:
    """Collect cycles after `OBJECTS` new objects instead of 700 meanwhile.

    Documents and records have no cycles and live until their batch is written. At the usual pace they are walked
    several times before that, for nothing: a twentieth of what tier 0 costs.
    """
    usual = gc.get_threshold()
    gc.set_threshold(OBJECTS, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)
