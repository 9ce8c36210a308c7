"""A small load generator: `python -m bench.serving_load URL --connections 8 --seconds 3 [--header "Name: value"]`.

Every connection is kept alive and has one request under way at a time, as wrk does it. Prints one JSON line: requests,
seconds, and the percentiles of their latency in milliseconds. An answer other than 200 ends it with an error: refused
requests are quick and would look like speed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections.abc import Sequence
from functools import partial
from itertools import cycle
from urllib.parse import urlsplit

PERCENTILES = (50, 95, 99)


class Connection(asyncio.Protocol):
    """Sends one request after the other, each when the answer to the one before is complete."""

    def __init__(self, requests: list[bytes], start: int, until: float, ended: asyncio.Future[list[float]]) -> None:
        self._requests = cycle(requests[start % len(requests) :] + requests[: start % len(requests)])
        self._until = until
        self.ended = ended
        self._latencies: list[float] = []
        self._received = bytearray()
        self._length = -1
        self._sent = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        self._received += data
        if self._length < 0 and (head := self._received.find(b"\r\n\r\n")) >= 0:
            self._length = head + 4 + _body_length(bytes(self._received[:head]))
        if 0 <= self._length <= len(self._received):
            self._answered()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_exception(ConnectionError(f"the server closed the connection: {bytes(self._received[:200])!r}"))

    def _send(self) -> None:
        self._received.clear()
        self._length = -1
        self._sent = time.perf_counter()
        self._transport.write(next(self._requests))

    def _answered(self) -> None:
        now = time.perf_counter()
        self._latencies.append(now - self._sent)
        if not self._received.startswith(b"HTTP/1.1 200"):
            self.ended.set_exception(ConnectionError(f"not an answer to measure: {bytes(self._received[:300])!r}"))
        elif now >= self._until:
            self.ended.set_result(self._latencies)
            self._transport.close()
        else:
            self._send()


def _body_length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    raise ConnectionError(f"an answer without Content-Length: {head[:300]!r}")


async def load(urls: Sequence[str], *, connections: int, seconds: float, headers: Sequence[str]) -> dict[str, float]:
    """{requests, seconds, p50_ms, p95_ms, p99_ms} of asking these addresses, all of one host, in turn."""
    loop = asyncio.get_running_loop()
    requests = [_request(url, headers) for url in urls]
    place = urlsplit(urls[0])
    host, port = place.hostname or "", place.port or 80
    began = time.perf_counter()
    asking = [Connection(requests, number, began + seconds, loop.create_future()) for number in range(connections)]
    transports = [(await loop.create_connection(partial(_same, each), host, port))[0] for each in asking]
    try:
        latencies = sorted(latency for each in await asyncio.gather(*(each.ended for each in asking)) for latency in each)
        return summary(latencies, time.perf_counter() - began)
    finally:
        for transport in transports:
            transport.abort()
        await asyncio.sleep(0)


def _same(connection: Connection) -> Connection:
    return connection


def summary(latencies: Sequence[float], seconds: float) -> dict[str, float]:
    """Of latencies in seconds, sorted."""
    shares = {f"p{share}_ms": round(1000 * latencies[(len(latencies) - 1) * share // 100], 2) for share in PERCENTILES}
    return {"requests": len(latencies), "seconds": round(seconds, 3), **shares}


def _request(url: str, headers: Sequence[str]) -> bytes:
    parts = urlsplit(url)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    return "\r\n".join([f"GET {path} HTTP/1.1", f"Host: {parts.netloc}", *headers, "", ""]).encode()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("urls", nargs="+", metavar="URL")
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--header", action="append", default=[], metavar="LINE")
    options = parser.parse_args()
    found = asyncio.run(load(options.urls, connections=options.connections, seconds=options.seconds, headers=options.header))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
