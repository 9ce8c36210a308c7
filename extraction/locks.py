"""Numbers of the advisory locks that extraction takes. No two of the database are the same, those of other apps among them."""

from __future__ import annotations

SPEND = 0x67746D10
# With the tier as a second key.
CLAIM = 0x67746D20
