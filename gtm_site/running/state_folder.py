"""The state folder of a checkout: where it is, what lies where in it, and the one supervisor that works on it."""

from __future__ import annotations

import contextlib
import fcntl
import getpass
import hashlib
import os
import pwd
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from gtm_site import env

PROJECT = Path(__file__).resolve().parents[2]
UNPRIVILEGED_USERS = ("postgres", "nobody")
# A command that looks whether there is a supervisor holds its lock for less than this.
LOOKED_AT_S = 0.5


class EmbeddedServerError(RuntimeError):
    """An embedded server did not start; the message holds the end of its log and what to do."""


@dataclass(frozen=True)
class Layout:
    """Where everything of this checkout's embedded servers lives."""

    state: Path
    sockets: Path
    user: str | None

    @property
    def postgres_data(self) -> Path:
        return self.state / "postgres"

    @property
    def postgres_log(self) -> Path:
        return self.state / "postgres.log"

    @property
    def redis_data(self) -> Path:
        return self.state / "redis"

    @property
    def redis_log(self) -> Path:
        return self.state / "redis.log"

    @property
    def redis_socket(self) -> Path:
        return self.sockets / "redis.sock"

    @property
    def lock(self) -> Path:
        return self.state / "servers.lock"

    @property
    def supervisor_lock(self) -> Path:
        return self.state / "supervisor.lock"


def layout() -> Layout:
    """The folders: `GTM_STATE_DIR`, else `var/` in the project, else (as root) a place an unprivileged user reaches."""
    user = _unprivileged_user() if os.geteuid() == 0 else None
    digest = hashlib.sha256(str(PROJECT).encode()).hexdigest()[:12]
    chosen = env.optional("GTM_STATE_DIR")
    if chosen:
        state = Path(chosen).absolute()
        digest = hashlib.sha256(str(state).encode()).hexdigest()[:12]
    elif user:
        state = Path("/var/tmp") / f"gtm-engine-{digest}"  # noqa: S108 - survives a reboot, and the folder is checked
    else:
        state = PROJECT / "var"
    return Layout(state=state, sockets=Path(tempfile.gettempdir()) / f"gtm-{user or _own_name()}-{digest}", user=user)


def _own_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user often has no name
        return str(os.geteuid())


def _unprivileged_user() -> str:
    for name in UNPRIVILEGED_USERS:
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    raise EmbeddedServerError("PostgreSQL does not run as root and there is no user 'postgres' or 'nobody': set POSTGRES_URL")


@contextlib.contextmanager
def only_supervisor() -> Iterator[None]:
    """Be the one supervisor of the state folder. Raises EmbeddedServerError when there is one: its workers would take our tasks."""
    place = layout()
    place.state.mkdir(parents=True, exist_ok=True)
    with place.supervisor_lock.open("a") as handle:
        deadline = time.monotonic() + LOOKED_AT_S
        while not try_lock(handle, fcntl.LOCK_EX):
            if time.monotonic() > deadline:
                raise EmbeddedServerError(
                    f"GTM Engine runs already on {place.state}: end it first, or give this one a folder of its own with GTM_STATE_DIR"
                )
            time.sleep(0.05)
        yield


def is_supervised(place: Layout) -> bool:
    """Whether a supervisor lives on this state folder."""
    if not place.supervisor_lock.exists():
        return False
    with place.supervisor_lock.open() as handle:
        return not try_lock(handle, fcntl.LOCK_SH)


def try_lock(handle: IO[str], kind: int) -> bool:
    """Whether the file is locked for us now (`kind` as for `fcntl.flock`); it is until it is closed."""
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def folders_make(place: Layout) -> None:
    """What the servers need before they start. Raises EmbeddedServerError for a path too long for sockets (107 bytes)."""
    place.state.mkdir(parents=True, exist_ok=True)
    if place.user:
        place.state.chmod(0o755)
    place.redis_data.mkdir(exist_ok=True)
    private_folder(place.sockets, place.user)
    if len(str(place.sockets / ".s.PGSQL.5432.lock")) > 107:
        raise EmbeddedServerError(f"the path {place.sockets} is too long for a Unix socket: set TMPDIR to a shorter one")


def private_folder(path: Path, user: str | None) -> None:
    """A folder that only the user reaches, or we where there is none."""
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o700)
    if user:
        record = pwd.getpwnam(user)
        os.chown(path, record.pw_uid, record.pw_gid)
