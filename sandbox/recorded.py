"""Boards from a folder of recorded responses.

The folder is laid out `<ats>/<key>.json` (whole responses), `<ats>/listonly/` (job objects without
content, in the recorder's wrapper), `<ats>/trimmed/` and `<ats>/single/` (a few jobs, or one), and
`<ats>/snapshots/<key>/<timestamp>.json` (the same board over time). Nothing is edited: where a file is
a whole response, its very bytes are the answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson

from sandbox.boards import Board, GreenhouseView, Host, Moment, Payload

# Asked without content=true, Greenhouse leaves these keys out altogether.
CONTENT_KEYS = ("content", "departments", "offices")
PAY_KEY = "pay_input_ranges"


def read_folder(folder: Path) -> Iterator[Board]:
    """Every board under `folder`; whole responses first, so that a part never hides the whole."""
    for ats in ("greenhouse", "lever"):
        host: Host = "greenhouse" if ats == "greenhouse" else "lever"
        root = folder / ats
        yield from _whole_boards(root, host)
        for part in ("listonly", "trimmed", "single"):
            for path in sorted((root / part).glob("*.json")):
                yield RecordedBoard(host, path.stem, path, exact=False)


def _whole_boards(root: Path, host: Host) -> Iterator[Board]:
    files = {path.stem: path for path in sorted(root.glob("*.json"))}
    snapshots = {path.name: _snapshots(path) for path in sorted(root.glob("snapshots/*/"))}
    for key in sorted(files.keys() | snapshots.keys()):
        history = snapshots.get(key, [])
        yield RecordedBoard(host, key, files.get(key) or history[-1][1], history=history)


def _snapshots(folder: Path) -> list[tuple[datetime, Path]]:
    """(time, file) of a board's snapshots, oldest first."""
    return sorted((parse_time(path.stem), path) for path in folder.glob("[0-9]*.json"))


def parse_time(text: str) -> datetime:
    """A time as file names have it (`20260808T195722760851Z`) or as ISO 8601; UTC when it names no zone."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = datetime.strptime(text.rstrip("Z") + "+0000", "%Y%m%dT%H%M%S%f%z")
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@dataclass(frozen=True)
class RecordedBoard:
    """A board that is one file, or one of several snapshots of it.

    `exact`: the file is what the API answers. The others (listonly, trimmed, single) are brought into
    that shape: the jobs are left as they are, only what is around them is made.
    """

    host: Host
    key: str
    path: Path
    exact: bool = True
    history: list[tuple[datetime, Path]] = field(default_factory=list)

    def file(self, moment: Moment) -> Path:
        """The newest snapshot not after the moment (before the first: the first); without a time the file."""
        if moment.at is None or not self.history:
            return self.path
        past = [path for taken, path in self.history if taken <= moment.at]
        return past[-1] if past else self.history[0][1]

    def name(self, moment: Moment) -> str:
        names = (job.get("company_name") for job in self._jobs(moment))
        return next((str(name) for name in names if name), self.key)

    def greenhouse_list(self, moment: Moment, view: GreenhouseView) -> Payload:
        if self.exact and view.content:
            return Payload(self.file(moment).read_bytes())
        jobs = [_seen(job, view) for job in self._jobs(moment)]
        return Payload(orjson.dumps({"jobs": jobs, "meta": {"total": len(jobs)}}))

    def lever_page(self, moment: Moment, skip: int, limit: int | None) -> Payload:
        jobs = self._jobs(moment)
        page = jobs[skip:] if limit is None else jobs[skip : skip + limit]
        if self.exact and len(page) == len(jobs):
            return Payload(self.file(moment).read_bytes())
        return Payload(orjson.dumps(page))

    def posting(self, moment: Moment, posting_id: str, view: GreenhouseView) -> dict[str, Any] | None:
        found = (job for job in self._jobs(moment) if str(job.get("id")) == posting_id)
        job = next(found, None)
        return job if job is None or self.host != "greenhouse" else _seen(job, view)

    def posting_ids(self, moment: Moment) -> list[str]:
        return [str(job.get("id")) for job in self._jobs(moment)]

    def _jobs(self, moment: Moment) -> list[dict[str, Any]]:
        return read_jobs(self.file(moment))


@lru_cache(maxsize=32)
def read_jobs(path: Path) -> list[dict[str, Any]]:
    """The job objects of a recorded file: a list, a wrapper around `jobs`, or one bare job."""
    value = orjson.loads(path.read_bytes())
    if isinstance(value, list):
        return value
    jobs = value.get("jobs")
    return jobs if isinstance(jobs, list) else [value]


def _seen(job: dict[str, Any], view: GreenhouseView) -> dict[str, Any]:
    hidden = (() if view.content else CONTENT_KEYS) + (() if view.pay else (PAY_KEY,))
    return {key: value for key, value in job.items() if key not in hidden}
