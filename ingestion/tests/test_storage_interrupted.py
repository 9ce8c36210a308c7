"""Raw storage whose writer is killed, whose disk is full or read-only: nothing half-written is ever read as whole."""

from __future__ import annotations

import os
import pwd
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings

from ingestion import storage
from ingestion.errors import RawObjectDamagedError, RawStorageError, RawStorageRefusedError

BODY = b"".join(number.to_bytes(4, "big") for number in range(50_000))
# A writer that is killed by the kernel as soon as its file is longer than the second argument, in the middle of `write`;
# the third says whether a partial write ends it (SIGXFSZ kills) or the flush after a whole one does.
WRITER = """
import os, resource, signal, sys, zstandard
import django
from django.conf import settings
folder, limit, moment = sys.argv[1], int(sys.argv[2]), sys.argv[3]
backend = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": folder}}
settings.configure(STORAGES={"raw": backend})
django.setup()
from ingestion import storage
if moment == "write":
    signal.signal(signal.SIGXFSZ, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
else:
    os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)
storage.keep(sys.stdin.buffer.read())
"""


@pytest.mark.parametrize("moment", ["write", "flush"])
def test_kill_9_in_the_middle_of_a_write_leaves_only_a_remnant(raw_folder: Path, moment: str) -> None:
    writer = subprocess.run(
        [sys.executable, "-c", WRITER, str(raw_folder), "30000", moment], input=BODY, cwd=settings.BASE_DIR, check=False
    )
    assert writer.returncode == -signal.SIGKILL
    (left,) = storage.stored_names()
    assert left.is_remnant
    assert left.size > 0
    sha256 = left.name.rpartition("/")[2].split(".")[1]
    assert not storage.exists(sha256)
    with pytest.raises(RawObjectDamagedError):
        storage.read(sha256)
    assert storage.keep(BODY).is_new
    assert storage.read(sha256) == BODY


def test_a_file_of_any_shorter_length_is_never_read_as_whole(raw_folder: Path) -> None:
    kept = storage.keep(BODY[:2000])
    path = raw_folder / storage.name_of(kept.sha256)
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(RawObjectDamagedError):
            storage.read(kept.sha256)
    path.write_bytes(whole)
    assert storage.read(kept.sha256) == BODY[:2000]


def test_a_disk_that_takes_no_more_leaves_nothing_of_the_body(raw_folder: Path) -> None:
    with most_bytes_of_a_file(4096), pytest.raises(RawStorageError, match="raw storage"):
        storage.keep(BODY)
    assert list(storage.stored_names()) == []
    assert storage.read(storage.keep(BODY).sha256) == BODY


def test_a_folder_that_cannot_be_written_is_said_and_what_lies_there_is_read_on(raw_folder: Path) -> None:
    kept = storage.keep(b"before")
    with nobody_may_write(raw_folder):
        with pytest.raises(RawStorageRefusedError, match="permissions"):
            storage.keep(BODY)
        assert storage.read(kept.sha256) == b"before"
        with pytest.raises(RawStorageRefusedError):
            storage.check()
    assert [name.sha256 for name in storage.stored_names()] == [kept.sha256]


@contextmanager
def most_bytes_of_a_file(limit: int) -> Iterator[None]:
    """The kernel refuses longer files, in the middle of a write, as a full disk does. Python ignores the signal."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def nobody_may_write(folder: Path) -> Iterator[None]:
    """Take the right to write away; root, who may do everything, becomes somebody else meanwhile."""
    folders = [folder, *(path for path in folder.rglob("*") if path.is_dir())]
    for path in folders:
        path.chmod(0o555)
    above = [path for path in folder.parents if path.stat().st_uid == os.geteuid() and not path.stat().st_mode & 0o001]
    modes = {path: path.stat().st_mode & 0o7777 for path in above}
    for path in above:
        path.chmod(modes[path] | 0o111)
    own = os.geteuid()
    if own == 0:
        os.seteuid(pwd.getpwnam("nobody").pw_uid)
    try:
        yield
    finally:
        os.seteuid(own)
        for path, mode in modes.items():
            path.chmod(mode)
        for path in folders:
            path.chmod(0o755)
