from __future__ import annotations

import errno
import mmap
import os
import resource
from typing import Any

import pytest

from ingestion.errors import BodyTooLargeError, RawStorageFullError
from ingestion.http.received import ReceivedBody, allow_descriptors


def test_a_small_body_is_bytes_and_the_last_attempt_counts() -> None:
    with ReceivedBody(100) as received:
        received.sink().feed(b"cut of")
        sink = received.sink()
        sink.feed(b"who")
        sink.feed(b"le")
        assert (received.content(), received.is_large) == (b"whole", False)


def test_a_large_body_is_mapped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingestion.http.received.LARGE", 4)
    with ReceivedBody(100) as received:
        received.sink().feed(b"larger than four")
        content = received.content()
        assert (type(content), received.is_large) == (mmap.mmap, True)
    assert content[:] == b"larger than four"


def test_a_body_beyond_the_limit_is_refused_while_it_comes() -> None:
    with ReceivedBody(2**20) as received:
        sink = received.sink()
        sink.feed(b"x" * 2**20)
        with pytest.raises(BodyTooLargeError, match="larger than 1 MB"):
            sink.feed(b"y")


@pytest.mark.parametrize(("number", "hint"), [(errno.EMFILE, "open files"), (errno.ENOSPC, "TMPDIR")])
def test_a_body_that_cannot_be_mapped_is_no_surprise(monkeypatch: pytest.MonkeyPatch, number: int, hint: str) -> None:
    def refuse(*args: Any, **options: Any) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("ingestion.http.received.LARGE", 4)
    monkeypatch.setattr("mmap.mmap", refuse)
    with ReceivedBody(100) as received:
        received.sink().feed(b"larger than four")
        with pytest.raises(RawStorageFullError, match=hint):
            received.content()


def test_a_full_disk_is_told_once_and_not_again_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingestion.http.received.LARGE", 4)
    monkeypatch.setattr("tempfile.TemporaryFile", lambda **options: open("/dev/full", "w+b"))  # noqa: SIM115 - closed by ReceivedBody
    with ReceivedBody(100) as received:
        sink = received.sink()
        with pytest.raises(RawStorageFullError, match="No space left"):
            sink.feed(b"larger than four")


def test_a_process_allows_itself_the_files_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    monkeypatch.setattr("ingestion.http.received.DESCRIPTORS", before[0] - 1)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (before[0] - 2, before[1]))
        allow_descriptors()
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (before[0] - 1, before[1])
        monkeypatch.setattr("ingestion.http.received.DESCRIPTORS", before[0] - 3)
        allow_descriptors()
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (before[0] - 1, before[1])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
