"""RQ tasks that join the apps."""

from __future__ import annotations

from catalog.search.upkeep import search_index_keep_up
from catalog.services import signals_keep
from gtm_site import pipeline

# A short tick: what is left is done by the next ones.
INDEX_SECONDS = 3.0
# Of a minute, so that a run that brings many jobs at once is not held up.
SIGNALS_SECONDS = 2.0


def pipeline_tick() -> None:
    """Carry every run that is under way one step further."""
    pipeline.tick()


def catalog_upkeep() -> None:
    """Carry over to the catalogue what needs no extraction."""
    pipeline.upkeep()


def signals_upkeep() -> int:
    """Bring companies' signals in line with the jobs that have changed; how many."""
    return signals_keep(seconds=SIGNALS_SECONDS)


def search_index_upkeep() -> int:
    """Bring the search index in line with the jobs that have changed; how many."""
    return search_index_keep_up(seconds=INDEX_SECONDS)
