"""The bodies of boards as they are received: ordinary ones in memory, large ones in a file, none larger than allowed."""

from __future__ import annotations

import errno
import mmap
import resource
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Self

from ingestion.ats.large import LARGE
from ingestion.errors import RawStorageFullError
from ingestion.http.bodies import refuse_above

# For the connections of all readers, to hosts and to storage, and bodies in files; some systems allow 256 unless asked for more.
DESCRIPTORS = 4096


def allow_descriptors() -> None:
    """Let this process have DESCRIPTORS files open, or as many as it may allow itself; never fewer than before."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(DESCRIPTORS, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


@contextmanager
def _explained() -> Iterator[None]:
    """An answer that cannot be held cannot be stored either: the run is parked."""
    try:
        yield
    except OSError as error:
        is_descriptors = error.errno in (errno.EMFILE, errno.ENFILE)
        hint = "raise the limit of open files (ulimit -n)" if is_descriptors else "free space there or set TMPDIR to another folder"
        raise RawStorageFullError(f"the temporary folder cannot hold an answer ({error}): {hint}") from error


class SpooledBody:
    """A sink for one attempt. In memory up to LARGE bytes, then in an unnamed temporary file."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._file = tempfile.SpooledTemporaryFile(max_size=LARGE)  # noqa: SIM115 - closed by ReceivedBody
        self.size = 0

    def feed(self, piece: bytes) -> None:
        """Raises BodyTooLargeError and RawStorageFullError."""
        self.size += len(piece)
        refuse_above(self.size, self._limit)
        with _explained():
            self._file.write(piece)

    def content(self, *, is_mapped: bool) -> bytes | mmap.mmap:
        """The whole body, in memory or mapped from the file, so that its pages can be given back before it is.

        Raises RawStorageFullError.
        """
        with _explained():
            self._file.seek(0)
            return mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ) if is_mapped and self.size else self._file.read()

    def close(self) -> None:
        with suppress(OSError):  # what could not be written is not wanted any more
            self._file.close()


class ReceivedBody:
    """What the last attempt of a call received; `sink` is what the client takes for every attempt."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._body = SpooledBody(limit)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._body.close()

    def sink(self) -> SpooledBody:
        self._body.close()
        self._body = SpooledBody(self._limit)
        return self._body

    @property
    def is_large(self) -> bool:
        return self._body.size > LARGE

    def content(self) -> bytes | mmap.mmap:
        """A large one is mapped."""
        return self._body.content(is_mapped=self.is_large)
