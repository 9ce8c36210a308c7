from __future__ import annotations

import errno
import hashlib
from pathlib import Path

import pytest

from ingestion import storage
from ingestion.errors import RawObjectDamagedError, RawStorageFullError

BODY = b'{"jobs":[]}' * 100


def test_bytes_come_back_and_are_kept_once(raw_folder: Path):
    first, second = storage.keep(BODY), storage.keep(BODY)
    assert first == second
    assert (first.sha256, first.size) == (hashlib.sha256(BODY).hexdigest(), len(BODY))
    assert 0 < first.stored_size < len(BODY)
    assert storage.read(first.sha256) == BODY
    assert [path.name for path in raw_folder.rglob("*") if path.is_file()] == [f"{first.sha256}.zst"]


def test_an_empty_body_is_a_body(raw_folder: Path):
    assert storage.read(storage.keep(b"").sha256) == b""


@pytest.mark.parametrize("damage", [b"", b"garbage"])
def test_damage_is_noticed(raw_folder: Path, damage: bytes):
    kept = storage.keep(BODY)
    (raw_folder / storage.name_of(kept.sha256)).write_bytes(damage)
    with pytest.raises(RawObjectDamagedError):
        storage.read(kept.sha256)


def test_other_bytes_under_the_name_are_noticed(raw_folder: Path):
    kept, other = storage.keep(BODY), storage.keep(b"other")
    (raw_folder / storage.name_of(kept.sha256)).write_bytes((raw_folder / storage.name_of(other.sha256)).read_bytes())
    with pytest.raises(RawObjectDamagedError, match="checksum"):
        storage.read(kept.sha256)


def test_missing_objects_are_named(raw_folder: Path):
    with pytest.raises(RawObjectDamagedError, match="not in storage"):
        storage.read("0" * 64)


def test_a_failed_write_leaves_nothing(raw_folder: Path, monkeypatch: pytest.MonkeyPatch):
    def fail(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(RawStorageFullError, match="free space"):
        storage.keep(BODY)
    assert [path for path in raw_folder.rglob("*") if path.is_file()] == []
