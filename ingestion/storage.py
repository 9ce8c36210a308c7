"""Raw response bytes: content-addressed by SHA-256, zstd-compressed, in the storage named "raw"."""

from __future__ import annotations

import contextlib
import hashlib
import os
import uuid
from dataclasses import dataclass
from pathlib import Path

import zstandard
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, storages

from ingestion.errors import RawObjectDamagedError

LEVEL = 3


@dataclass(frozen=True)
class StoredRaw:
    """A body that is in storage: its checksum, its size, and the size it takes there."""

    sha256: str
    size: int
    stored_size: int


def keep(body: bytes) -> StoredRaw:
    """Store a body (once, however often it is kept) and return where it is. Raises OSError when the storage does not take it."""
    sha256 = hashlib.sha256(body).hexdigest()
    storage = storages["raw"]
    name = name_of(sha256)
    if storage.exists(name):
        return StoredRaw(sha256, len(body), storage.size(name))
    packed = zstandard.ZstdCompressor(level=LEVEL).compress(body)
    if isinstance(storage, FileSystemStorage):
        _write_file(Path(storage.path(name)), packed)
    else:  # object stores replace whole objects, and the same name always means the same bytes
        storage.save(name, ContentFile(packed))
    return StoredRaw(sha256, len(body), len(packed))


def read(sha256: str) -> bytes:
    """The body of this checksum. Raises RawObjectDamagedError when it is missing or not what it was."""
    try:
        with storages["raw"].open(name_of(sha256), "rb") as handle:
            body = zstandard.ZstdDecompressor().decompressobj().decompress(handle.read())
    except FileNotFoundError:
        raise RawObjectDamagedError(f"raw object {sha256} is not in storage") from None
    except zstandard.ZstdError as error:
        raise RawObjectDamagedError(f"raw object {sha256} cannot be unpacked: {error}") from error
    if hashlib.sha256(body).hexdigest() != sha256:
        raise RawObjectDamagedError(f"raw object {sha256} does not have its checksum")
    return body


def name_of(sha256: str) -> str:
    """Two levels of folders, so that no folder grows past some thousand entries."""
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}.zst"


def _write_file(path: Path, packed: bytes) -> None:
    """Whole or not at all: written beside its place, flushed to disk, then moved there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        with draft.open("xb") as handle:
            handle.write(packed)
            handle.flush()
            os.fsync(handle.fileno())
        draft.replace(path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            draft.unlink()
