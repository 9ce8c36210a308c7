"""Servers that do not answer are told in words, with what to do; other errors stay what they are."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import redis
from django.conf import settings
from django.db import OperationalError

from gtm_site.outages import outage


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "manage.py", *arguments]
    return subprocess.run(argv, cwd=settings.BASE_DIR, env={**os.environ, **environment}, capture_output=True, text=True, timeout=120)


def test_a_command_names_the_server_that_does_not_answer(tmp_path: Path):
    told = manage("showmigrations", GTM_STATE_DIR=str(tmp_path), POSTGRES_URL="postgresql://somebody:geheim@127.0.0.1:9/db")
    assert told.returncode == 1
    assert told.stderr.startswith("manage.py: PostgreSQL at 127.0.0.1:9 does not answer: ")
    assert "check POSTGRES_URL" in told.stderr
    assert "Traceback" not in told.stderr
    assert "geheim" not in told.stderr


@pytest.mark.parametrize(("name", "value"), [("POSTGRES_URL", "mysql://me:geheim@host/db"), ("REDIS_URL", "banana")])
def test_an_address_of_another_kind_is_refused_at_start(name: str, value: str):
    told = manage("check", **{name: value})
    assert told.returncode == 1
    assert told.stderr.startswith(f"manage.py: {name}: expected an address that begins with ")
    assert "geheim" not in told.stderr


def test_errors_within_groups_and_behind_others_are_found():
    refused = redis.ConnectionError("Error 111 connecting to 127.0.0.1:9. Connection refused.")
    told = outage(ExceptionGroup("two", [ValueError("x"), ExceptionGroup("one", [refused])]))
    assert told is not None
    assert told.startswith("Redis")
    lost = OperationalError("server closed the connection")
    lost.__cause__ = psycopg.OperationalError("server closed the connection")
    told = outage(lost)
    assert told is not None
    assert told.startswith("PostgreSQL")


def test_a_refused_login_is_no_silence():
    told = outage(redis.AuthenticationError("invalid username-password pair or user is disabled."))
    assert told is not None
    assert "refuses the login: invalid username-password pair" in told
    assert "Check REDIS_URL" in told


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (redis.ResponseError("MISCONF Errors writing to the AOF file: No space left on device"), "Redis of this project takes nothing"),
        (psycopg.errors.DiskFull("could not extend file"), "PostgreSQL of this project takes nothing"),
        (psycopg.errors.ReadOnlySqlTransaction("cannot execute UPDATE"), "takes nothing: cannot execute UPDATE"),
        (psycopg.errors.UndefinedTable('relation "x" does not exist'), "`manage.py migrate`"),
        (OSError(errno.ENOSPC, "No space left on device"), "no space is left on the disk: make room"),
        (OSError(errno.ENOSPC, "No space left on device", "/elsewhere/x"), "no space is left on the disk for /elsewhere/x"),
    ],
)
def test_servers_and_disks_that_take_nothing_are_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, error: Exception, said: str):
    monkeypatch.setenv("GTM_STATE_DIR", str(tmp_path))
    monkeypatch.delenv("POSTGRES_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)
    told = outage(error)
    assert told is not None
    assert said in told


@pytest.mark.parametrize("command", [["check"], ["serve", "--web-only"], ["ingest", "status"]], ids=" ".join)
@pytest.mark.parametrize("spoilt", ["a file", "below a file", "too long"])
def test_a_state_folder_that_cannot_be_one_is_told(tmp_path: Path, command: list[str], spoilt: str):
    file = tmp_path / "file"
    file.touch()
    folder = {"a file": file, "below a file": file / "state", "too long": tmp_path / ("x" * 300)}[spoilt]
    told = manage(*command, GTM_STATE_DIR=str(folder), SECRET_KEY="", POSTGRES_URL="", REDIS_URL="")
    assert told.returncode == 1
    assert told.stderr.startswith(f"manage.py: the state folder {folder} cannot be used (")
    assert "Traceback" not in told.stderr


@pytest.mark.parametrize(
    "error",
    [
        ValueError("x"),
        PermissionError(errno.EACCES, "Permission denied", "/elsewhere/x"),
        psycopg.errors.LockNotAvailable("locked"),
        psycopg.errors.PipelineAborted("pipeline aborted"),
        psycopg.OperationalError("sending query failed: number of parameters must be between 0 and 65535"),
    ],
    ids=["value", "other file", "locked", "aborted", "parameters"],
)
def test_other_errors_are_no_outage(error: Exception):
    assert outage(error) is None
