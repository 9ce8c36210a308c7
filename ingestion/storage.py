"""Raw response bytes: content-addressed by SHA-256, zstd-compressed, in the storage named "raw".

Every function raises a RawStorageError that says what to do when the storage itself is the trouble.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import zstandard
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, storages

from ingestion.ats.base import Body
from ingestion.errors import RawObjectDamagedError, RawStorageError
from ingestion.storage_errors import explained

LEVEL = 3
_OBJECT = re.compile(r"[0-9a-f]{2}/[0-9a-f]{2}/([0-9a-f]{64})\.zst")
_REMNANT = re.compile(r"[0-9a-f]{2}/[0-9a-f]{2}/\.[0-9a-f]{64}\.zst\.[0-9a-f]{32}|probe/[0-9a-f]{32}")


@dataclass(frozen=True)
class StoredRaw:
    """A body that is in storage: its checksum, its size, the size it takes there, and whether it was not there before."""

    sha256: str
    size: int
    stored_size: int
    is_new: bool = field(default=True, compare=False)


@dataclass(frozen=True, slots=True)
class StoredName:
    """One thing that lies in storage. `sha256` is None for what is no raw object."""

    name: str
    size: int
    modified_at: datetime

    @property
    def sha256(self) -> str | None:
        found = _OBJECT.fullmatch(self.name)
        return found[1] if found else None

    @property
    def is_remnant(self) -> bool:
        """Left behind by a writer that was killed."""
        return bool(_REMNANT.fullmatch(self.name))


def keep(body: Body) -> StoredRaw:
    """Store a body (once, however often it is kept) and return where it is."""
    sha256 = hashlib.sha256(body).hexdigest()
    storage, name = storages["raw"], name_of(sha256)
    with explained():
        if storage.exists(name):
            return StoredRaw(sha256, len(body), storage.size(name), is_new=False)
        packed = zstandard.ZstdCompressor(level=LEVEL).compress(memoryview(body))
        _write(storage, name, packed)
    return StoredRaw(sha256, len(body), len(packed))


def read(sha256: str) -> bytes:
    """The body of this checksum. Raises RawObjectDamagedError when it is missing or not what it was."""
    try:
        with explained(), storages["raw"].open(name_of(sha256), "rb") as handle:
            packed = handle.read()
        body = zstandard.ZstdDecompressor().decompressobj().decompress(packed)
    except FileNotFoundError:
        raise RawObjectDamagedError(f"raw object {sha256} is not in storage") from None
    except zstandard.ZstdError as error:
        raise RawObjectDamagedError(f"raw object {sha256} cannot be unpacked: {error}") from error
    if hashlib.sha256(body).hexdigest() != sha256:
        raise RawObjectDamagedError(f"raw object {sha256} does not have its checksum")
    return body


def exists(sha256: str) -> bool:
    with explained():
        return storages["raw"].exists(name_of(sha256))


def delete(name: str) -> None:
    """Remove what lies under this name; nothing happens when nothing does."""
    with explained():
        storages["raw"].delete(name)


def check() -> None:
    """Write, read back and remove a few bytes, so that nobody asks the outside world for what cannot be kept."""
    storage, name, probe = storages["raw"], f"probe/{uuid.uuid4().hex}", b"probe"
    with explained():
        _write(storage, name, probe)
        with storage.open(name, "rb") as handle:
            found = handle.read()
        storage.delete(name)
    if found != probe:
        raise RawStorageError("raw storage does not give back what was written to it: check the disk or the S3 server")


def stored_names() -> Iterator[StoredName]:
    """Everything that lies in raw storage, by name."""
    storage = storages["raw"]
    with explained():
        if isinstance(storage, FileSystemStorage):
            yield from _files(Path(storage.base_location))
        else:
            for item in storage.bucket.objects.all():  # type: ignore[attr-defined]
                yield StoredName(item.key, item.size, item.last_modified)


def name_of(sha256: str) -> str:
    """Two levels of folders, so that no folder grows past some thousand entries."""
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}.zst"


def _files(root: Path) -> Iterator[StoredName]:
    for folder, folders, names in os.walk(root):
        folders.sort()
        for path in (Path(folder, name) for name in sorted(names)):
            with contextlib.suppress(FileNotFoundError):  # a draft that was moved to its place meanwhile
                status = path.stat()
                yield StoredName(path.relative_to(root).as_posix(), status.st_size, datetime.fromtimestamp(status.st_mtime, UTC))


def _write(storage: Any, name: str, packed: bytes) -> None:
    if isinstance(storage, FileSystemStorage):
        _write_file(Path(storage.path(name)), packed)
    else:  # object stores replace whole objects, and the same name always means the same bytes
        storage.save(name, ContentFile(packed))


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
