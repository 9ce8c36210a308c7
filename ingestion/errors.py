"""Errors of ingestion.

IngestionError
├── FetchError                  a request that brought no usable answer; `kind`, `retryable`, `state` say what follows
│   ├── TransportFailed         no complete answer: refused, reset, cut off, timed out              (retried)
│   ├── ServerBusy              429, 500 to 504                                                      (retried)
│   ├── SourceGone              404, 410
│   ├── AccessDenied            401, 403
│   ├── UnexpectedStatus        any other status
│   ├── BodyTooLarge            more than FETCH_MAX_BODY_MB after decompression
│   ├── UnreadableBody          200, but not what the ATS documents
│   └── AddressRefused          an address that we do not call: unknown host, private network, bad redirect
├── HostResting                 the host asked for a longer pause than a worker waits
├── LimiterUnavailable          Redis does not answer: nothing is sent without the limiter
├── LeaseLost                   somebody else holds the source now; what was read is dropped
├── RawObjectDamaged            stored bytes are missing or do not have their checksum
├── SeedRejected                a line of a seed list that names no board
└── RunStateError               the run cannot do that in its present state
"""

from __future__ import annotations

from typing import ClassVar


class IngestionError(Exception):
    """Base of everything ingestion raises on purpose."""


class FetchError(IngestionError):
    """A request that brought no usable answer. The message is for a person; `retryable` and `state` are for the code."""

    kind: ClassVar[str] = "fetch_error"
    retryable: ClassVar[bool] = False
    state: ClassVar[str] = "failed"
    """State of the source once the error is final."""

    def __init__(self, message: str, *, status: int | None = None, retry_after_s: float = 0.0, url: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.retry_after_s = retry_after_s
        self.url = url
        self.attempts = 1
        self.raw_sha256: str | None = None


class TransportFailed(FetchError):
    kind = "transport"
    retryable = True


class ServerBusy(FetchError):
    kind = "busy"
    retryable = True


class SourceGone(FetchError):
    kind = "gone"
    state = "gone"


class AccessDenied(FetchError):
    kind = "blocked"
    state = "blocked"


class UnexpectedStatus(FetchError):
    kind = "status"


class BodyTooLarge(FetchError):
    kind = "too_large"


class UnreadableBody(FetchError):
    kind = "unreadable"


class AddressRefused(FetchError):
    kind = "address_refused"


class HostResting(IngestionError):
    """The host asked for a pause of `wait_s` seconds."""

    def __init__(self, host: str, wait_s: float) -> None:
        super().__init__(f"{host} asked for a pause of {wait_s:.0f} s")
        self.host = host
        self.wait_s = wait_s


class LimiterUnavailable(IngestionError):
    pass


class LeaseLost(IngestionError):
    pass


class RawObjectDamaged(IngestionError):
    pass


class SeedRejected(IngestionError):
    pass


class RunStateError(IngestionError):
    pass
