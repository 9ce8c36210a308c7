"""Errors of extraction.

ExtractionError                    retryable: see each
 ├── PostingUnreadableError        False   the raw bytes or the payload of a posting cannot be read
 └── LeaseLostError                True    another worker took over; nothing of this batch was written
"""

from __future__ import annotations

from typing import ClassVar


class ExtractionError(Exception):
    retryable: ClassVar[bool] = False


class PostingUnreadableError(ExtractionError):
    """The raw bytes or the payload of a posting cannot be read; the message says which and why."""


class LeaseLostError(ExtractionError):
    """The lease of a claim ran out and another worker took it; nothing of this batch was written."""

    retryable = True
