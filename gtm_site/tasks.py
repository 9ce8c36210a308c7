"""RQ tasks that join the apps."""

from __future__ import annotations

from gtm_site import pipeline


def pipeline_tick() -> None:
    """Carry every run that is under way one step further."""
    pipeline.tick()


def catalog_upkeep() -> None:
    """Carry over to the catalogue what needs no extraction."""
    pipeline.upkeep()
