"""Types of command line arguments."""

from __future__ import annotations

import argparse

_MOST = 1_000_000_000


def positive(text: str) -> int:
    """A whole number from 1 on that every column can hold. Raises argparse.ArgumentTypeError."""
    try:
        number = int(text)
    except ValueError:
        number = 0
    if not 1 <= number <= _MOST:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1 to {_MOST:,}, not {text[:40]!r}")
    return number
