"""Logs of programs that run for months."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

LOG_BYTES = 64 * 2**20


def log_shorten(log: Path) -> None:
    """Move what a log holds to `NAME.1`, over what is there, once it is large.

    The file stays the same, since whoever writes to it has it open, and appends: what is written meanwhile is lost.
    """
    with contextlib.suppress(OSError):  # there is none yet
        if (size := log.stat().st_size) > LOG_BYTES and shutil.disk_usage(log.parent).free > size:
            shutil.copyfile(log, log.with_name(f"{log.name}.1"))
            os.truncate(log, 0)
