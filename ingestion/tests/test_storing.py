from __future__ import annotations

import errno
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, OperationalError, connection
from redis.exceptions import ConnectionError as RedisConnectionError
from rq.timeouts import JobTimeoutException

from ingestion.models import DeadLetter, Source
from ingestion.services.boards import BoardResult
from ingestion.storing import store_or_divide
from ingestion.tests.factories import board_read, claim_one, greenhouse_body, greenhouse_job, make_source

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def source() -> Source:
    return make_source("acme")


def test_a_task_whose_time_is_over_gives_up_no_board(source: Source, monkeypatch: pytest.MonkeyPatch):
    def time_out(**arguments: Any) -> list[BoardResult]:
        raise JobTimeoutException("Task exceeded maximum timeout value")

    monkeypatch.setattr("ingestion.storing.boards_store", time_out)
    read = board_read(claim_one(source), greenhouse_body(greenhouse_job(1)))
    with pytest.raises(JobTimeoutException):
        store_or_divide([read, read], None)
    assert not DeadLetter.objects.exists()


@pytest.mark.parametrize(
    "cause",
    [psycopg.errors.ReadOnlySqlTransaction, psycopg.errors.UndefinedColumn, psycopg.errors.AdminShutdown, psycopg.errors.DiskFull],
)
def test_a_database_that_takes_nothing_gives_up_no_board(source: Source, monkeypatch: pytest.MonkeyPatch, cause: type[psycopg.Error]):
    def refuse(**arguments: Any) -> list[BoardResult]:
        with connection.wrap_database_errors:
            raise cause("not now")

    monkeypatch.setattr("ingestion.storing.boards_store", refuse)
    read = board_read(claim_one(source), greenhouse_body(greenhouse_job(1)))
    with pytest.raises(DatabaseError, match="not now"):
        store_or_divide([read, read], None)
    assert not DeadLetter.objects.exists()


def test_a_board_that_is_larger_than_a_row_may_be_is_put_aside(source: Source, monkeypatch: pytest.MonkeyPatch):
    """PostgreSQL's own class for this error is that of servers that are away."""

    def refuse(**arguments: Any) -> list[BoardResult]:
        raise OperationalError("string is too long") from psycopg.errors.ProgramLimitExceeded("string is too long")

    monkeypatch.setattr("ingestion.storing.boards_store", refuse)
    assert store_or_divide([board_read(claim_one(source), greenhouse_body(greenhouse_job(1)))], None) == []
    assert "string is too long" in DeadLetter.objects.get().message


@pytest.mark.parametrize("cause", [psycopg.errors.CardinalityViolation, psycopg.errors.RaiseException, psycopg.errors.DataCorrupted])
def test_a_board_that_some_other_error_is_of_is_put_aside(source: Source, monkeypatch: pytest.MonkeyPatch, cause: type[psycopg.Error]):
    def refuse(**arguments: Any) -> list[BoardResult]:
        with connection.wrap_database_errors:
            raise cause("not this one")

    monkeypatch.setattr("ingestion.storing.boards_store", refuse)
    assert store_or_divide([board_read(claim_one(source), greenhouse_body(greenhouse_job(1)))], None) == []
    assert "not this one" in DeadLetter.objects.get().message


@pytest.mark.parametrize("error", [RedisConnectionError("refused"), OSError(errno.ENOSPC, "no space left")])
def test_a_server_or_disk_that_takes_nothing_gives_up_no_board(source: Source, monkeypatch: pytest.MonkeyPatch, error: Exception):
    def refuse(**arguments: Any) -> list[BoardResult]:
        raise error

    monkeypatch.setattr("ingestion.storing.boards_store", refuse)
    read = board_read(claim_one(source), greenhouse_body(greenhouse_job(1)))
    with pytest.raises(type(error)):
        store_or_divide([read, read], None)
    assert not DeadLetter.objects.exists()
