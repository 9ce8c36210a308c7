"""Bodies of answers: unpacked in bounded pieces, refused as soon as they are too large."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Protocol

from ingestion.errors import BodyTooLargeError, TransportError, UnreadableBodyError

# However well a body is compressed, never more than this is unpacked at a time.
PIECE = 1 << 20
_GZIP, _ZLIB, _RAW_DEFLATE = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS


class Sink(Protocol):
    """Takes a body piece by piece instead of keeping it; every attempt gets a new one."""

    def feed(self, piece: bytes) -> None: ...


class Body:
    """A body in memory, refused as soon as it is larger than `limit` bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._pieces: list[bytes] = []
        self.size = 0

    def feed(self, piece: bytes) -> None:
        self.size += len(piece)
        refuse_above(self.size, self._limit)
        self._pieces.append(piece)

    def whole(self) -> bytes:
        return b"".join(self._pieces)


def refuse_above(size: int, limit: int) -> None:
    """Raise BodyTooLargeError for a size beyond the limit (bytes)."""
    if size > limit:
        raise BodyTooLargeError(f"the body is larger than {limit // 2**20} MB (too_large)", status=200)


class Unpacker:
    """Undoes a Content-Encoding, in pieces of at most PIECE bytes. Raises UnreadableBodyError for one that was not asked for."""

    def __init__(self, encoding: str) -> None:
        name = encoding.strip().lower()
        if name not in ("", "identity", "gzip", "x-gzip", "deflate"):
            raise UnreadableBodyError(f"compressed as {encoding!r}, which was not asked for", status=200)
        self._is_packed = name not in ("", "identity")
        self._formats = [_GZIP] if name.endswith("gzip") else [_ZLIB, _RAW_DEFLATE]
        self._unpack = zlib.decompressobj(self._formats[0])
        self._is_begun = False

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """What the piece unpacks to. Raises TransportError when the compression is damaged."""
        if not self._is_packed:
            yield piece
            return
        while piece and not self._unpack.eof:
            if unpacked := self._next(piece):
                yield unpacked
            piece = self._unpack.unconsumed_tail

    def close(self) -> None:
        """Raises TransportError when the compressed body was cut off."""
        if self._is_begun and not self._unpack.eof:
            raise TransportError("the compressed body was cut off")

    def _next(self, piece: bytes) -> bytes:
        try:
            unpacked = self._unpack.decompress(piece, PIECE)
        except zlib.error as error:
            if self._is_begun or len(self._formats) == 1:
                raise TransportError(f"the body's compression is damaged: {error}") from error
            # Some servers send deflate without zlib's header (RFC 9110, 8.4.1.2).
            self._formats = self._formats[1:]
            self._unpack = zlib.decompressobj(self._formats[0])
            return self._next(piece)
        self._is_begun = True
        return unpacked
