"""Statements that PostgreSQL keeps the plan of."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest.mock import Mock

import pytest
from django.db import DataError, connection, transaction
from django.db.transaction import TransactionManagementError

from catalog.search.postgres.statements import Statement

KEPT = Statement("SELECT %s::int + 1, %s::text AS word", (1, "it's 100 %"), is_kept=True)
PREPARED = Statement("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'SELECT $1::int + 1%%'", ())
pytestmark = pytest.mark.django_db


def test_a_kept_statement_is_prepared_once_and_answers_for_other_parameters():
    assert KEPT.rows() == [(2, "it's 100 %")]
    assert KEPT._replace(params=(41, "")).rows() == [(42, "")]
    assert PREPARED.rows() == [(1,)]


def test_any_other_statement_is_not_prepared_on_the_same_connection():
    KEPT.rows()
    other = Statement("SELECT %s::int + 2", (1,))
    assert [other.rows() for _ in range(7)] == [[(3,)]] * 7
    assert Statement("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%%+ 2%%'").rows() == [(0,)]


def test_a_kept_statement_is_counted_as_any_other(django_assert_num_queries):
    KEPT.rows()
    with django_assert_num_queries(1) as made:
        KEPT.rows()
    assert "it''s 100 %" in made.captured_queries[0]["sql"]


def test_a_kept_statement_that_failed_answers_after_the_transaction_was_rolled_back():
    with pytest.raises(DataError), transaction.atomic():
        KEPT._replace(sql="SELECT 1 / %s::int, %s::text", params=(0, "")).rows()
    assert KEPT.rows() == [(2, "it's 100 %")]


def test_kept_statements_share_a_cursor_on_a_connection(monkeypatch):
    KEPT.rows()
    monkeypatch.setattr(connection, "create_cursor", Mock(side_effect=AssertionError("a cursor was made")))
    assert KEPT._replace(params=(2, "other")).rows() == [(3, "other")]


def test_a_kept_statement_is_refused_in_a_transaction_that_is_broken():
    with transaction.atomic():
        KEPT.rows()
        transaction.set_rollback(True)
        with pytest.raises(TransactionManagementError):
            KEPT.rows()


def test_each_thread_asks_kept_statements_on_its_own_connection(transactional_db):
    def ask(number: int) -> list[tuple[Any, ...]]:
        try:
            return KEPT._replace(params=(number, "")).rows()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ask, range(40))) == [[(number + 1, "")] for number in range(40)]


def test_a_kept_statement_answers_on_a_new_connection_too(transactional_db):
    KEPT.rows()
    connection.close()
    assert KEPT.rows() == [(2, "it's 100 %")]
