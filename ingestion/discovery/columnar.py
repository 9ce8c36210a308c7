"""Discovery over the columnar index (spec D5): Parquet files, local or read by ranges, one query each, resumable by file."""

from __future__ import annotations

import asyncio
import glob
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from asgiref.sync import sync_to_async
from django.conf import settings

from ingestion.ats.registry import adapter, adapters
from ingestion.discovery.parquet import Row, Scan, columnar_library
from ingestion.discovery.tokens import Finding, finding_of
from ingestion.errors import CdxError
from ingestion.http.client import Client, cdx_policy, open_client
from ingestion.models import CrawlProgress, Run
from ingestion.services.columnar import columnar_batch_store, columnar_file_begin, columnar_file_end
from ingestion.services.runs import stage_start

_GONE = frozenset({"404", "410"})


@dataclass(frozen=True, slots=True)
class IndexFile:
    """One Parquet file; `place` is its folder or base URL, `name` the rest."""

    place: str
    name: str

    @property
    def is_remote(self) -> bool:
        return self.place.startswith(("http://", "https://"))

    @property
    def path(self) -> str:
        return f"{self.place}/{self.name}"


async def read_columnar(run: Run) -> bool:
    """Read the files that the run names (`columnar`: paths, globs, URLs), those that were read before left out.

    Whether all was read: the run may be paused or cancelled. Raises CdxError and FetchError; finished files stay finished.
    """
    columnar_library()
    files = index_files(run.parameters["columnar"])
    await sync_to_async(stage_start)(run_id=run.pk, name="discover", unit="files", total=len(files))
    async with open_client(run.pk, cdx_policy()) as client:
        for file in files:
            if not await Run.objects.running().filter(pk=run.pk).aexists():
                return False
            await _read_file(client, file, run)
    return True


def index_files(locations: Iterable[str]) -> list[IndexFile]:
    """The files of paths, globs and URLs. Raises CdxError naming the location that leads to none."""
    found = [file for location in locations for file in _files_at(location)]
    return list(dict.fromkeys(found))


def _files_at(location: str) -> Iterator[IndexFile]:
    if "://" in location:
        yield _remote_file(location)
        return
    paths = sorted(glob.glob(location, recursive=True)) if glob.has_magic(location) else [location]
    existing = [Path(path).absolute() for path in paths if Path(path).is_file()]
    if not existing:
        raise CdxError(f"there is no Parquet file at {location}")
    yield from (IndexFile(str(path.parent), path.name) for path in existing)


def _remote_file(url: str) -> IndexFile:
    parts = urlsplit(url)
    base = settings.COLUMNAR_BASE_URL
    if not url.startswith(f"{base}/"):
        raise CdxError(f"{url} is not under COLUMNAR_BASE_URL ({base}): set it to the server that may be read")
    if glob.has_magic(parts.path) or parts.query:
        raise CdxError(f"{url}: a remote index is read file by file, name each file without a pattern")
    return IndexFile(base, url.removeprefix(f"{base}/"))


async def _read_file(client: Client, file: IndexFile, run: Run) -> None:
    progress = await sync_to_async(columnar_file_begin)(place=file.place, name=file.name, again=bool(run.parameters.get("again")), run=run)
    if progress is None:
        return
    types = run.parameters.get("source_types") or list(adapters())
    async with _scanned(client, file, _hosts(types), run.parameters.get("crawls") or []) as scan:
        while rows := await asyncio.to_thread(scan.rows):
            await sync_to_async(_store)(rows, types, progress, run)
    await sync_to_async(columnar_file_end)(progress=progress, run_id=run.pk)


@asynccontextmanager
async def _scanned(client: Client, file: IndexFile, hosts: Sequence[str], crawls: Sequence[str]) -> AsyncIterator[Scan]:
    """A scan whose work happens in threads: the loop must stay free for the requests that the scan makes."""
    files = None
    if file.is_remote:
        from ingestion.discovery.ranged_files import SCHEME, RangedFiles

        scheme, _, rest = file.path.partition("://")
        files, opened = RangedFiles(client, asyncio.get_running_loop(), scheme), f"{SCHEME}://{rest}"
    scan = await asyncio.to_thread(Scan, opened if files else file.path, hosts, crawls, files)
    try:
        yield scan
    finally:
        await asyncio.to_thread(scan.close)


def _hosts(source_types: Iterable[str]) -> list[str]:
    """Hosts whose captures hold sources, as the adapters' patterns name them."""
    patterns = (pattern for source_type in source_types for pattern in adapter(source_type).cdx_patterns)
    return list(dict.fromkeys(pattern.partition("/")[0] for pattern in patterns))


def _store(rows: Sequence[Row], source_types: Sequence[str], progress: CrawlProgress, run: Run) -> None:
    found: dict[str, dict[tuple[str, str, str], Finding]] = {}
    for row in rows:
        if finding := _finding(row, source_types):
            key = (finding.source_type, finding.source_key, finding.source_job_id)
            found.setdefault(row.crawl, {}).setdefault(key, finding)
    by_crawl = {crawl: list(findings.values()) for crawl, findings in found.items()}
    columnar_batch_store(progress=progress, findings=by_crawl, captures=len(rows), run_id=run.pk)


def _finding(row: Row, source_types: Sequence[str]) -> Finding | None:
    for source_type in source_types:
        if found := finding_of(adapter(source_type), row.url, row.captured_at, row.checksum):
            return replace(found, source_job_id="") if row.status in _GONE else found
    return None
