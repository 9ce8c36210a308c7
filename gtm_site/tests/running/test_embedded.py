from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from gtm_site.running import child_server, embedded, postgres_server
from gtm_site.running.child_server import last_words
from gtm_site.running.postgres_server import postgres_answers
from gtm_site.running.redis_server import redis_answers
from gtm_site.running.state_folder import PROJECT, EmbeddedServerError, Layout, layout, only_supervisor

STARTER = """
import os, sys, time
from gtm_site.running import embedded
with embedded.servers():
    print("up", flush=True)
    time.sleep(60)
"""


pytestmark = pytest.mark.xdist_group("embedded")  # one group, one worker: the module's state folder is made once


@pytest.fixture(scope="module")
def state(tmp_path_factory):
    """A state folder of this module's own, reachable for the unprivileged user when the tests run as root."""
    folder = Path("/var/tmp") / f"gtm-test-{os.getpid()}" if os.geteuid() == 0 else tmp_path_factory.mktemp("state")
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def place(monkeypatch, state):
    monkeypatch.setenv("GTM_STATE_DIR", str(state))
    monkeypatch.delenv("POSTGRES_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)
    yield layout()
    shutil.rmtree(layout().sockets, ignore_errors=True)


def connected() -> contextlib.closing[redis.Redis]:
    return contextlib.closing(redis.Redis.from_url(embedded.redis_url()))


def wait_until_silent(place: Layout, seconds: float = 20.0) -> bool:
    deadline = time.monotonic() + seconds
    while postgres_answers(place) or redis_answers(place):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_servers_start_keep_what_is_written_and_stop(place):
    with embedded.servers(durable=False):
        with psycopg.connect(embedded.postgres_url(), autocommit=True) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 'Ünïcode' AS word")
            connection.execute("CREATE EXTENSION pg_trgm")
            trigrams = connection.execute("SELECT show_trgm('éé')").fetchone()
            assert trigrams
            assert trigrams[0], "letters outside ASCII must make trigrams"
        assert redis_answers(place)
    assert wait_until_silent(place)
    with embedded.servers(durable=False), psycopg.connect(embedded.postgres_url()) as connection:
        assert connection.execute("SELECT word FROM kept").fetchone() == ("Ünïcode",)


def test_a_second_user_shares_the_servers_and_does_not_stop_them(place):
    with embedded.servers(durable=False):
        with embedded.servers(durable=False):
            assert postgres_answers(place)
        assert postgres_answers(place)
        assert redis_answers(place)


def test_kill_9_of_the_owner_stops_both_servers(place, next_line):
    owner = subprocess.Popen([sys.executable, "-c", STARTER], stdout=subprocess.PIPE, cwd=PROJECT)
    assert owner.stdout
    assert next_line(owner) == b"up\n"
    assert postgres_answers(place)
    owner.kill()
    owner.wait()
    owner.stdout.close()
    assert wait_until_silent(place)


def test_an_owner_that_dies_while_postgres_recovers_leaves_no_server_that_never_ends(place, next_line):
    owner = subprocess.Popen([sys.executable, "-c", STARTER], stdout=subprocess.PIPE, cwd=PROJECT)
    assert owner.stdout
    assert next_line(owner) == b"up\n"
    with contextlib.closing(psycopg.connect(embedded.postgres_url())) as connection:
        found = connection.execute("SELECT pid FROM pg_stat_activity WHERE pid = pg_backend_pid()").fetchone()
        assert found
        os.kill(found[0], signal.SIGKILL)
    recovery_begins_by = time.monotonic() + 2
    while postgres_answers(place) and time.monotonic() < recovery_begins_by:
        pass
    owner.kill()
    owner.wait()
    owner.stdout.close()
    with embedded.servers(durable=False), psycopg.connect(embedded.postgres_url()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_tend_starts_again_what_died(place):
    with embedded.servers(durable=False) as own:
        assert own._redis
        own._redis.kill()
        own._redis.wait()
        own.tend()
        assert redis_answers(place)


@pytest.mark.parametrize("damage", [Path.unlink, lambda file: file.write_bytes(b"of another kind")], ids=["missing", "unreadable"])
@pytest.mark.parametrize("part", ["manifest", "base", "incr"])
def test_a_redis_whose_files_are_damaged_starts_empty_and_keeps_them(place, part, damage, caplog):
    with embedded.servers() as own, connected() as client:
        client.set("before", "1")
        client.waitaof(1, 0, 2000)
        assert own._redis
        own._redis.kill()
        own._redis.wait()
        (file,) = (place.redis_data / "appendonlydir").glob(f"*{part}*")
        damage(file)
        own.tend()
        assert client.get("before") is None
        if (part, damage) != ("manifest", Path.unlink):  # without it Redis knows of no file, and starts empty by itself
            assert "filled from PostgreSQL" in caplog.text
            assert list((place.redis_data / "appendonlydir.unread").iterdir())
        client.set("after", "2")
        client.waitaof(1, 0, 2000)
        own._redis.kill()
        own._redis.wait()
        own.tend()
        assert client.get("after") == b"2"


def test_a_killed_postgres_is_started_again_though_its_children_hold_on(place):
    with embedded.servers(durable=False) as own:
        assert own._postgres
        with contextlib.closing(psycopg.connect(embedded.postgres_url())) as connection:
            connection.execute("SELECT 1")
            own._postgres.kill()
            own._postgres.wait()
            own.tend()
            assert postgres_answers(place)


def test_a_server_that_cannot_start_says_why(place, monkeypatch):
    monkeypatch.setattr(postgres_server, "REMAINS_S", 0.0)
    with embedded.servers(durable=False):
        pass
    control = place.postgres_data / "global" / "pg_control"
    control.rename(control.with_name("away"))
    try:
        with pytest.raises(EmbeddedServerError, match="pg_control"), embedded.servers(durable=False):
            pass
    finally:
        control.with_name("away").rename(control)


def test_what_does_not_start_again_is_tried_later(place, monkeypatch, caplog):
    """A full disk may have room by then."""
    monkeypatch.setattr(postgres_server, "REMAINS_S", 0.0)
    control = place.postgres_data / "global" / "pg_control"
    with embedded.servers(durable=False) as own:
        assert own._postgres
        own._postgres.kill()
        own._postgres.wait()
        control.rename(control.with_name("away"))
        own.tend()
        assert "pg_control" in caplog.text
        control.with_name("away").rename(control)
        own.tend()
        assert not postgres_answers(place)
        monkeypatch.setattr(own, "_not_before", 0.0)
        own.tend()
        assert postgres_answers(place)


def test_why_a_server_does_not_start_is_not_hidden_behind_our_own_knocking(tmp_path):
    log = tmp_path / "postgres.log"
    log.write_text("FATAL:  the reason\n" + "FATAL:  the database system is in recovery mode\n" * 100)
    assert last_words(log) == "FATAL:  the reason"


@pytest.mark.parametrize(
    "content", [None, "", "\0" * 40, "18446744073709551616\n"], ids=["of somebody else", "empty", "NULs", "no process"]
)
def test_a_lock_file_that_a_crash_left_keeps_no_server_from_starting(place, content):
    """A number in it may be any process' by then."""
    user = {"user": place.user} if place.user else {}
    with (
        subprocess.Popen(["sleep", "120"], cwd="/", **user) as other,
        embedded.servers(durable=False) as own,
    ):
        assert own._postgres
        lock = place.postgres_data / "postmaster.pid"
        lines = lock.read_text().splitlines()
        own._postgres.kill()
        own._postgres.wait()
        lock.write_text("\n".join([str(other.pid), *lines[1:], ""]) if content is None else content)
        own.tend()
        assert postgres_answers(place)
        other.kill()


def test_a_cluster_without_its_version_is_left_alone(place):
    with embedded.servers(durable=False), psycopg.connect(embedded.postgres_url(), autocommit=True) as connection:
        connection.execute("CREATE TABLE precious AS SELECT 1 AS one")
    version = place.postgres_data / "PG_VERSION"
    version.rename(version.with_name("away"))
    with pytest.raises(EmbeddedServerError, match="no whole cluster"), embedded.servers(durable=False):
        pass
    version.with_name("away").rename(version)
    with embedded.servers(durable=False), psycopg.connect(embedded.postgres_url()) as connection:
        assert connection.execute("SELECT one FROM precious").fetchone() == (1,)


def test_kill_9_while_the_cluster_is_made(place, monkeypatch):
    folder = place.state.with_name(f"{place.state.name}-new")
    monkeypatch.setenv("GTM_STATE_DIR", str(folder))
    draft = folder / "postgres.new"
    owner = subprocess.Popen([sys.executable, "-c", STARTER], stdout=subprocess.DEVNULL, cwd=PROJECT)
    try:
        deadline = time.monotonic() + 60
        while not (draft / "PG_VERSION").exists() and time.monotonic() < deadline:
            pass
        assert (draft / "PG_VERSION").exists()
        owner.kill()
        owner.wait()
        with embedded.servers(durable=False):
            assert postgres_answers(layout())
        assert not draft.exists()
    finally:
        owner.kill()
        owner.wait()
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(layout().sockets, ignore_errors=True)


def test_a_command_beside_a_supervisor_starts_no_server_but_waits_for_its(place):
    with only_supervisor(), embedded.servers(durable=False) as supervisors:
        assert supervisors._redis
        supervisors._redis.kill()
        supervisors._redis.wait()
        command = subprocess.Popen([sys.executable, "manage.py", "status_of_nothing"], cwd=PROJECT, stderr=subprocess.PIPE, text=True)
        with pytest.raises(subprocess.TimeoutExpired):
            command.wait(2)
        assert not redis_answers(place)
        supervisors.tend()
        assert "Unknown command" in command.communicate(timeout=30)[1]
        assert redis_answers(place)


def test_there_is_one_supervisor(place):
    with only_supervisor(), pytest.raises(EmbeddedServerError, match="runs already"), only_supervisor():
        pass


@pytest.fixture
def new_place(place, monkeypatch) -> Iterator[Layout]:
    """A state folder without a cluster."""
    folder = place.state.with_name(f"{place.state.name}-empty")
    monkeypatch.setenv("GTM_STATE_DIR", str(folder))
    folder.mkdir()
    yield layout()
    shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(layout().sockets, ignore_errors=True)


def test_an_interrupted_initdb_is_done_again(new_place):
    draft = new_place.state / "postgres.new"
    draft.mkdir()
    (draft / "half").write_text("left over")
    with embedded.servers(durable=False):
        assert postgres_answers(new_place)
    assert not draft.exists()


def test_a_start_that_takes_long_is_told_and_waited_for(place, monkeypatch, caplog):
    monkeypatch.setattr(child_server, "START_TIMEOUT_S", 0.0)
    with embedded.servers(durable=False):
        assert postgres_answers(place)
    assert f"PostgreSQL has not answered for 0 s and is waited for: {place.postgres_log}" in caplog.text


def test_what_is_no_cluster_is_left_alone(new_place):
    """A cluster copied one level too deep, say."""
    kept = new_place.postgres_data / "postgres" / "PG_VERSION"
    kept.parent.mkdir(parents=True)
    kept.write_text("18\n")
    with pytest.raises(EmbeddedServerError, match="no whole cluster"), embedded.servers(durable=False):
        pass
    assert kept.read_text() == "18\n"


def test_a_cluster_is_made_in_an_empty_folder_that_is_a_link(new_place, tmp_path):
    volume = new_place.state / "volume"
    volume.mkdir()
    new_place.postgres_data.symlink_to(volume)
    with embedded.servers(durable=False):
        assert postgres_answers(new_place)
    assert (volume / "PG_VERSION").exists()


def test_redis_starts_again_though_postgres_does_not(place):
    with embedded.servers(durable=False) as own:
        assert own._postgres
        assert own._redis
        settings = place.postgres_data / "postgresql.conf"
        before = settings.read_text()
        settings.write_text("no setting")
        try:
            for server in (own._postgres, own._redis):
                server.kill()
                server.wait()
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(postgres_server, "REMAINS_S", 0.0)
                own.tend()
            assert redis_answers(place)
            assert not postgres_answers(place)
        finally:
            settings.write_text(before)


def test_a_start_that_ends_in_an_error_of_the_system_is_tried_again(place, monkeypatch):
    monkeypatch.setattr(embedded, "AGAIN_S", 0.0)
    with embedded.servers(durable=False) as own:
        assert own._redis
        own._redis.kill()
        own._redis.wait()
        place.redis_log.rename(place.state / "kept.log")
        place.redis_log.mkdir()
        own.tend()
        assert not redis_answers(place)
        place.redis_log.rmdir()
        own.tend()
        assert redis_answers(place)


def test_configured_servers_are_left_alone(place, monkeypatch):
    monkeypatch.setenv("POSTGRES_URL", "postgresql://somebody@elsewhere/db")
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere:6379/0")
    with embedded.servers() as own:
        assert (own._postgres, own._redis) == (None, None)
    assert embedded.postgres_url() == "postgresql://somebody@elsewhere/db"
    assert embedded.redis_url() == "redis://elsewhere:6379/0"


@pytest.mark.parametrize(
    ("argv", "starts"), [(["manage.py", "evaluate"], False), (["manage.py", "ingest", "--help"], False), (["manage.py"], False)]
)
def test_commands_that_need_no_database_start_nothing(place, argv, starts):
    with embedded.servers_for_command(argv):
        assert postgres_answers(place) is starts


@pytest.mark.parametrize(
    ("limit", "cache_mb"),
    [("max\n", 4096), (f"{6 * 2**30}\n", 1024), (f"{512 * 2**20}\n", 128), (None, 4096)],
    ids=["no limit", "6 GB", "512 MB", "no cgroup"],
)
def test_the_cache_is_a_sixth_of_the_machine_or_the_container(tmp_path, monkeypatch, limit, cache_mb):
    monkeypatch.setattr("os.sysconf", {"SC_PHYS_PAGES": 2**24, "SC_PAGE_SIZE": 4096}.__getitem__)
    file = tmp_path / "memory.max"
    if limit:
        file.write_text(limit)
    assert postgres_server.cache_mb(file) == cache_mb
