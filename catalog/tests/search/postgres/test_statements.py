"""Statements that PostgreSQL keeps the plan of."""

from __future__ import annotations

import pytest
from django.db import DataError, connection, transaction

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


def test_a_kept_statement_answers_on_a_new_connection_too(transactional_db):
    KEPT.rows()
    connection.close()
    assert KEPT.rows() == [(2, "it's 100 %")]
