from __future__ import annotations

import gzip
import zlib

import pytest

from ingestion.errors import BodyTooLargeError, TransportError, UnreadableBodyError
from ingestion.http.bodies import PIECE, Body, Unpacker

TEXT = b"a posting " * 10_000


def unpack(encoding: str, packed: bytes, step: int = 1000) -> bytes:
    unpacker = Unpacker(encoding)
    pieces = [piece for start in range(0, len(packed), step) for piece in unpacker.feed(packed[start : start + step])]
    unpacker.close()
    return b"".join(pieces)


def raw_deflate(text: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(text) + packer.flush()


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("", TEXT),
        ("identity", TEXT),
        ("gzip", gzip.compress(TEXT)),
        (" GZIP ", gzip.compress(TEXT)),
        ("deflate", zlib.compress(TEXT)),
        ("deflate", raw_deflate(TEXT)),
    ],
    ids=["nothing said", "identity", "gzip", "gzip in capitals", "zlib", "raw deflate"],
)
def test_what_was_packed_comes_out(encoding: str, packed: bytes):
    assert unpack(encoding, packed) == TEXT


def test_an_empty_body_is_empty_in_every_coding():
    assert (unpack("gzip", b""), unpack("", b"")) == (b"", b"")


def test_a_bomb_is_unpacked_in_small_pieces_until_it_is_refused():
    bomb, body, sizes = gzip.compress(bytes(200 * 2**20)), Body(2**20), []

    def take() -> None:
        for piece in Unpacker("gzip").feed(bomb):
            sizes.append(len(piece))
            body.feed(piece)

    with pytest.raises(BodyTooLargeError, match="1 MB"):
        take()
    assert max(sizes) <= PIECE
    assert sum(sizes) <= 2 * PIECE


def test_a_coding_that_was_not_asked_for_is_refused():
    with pytest.raises(UnreadableBodyError, match="'br'"):
        Unpacker("br")


@pytest.mark.parametrize("kept", [slice(-20), slice(100)], ids=["no end", "the beginning only"])
def test_a_compressed_body_that_was_cut_off_is_no_answer(kept: slice):
    with pytest.raises(TransportError, match="cut off"):
        unpack("gzip", gzip.compress(TEXT)[kept])


def test_damaged_compression_is_no_answer():
    packed = bytearray(gzip.compress(TEXT))
    packed[50] ^= 0xFF
    with pytest.raises(TransportError, match=r"damaged|cut off"):
        unpack("gzip", bytes(packed))
    with pytest.raises(TransportError, match="damaged"):
        unpack("deflate", b"this is no deflate at all")
