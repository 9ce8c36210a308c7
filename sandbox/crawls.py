"""The crawls the sandbox knows, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Crawl:
    """One crawl; ids and times are those of the real crawls."""

    id: str
    name: str
    begin: datetime
    end: datetime

    @property
    def holds_lever(self) -> bool:
        """jobs.lever.co forbids CCBot today: only crawls of 2025 and older hold Lever boards."""
        return self.begin.year <= 2025

    def info(self, base_url: str) -> dict[str, Any]:
        """Its entry in collinfo.json, with addresses that lead back here."""
        return {
            "id": self.id,
            "name": f"{self.name} Index",
            "timegate": f"{base_url}/{self.id}/",
            "cdx-api": f"{base_url}/{self.id}-index",
            "from": self.begin.isoformat(),
            "to": self.end.isoformat(),
        }


def _crawl(number: str, name: str, begin: str, end: str) -> Crawl:
    return Crawl(f"CC-MAIN-{number}", name, datetime.fromisoformat(begin), datetime.fromisoformat(end))


CRAWLS: tuple[Crawl, ...] = (
    _crawl("2026-08", "February 2026", "2026-02-06T18:14:58", "2026-02-19T11:27:33"),
    _crawl("2026-04", "January 2026", "2026-01-12T16:12:39", "2026-01-25T14:05:40"),
    _crawl("2025-51", "December 2025", "2025-12-04T19:18:28", "2025-12-17T14:22:46"),
    _crawl("2025-47", "November 2025", "2025-11-06T20:07:18", "2025-11-19T12:34:13"),
    _crawl("2025-43", "October 2025", "2025-10-05T11:42:39", "2025-10-19T01:06:58"),
    _crawl("2025-38", "September 2025", "2025-09-05T11:21:01", "2025-09-18T11:00:14"),
)
BY_ID = {crawl.id: crawl for crawl in CRAWLS}

# Every Greenhouse board is in at least one of the two newest crawls, every Lever board in at least one of
# the two newest that may hold Lever: reading two crawls per pattern finds everything.
SURE_GREENHOUSE = CRAWLS[:2]
SURE_LEVER = tuple(crawl for crawl in CRAWLS if crawl.holds_lever)[:2]
