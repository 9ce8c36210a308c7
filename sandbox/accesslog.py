"""The access log: one JSON line a request, and how many requests ran at once per interface.

Politeness tests compare a client's own ledger with it. A request ends when its answer has been handed
to the operating system or its connection has closed, whichever comes first.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import orjson


@dataclass
class Entry:
    """One request while it runs. Times are epoch seconds; `sent` counts body bytes."""

    interface: str
    host: str
    port: int
    method: str
    path: str
    user_agent: str
    start: float = 0.0
    status: int = 0
    sent: int = 0

    def line(self, end: float) -> bytes:
        """The line of the log, with a newline."""
        row = {
            "start": self.start,
            "end": end,
            "host": self.host,
            "port": self.port,
            "method": self.method,
            "path": self.path,
            "status": self.status,
            "bytes": self.sent,
            "user_agent": self.user_agent,
        }
        return orjson.dumps(row) + b"\n"


class AccessLog:
    """Writes finished requests, unbuffered, and counts those running. Status 0 = nothing was answered."""

    def __init__(self, path: Path | None) -> None:
        self._file: BinaryIO | None = path.open("ab", buffering=0) if path else None
        self._running: Counter[str] = Counter()
        self.requests: Counter[str] = Counter()
        self.highest: Counter[str] = Counter()

    @contextmanager
    def running(self, entry: Entry) -> Iterator[None]:
        """Around one request, from its headers to its end."""
        entry.start = time.time()
        name = entry.interface
        self._running[name] += 1
        self.requests[name] += 1
        self.highest[name] = max(self.highest[name], self._running[name])
        try:
            yield
        finally:
            self._running[name] -= 1
            if self._file:
                self._file.write(entry.line(time.time()))

    def close(self) -> None:
        """Nothing can be logged afterwards."""
        if self._file:
            self._file.close()
            self._file = None
