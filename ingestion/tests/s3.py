"""A real S3 server for tests: rclone serves a folder, each folder in it a bucket."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ingestion.s3 import s3_storage

KEY, SECRET = "gtm-test-access-key", "gtm-test-secret-key"
BUCKET = "gtm-raw"


class S3Server:
    """One address; the server there can be stopped and started."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / BUCKET).mkdir(parents=True)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        program = shutil.which("rclone", path=str(Path(sys.executable).parent)) or shutil.which("rclone")
        if program is None:
            pytest.fail("there is no rclone: install the project's test extra")
        command = [program, "serve", "s3", "--config", "/dev/null", "--addr", f"127.0.0.1:{self.port}", "--auth-key", f"{KEY},{SECRET}"]
        self._process = subprocess.Popen([*command, str(self.root)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise TimeoutError("rclone did not start to listen")

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=10)
            self._process = None


@contextmanager
def running_s3(root: Path) -> Iterator[S3Server]:
    server = S3Server(root)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def raw_storage(url: str, timeout_s: float = 2.0, **changes: Any) -> dict[str, Any]:
    """The entry of STORAGES for this server, as settings make it."""
    entry = s3_storage(endpoint=url, access_key=KEY, secret_key=SECRET, bucket=BUCKET, timeout_s=timeout_s)
    return {**entry, "OPTIONS": {**entry["OPTIONS"], **changes}}
