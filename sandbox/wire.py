"""Sends an answer over a real connection, in whatever way its delivery asks for."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Iterable

from aiohttp import web

from sandbox.accesslog import Entry
from sandbox.answers import Answer

_DRIPS = 20
_CHUNK = 64 * 1024


async def send(request: web.BaseRequest, answer: Answer, entry: Entry) -> web.StreamResponse:
    """Send the answer to its end and note status and bytes in `entry`."""
    delivery = answer.delivery
    if delivery.delay:
        await asyncio.sleep(delivery.delay)
    if delivery.reset:
        return _reset(request)
    response = web.StreamResponse(status=answer.status, headers=answer.headers)
    response.headers["Content-Type"] = answer.content_type
    entry.status = answer.status
    if delivery.cut:
        await _cut(request, response, answer, entry)
    elif delivery.drip:
        await _pieces(request, response, _drops(answer.body), entry, pause=delivery.drip / _DRIPS)
    elif answer.lines is not None:
        await _pieces(request, response, answer.lines, entry)
    else:
        await _body(request, response, _fitting(request, response, answer), entry)
    return response


def _fitting(request: web.BaseRequest, response: web.StreamResponse, answer: Answer) -> bytes:
    """The body in the coding the caller accepts; bodies that are kept gzipped travel gzipped."""
    if answer.packed is None:
        return answer.body
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        response.headers["Content-Encoding"] = "gzip"
        return answer.packed
    return answer.whole().body


async def _body(request: web.BaseRequest, response: web.StreamResponse, body: bytes, entry: Entry) -> None:
    response.content_length = len(body)
    await response.prepare(request)
    entry.sent = 0 if request.method == "HEAD" else len(body)
    await response.write_eof(body if entry.sent else b"")


async def _pieces(
    request: web.BaseRequest,
    response: web.StreamResponse,
    pieces: Iterable[bytes],
    entry: Entry,
    pause: float = 0.0,
) -> None:
    response.enable_chunked_encoding()
    await response.prepare(request)
    for piece in pieces:
        await response.write(piece)
        entry.sent += len(piece)
        if pause:
            await asyncio.sleep(pause)
    await response.write_eof()


def _drops(body: bytes) -> list[bytes]:
    size = max(1, -(-len(body) // _DRIPS))
    return [body[start : start + size] for start in range(0, len(body), size)]


async def _cut(request: web.BaseRequest, response: web.StreamResponse, answer: Answer, entry: Entry) -> None:
    """Half of the body under headers that promise all of it, then the connection closes."""
    if answer.delivery.cut == "length":
        response.content_length = len(answer.body)
    else:
        response.enable_chunked_encoding()
    await response.prepare(request)
    half = answer.body[: len(answer.body) // 2]
    for start in range(0, len(half), _CHUNK):
        await response.write(half[start : start + _CHUNK])
    entry.sent = len(half)
    if request.transport:
        request.transport.close()


def _reset(request: web.BaseRequest) -> web.StreamResponse:
    """Close with RST: with SO_LINGER at zero the kernel drops what it has and resets."""
    transport = request.transport
    if transport:
        sock = transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response()
