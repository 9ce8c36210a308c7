"""Where the tables of the rules stand: said here once, since a compiled module lies elsewhere than its source."""

from __future__ import annotations

from pathlib import Path

DATA = Path(__file__).parent / "data"
