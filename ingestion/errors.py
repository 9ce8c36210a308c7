"""Errors of ingestion.

IngestionError
├── FetchError                       a request that brought no usable answer; `kind`, `retryable`, `state` say what follows
│   ├── TransportError               no complete answer: refused, reset, cut off, timed out              (retried)
│   │   └── ProxyError               the proxy in between does not connect
│   ├── ServerBusyError              429, 500 to 504                                                      (retried)
│   ├── SourceGoneError              404, 410
│   ├── AccessDeniedError            401, 403
│   ├── UnexpectedStatusError        any other status
│   ├── BodyTooLargeError            more than FETCH_MAX_BODY_MB after decompression, or a board without end
│   ├── UnreadableBodyError          200, but not what the ATS documents
│   └── AddressRefusedError          an address that we do not call: unknown host, private network, bad redirect
├── CdxError                         the index of Common Crawl cannot be read as it should be
├── SiteError                        a company's site that cannot be searched, or that leads to no board
├── HostRestingError                 the host asked for a longer pause than a worker waits, or its circuit breaker is open
│   └── ProxyRestingError            no proxy connects to the host
├── ContactMissingError              the user agent names nobody: no host of the real world is asked
├── LimiterUnavailableError          Redis does not answer: nothing is sent without the limiter
├── RawStorageError                  raw storage gives or takes nothing: the run is parked until it does again
│   ├── RawStorageAwayError          the S3 server does not answer, or the disk fails
│   ├── RawStorageRefusedError       wrong keys, no permission, mounted read-only
│   ├── RawStorageMissingError       there is no such bucket
│   └── RawStorageFullError          no space left, there or where answers are held until they are stored
├── RawObjectDamagedError            stored bytes are missing or do not have their checksum
├── SeedRejectedError                a line of a seed list that names no board
└── RunStateError                    the run cannot do that in its present state; `hint` says what it can
"""

from __future__ import annotations

from typing import ClassVar


def printable(text: str) -> str:
    """The text with a blank for every character that cannot be shown, and perhaps not be stored (NUL, half a surrogate pair)."""
    return text if text.isprintable() else "".join(character if character.isprintable() else " " for character in text)


class IngestionError(Exception):
    """Base of everything ingestion raises on purpose."""


class FetchError(IngestionError):
    """A request that brought no usable answer. The message is for a person; `retryable` and `state` are for the code.

    Servers have a say in messages, and messages are stored: only what is printable of them is kept.
    """

    kind: ClassVar[str] = "fetch_error"
    retryable: ClassVar[bool] = False
    state: ClassVar[str] = "failed"
    """State of the source once the error is final."""

    def __init__(self, message: str, *, status: int | None = None, retry_after_s: float = 0.0, url: str = "") -> None:
        super().__init__(printable(message))
        self.status = status
        self.retry_after_s = retry_after_s
        self.url = url
        self.attempts = 1
        self.request_id: int | None = None
        self.raw_sha256: str | None = None


def error_kinds(of: type[FetchError] = FetchError) -> list[str]:
    """Every kind that a fetch can be given up for."""
    return sorted({kind for each in of.__subclasses__() for kind in (each.kind, *error_kinds(each))})


class TransportError(FetchError):
    kind = "transport"
    retryable = True


class ProxyError(TransportError):
    kind = "proxy"


class ServerBusyError(FetchError):
    kind = "busy"
    retryable = True


class SourceGoneError(FetchError):
    kind = "gone"
    state = "gone"


class AccessDeniedError(FetchError):
    kind = "blocked"
    state = "blocked"


class UnexpectedStatusError(FetchError):
    kind = "status"


class BodyTooLargeError(FetchError):
    kind = "too_large"


class UnreadableBodyError(FetchError):
    kind = "unreadable"


class AddressRefusedError(FetchError):
    kind = "address_refused"


class HostRestingError(IngestionError):
    """Nothing is sent to the host for `wait_s` seconds: it asked for that, or its circuit breaker is open."""

    def __init__(self, host: str, wait_s: float, *, is_broken: bool = False) -> None:
        why = "answers with errors only, its circuit breaker lets one request through in" if is_broken else "asked for a pause of"
        super().__init__(f"{host} {why} {wait_s:.0f} s")
        self.host = host
        self.wait_s = wait_s
        self.is_broken = is_broken


class ProxyRestingError(HostRestingError):
    """The proxy does not connect, retries included: neither the host nor what was asked for is to blame."""

    def __init__(self, host: str, proxy: str, why: str) -> None:
        IngestionError.__init__(self, f"{host} is out of reach through the proxy {proxy} ({why}): mend it or change FETCH_PROXIES")
        self.host = host
        self.wait_s = 0.0
        self.is_broken = False


class CdxError(IngestionError):
    """The index answered something that it should not; the message says what and where."""


class SiteError(IngestionError):
    """A site that is not visited or names no board; the message says why, and what would."""


class ContactMissingError(IngestionError):
    """Nothing is sent to a host of the real world while the user agent names nobody; the message says what to set."""


class LimiterUnavailableError(IngestionError):
    pass


class RawStorageError(IngestionError):
    """Raw storage cannot be used; the message says what to do. Nothing is lost: what was not stored is read again."""


class RawStorageAwayError(RawStorageError):
    pass


class RawStorageRefusedError(RawStorageError):
    pass


class RawStorageMissingError(RawStorageError):
    pass


class RawStorageFullError(RawStorageError):
    pass


class RawObjectDamagedError(IngestionError):
    pass


class SeedRejectedError(IngestionError):
    pass


class RunStateError(IngestionError):
    """`hint` says what the operator can do instead."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint
