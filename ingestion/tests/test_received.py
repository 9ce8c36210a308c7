from __future__ import annotations

import mmap

import pytest

from ingestion.errors import BodyTooLargeError
from ingestion.received import ReceivedBody


def test_a_small_body_is_bytes_and_the_last_attempt_counts() -> None:
    with ReceivedBody(100) as received:
        received.sink().feed(b"cut of")
        sink = received.sink()
        sink.feed(b"who")
        sink.feed(b"le")
        assert (received.content(), received.is_large) == (b"whole", False)


def test_a_large_body_is_mapped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingestion.received.LARGE", 4)
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
