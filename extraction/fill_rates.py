"""How many records state each field."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import NamedTuple

from django.db import connection

from extraction.models import Extraction
from extraction.schema import JobExtractedV1

NOT_FACTS = frozenset({"source_type", "source_key", "source_job_id", "confidence", "needs_tier2"})
"""Members of the record that are always there and say nothing about the posting."""

FACTS = tuple(name for name in JobExtractedV1.model_fields if name not in NOT_FACTS)


class FillRates(NamedTuple):
    """Of `records` records so many state each field: not null, not empty, not `unknown`."""

    records: int
    filled: Mapping[str, int]

    def rate(self, field: str) -> float:
        return self.filled.get(field, 0) / self.records if self.records else 0.0


def fill_rates(run_id: uuid.UUID) -> FillRates:
    """Of the best extraction of each posting that a run extracted."""
    table = Extraction._meta.db_table
    sql = f"""
        WITH best AS MATERIALIZED (
            SELECT DISTINCT ON (posting_id) record FROM {table} WHERE run_id = %s ORDER BY posting_id, tier DESC, id DESC
        )
        SELECT NULL, count(*) FROM best
        UNION ALL
        SELECT field, count(*) FROM best, json_each(record) AS r (field, value)
        WHERE value::text NOT IN ('null', '""', '[]', '"unknown"') GROUP BY field
    """  # noqa: S608 - a table name of our own
    with connection.cursor() as cursor:
        cursor.execute(sql, [run_id])
        counts: dict[str | None, int] = dict(cursor.fetchall())
    return FillRates(counts.pop(None, 0), {name: counts.get(name, 0) for name in FACTS})
