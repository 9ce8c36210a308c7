"""Numbers of the advisory locks that ingestion takes. No two of the database are the same, those of other apps among them."""

from __future__ import annotations

DISCOVERY = 0x67746D01
# With a second key that is made from the run's id. Two runs with one key only wait for each other in vain.
RUN = 0x67746D02
SCHEDULE = 0x67746D03
RUN_ALL = 0x67746D04
