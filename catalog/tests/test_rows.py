from __future__ import annotations

from datetime import UTC, datetime

import pytest

from catalog.api.rows import LIST_COLUMNS, list_rows
from catalog.models import Job
from catalog.services import jobs_publish
from catalog.tests.factories import NOW, job_facts

pytestmark = pytest.mark.django_db


def test_rows_are_those_that_django_reads_in_the_order_of_the_ids(django_assert_num_queries):
    times = [datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), datetime(2026, 8, 1, 12, 0, 0, 120_000, tzinfo=UTC)]
    jobs_publish(facts=[job_facts(n, posted_at=at, company_domain=None) for n, at in enumerate([*times, None])])
    jobs_publish(facts=[job_facts(9, closed_at=NOW, missing_since=NOW)])
    columns = (*LIST_COLUMNS, "posting_id")
    expected = list(Job.objects.order_by("-posting_id").values(*columns))
    ids = [row["id"] for row in expected]
    with django_assert_num_queries(1):
        assert list_rows([*ids, max(ids) + 1], columns) == expected
    assert [list(row) for row in list_rows(ids)] == [list(LIST_COLUMNS)] * 4
    assert list_rows([]) == []
