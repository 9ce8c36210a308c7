"""A list of companies as CSV that a spreadsheet opens without running anything in it."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import cast

from catalog.companies.company_evidence import Evidence, with_evidence
from catalog.companies.company_list import CompanyRow
from catalog.exports.text import spreadsheet_text

_COLUMNS = (
    "company_id", "company_name", "company_domain", "matching_jobs", "first_seen", "newest_job", "evidence", "evidence_url", "url",
    "start", "read_since", "skill", "quote", "evidence_title", "posting_url", "board_url", "newest_posted_at",
)  # fmt: skip


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def company_csv(rows: Sequence[CompanyRow], skill_ids: Sequence[int], absolute: Callable[[str], str]) -> Iterator[str]:
    """Lines of the file, header first; times are UTC in ISO 8601; `absolute` makes an address of a path.

    `evidence_title` repeats `evidence` under the name that the API has for it. `skill_ids`: what the search asks for.
    Before the lines stands the mark by which spreadsheets know UTF-8.
    """
    writer = csv.writer(_Echo())
    yield "\ufeff"
    yield cast(str, writer.writerow(_COLUMNS))
    for row, evidence in with_evidence(rows, skill_ids):
        yield cast(str, writer.writerow([*_cells(row, absolute), *_evidence_cells(row, evidence)]))


def _cells(row: CompanyRow, absolute: Callable[[str], str]) -> list[object]:
    *moments, read_since = map(_moment, (row.first_seen_at, row.newest_at, row.read_since))
    evidence = [spreadsheet_text(row.evidence_title), absolute(row.evidence_href), absolute(row.href)]
    return [row.pk, spreadsheet_text(row.name), spreadsheet_text(row.domain), row.jobs, *moments, *evidence, row.start, read_since]


def _evidence_cells(row: CompanyRow, evidence: Evidence) -> list[object]:
    texts = (evidence.skill, evidence.quote, row.evidence_title, evidence.posting_url, evidence.board_url)
    return [*map(spreadsheet_text, texts), _moment(row.newest_posted_at)]


def _moment(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}" if moment else ""
