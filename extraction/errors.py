"""Errors of extraction.

ExtractionError                    retryable: see each
 ├── PostingUnreadableError        False   the raw bytes or the payload of a posting cannot be read
 ├── LeaseLostError                True    another worker took over; nothing of this batch was written
 ├── SpendCapReached                True    a paid call did not fit under the spend cap; the work waits
 ├── WorkPaused                    True    an operator paused the run; what is not asked yet waits with it
 └── ProviderError                 its own  a provider did not answer, or not in a way that can be used
"""

from __future__ import annotations


class ExtractionError(Exception):
    retryable: bool = False


class PostingUnreadableError(ExtractionError):
    """The raw bytes or the payload of a posting cannot be read; the message says which and why."""


class LeaseLostError(ExtractionError):
    """The lease of a claim ran out and another worker took it; nothing of this batch was written."""

    retryable = True


class SpendCapReached(ExtractionError):  # noqa: N818 - nothing failed: the work waits until the cap is raised
    """A paid call does not fit under the spend cap and was not sent; the message says which cap, and what to do."""

    retryable = True


class WorkPaused(ExtractionError):  # noqa: N818 - nothing failed: the work waits until its run goes on
    """An operator paused the run between two calls; what is not asked yet waits with it."""

    retryable = True


class ProviderError(ExtractionError):
    """A call that did not succeed; the message is for an operator and says what to do.

    `retryable`: the same call may succeed later (busy, cut off) or never will (no key, no such model, prompt refused).
    `retry_after`: the seconds that the server asked to wait, when it asked.
    """

    def __init__(self, message: str, *, retryable: bool, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retryable = retryable
        self.retry_after = retry_after
