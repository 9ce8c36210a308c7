"""A list of companies as CSV that a spreadsheet opens without running anything in it."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import cast

from catalog.companies.company_list import CompanyRow
from catalog.exports.text import spreadsheet_text

_COLUMNS = (
    "company_id", "company_name", "company_domain", "matching_jobs", "first_seen", "newest_job", "evidence", "evidence_url", "url",
    "start", "read_since",
)  # fmt: skip


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def company_csv(rows: Sequence[CompanyRow], absolute: Callable[[str], str]) -> Iterator[str]:
    """Lines of the file, header first; times are UTC in ISO 8601; `absolute` makes an address of a path.

    Before them the mark by which spreadsheets know UTF-8.
    """
    writer = csv.writer(_Echo())
    yield "\ufeff"
    yield cast(str, writer.writerow(_COLUMNS))
    for row in rows:
        yield cast(str, writer.writerow(_cells(row, absolute)))


def _cells(row: CompanyRow, absolute: Callable[[str], str]) -> list[object]:
    *moments, read_since = map(_moment, (row.first_seen_at, row.newest_at, row.read_since))
    evidence = [spreadsheet_text(row.evidence_title), absolute(row.evidence_href), absolute(row.href)]
    return [row.pk, spreadsheet_text(row.name), spreadsheet_text(row.domain), row.jobs, *moments, *evidence, row.start, read_since]


def _moment(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}" if moment else ""
