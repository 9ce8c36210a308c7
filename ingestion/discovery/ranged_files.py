"""Remote Parquet files as an fsspec file system: every read is one range request of our own client, limiter and ledger included.

Imported only where the extra `columnar` is installed. DuckDB calls it from a thread; the client lives in an event loop.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from fsspec.spec import AbstractBufferedFile, AbstractFileSystem

from ingestion.errors import CdxError
from ingestion.http.client import Call, Client

SCHEME = "ranged"
# Holds the footer of most Parquet files: their size and their layout come with one request.
TAIL = 64 * 1024
_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")
# Files of an index never change; DuckDB only wants to know that.
_UNCHANGED = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Piece:
    """Bytes of a file from `start` on, and the size of the whole."""

    start: int
    content: bytes
    size: int


async def read_piece(client: Client, url: str, wanted: str) -> Piece:
    """The piece that a Range header names (`0-99`, `-65536`). Raises CdxError when the server answers with something else."""
    answer = await client.get(Call(url, "columnar", headers={"Range": f"bytes={wanted}", "Accept-Encoding": "identity"}))
    found = _CONTENT_RANGE.fullmatch(answer.headers.get("content-range", ""))
    if answer.status != 206 or found is None:
        raise CdxError(f"{url}: the server sends no parts of files (it answered {answer.status} to a range request)")
    start, end, size = (int(number) for number in found.groups())
    if len(answer.body) != end - start + 1:
        raise CdxError(f"{url}: {len(answer.body)} bytes came where {end - start + 1} were announced")
    return Piece(start, answer.body, size)


class RangedFiles(AbstractFileSystem):  # type: ignore[misc]  # fsspec has no hints
    """`ranged://host/path` -> range requests to `<scheme>://host/path`. What went wrong in a thread of DuckDB is kept in `error`."""

    protocol = SCHEME
    cachable = False

    def __init__(self, client: Client, loop: asyncio.AbstractEventLoop, scheme: str) -> None:
        super().__init__()
        self._client, self._loop, self._scheme = client, loop, scheme
        self._tails: dict[str, Piece] = {}
        self.error: Exception | None = None

    def tail(self, path: str) -> Piece:
        """The last bytes of the file, asked for once."""
        if path not in self._tails:
            self._tails[path] = self._ask(path, f"-{TAIL}")
        return self._tails[path]

    def piece(self, path: str, start: int, end: int) -> bytes:
        tail = self.tail(path)
        if start >= tail.start:
            return tail.content[start - tail.start : end - tail.start]
        return self._ask(path, f"{start}-{end - 1}").content

    def _ask(self, path: str, wanted: str) -> Piece:
        return self._wait(read_piece(self._client, f"{self._scheme}://{path}", wanted))

    def _wait(self, work: Coroutine[Any, Any, Piece]) -> Piece:
        try:
            return asyncio.run_coroutine_threadsafe(work, self._loop).result()
        except Exception as error:
            self.error = error
            raise

    def info(self, path: str, **kwargs: Any) -> dict[str, Any]:
        bare = self._strip_protocol(path)
        return {"name": bare, "size": self.tail(bare).size, "type": "file"}

    def modified(self, path: str) -> datetime:
        return _UNCHANGED

    def _open(self, path: str, mode: str = "rb", **kwargs: Any) -> RangedFile:
        return RangedFile(self, path, self.piece, self.tail(path).size)


class RangedFile(AbstractBufferedFile):  # type: ignore[misc]
    """One file. No cache: DuckDB reads what it needs and keeps it."""

    def __init__(self, files: RangedFiles, path: str, piece: Callable[[str, int, int], bytes], size: int) -> None:
        super().__init__(files, path, "rb", size=size, cache_type="none")
        self._piece = piece

    def _fetch_range(self, start: int, end: int) -> bytes:
        return self._piece(self.path, start, end)
