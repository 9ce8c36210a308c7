"""One SQL query over one Parquet file of the columnar index, its rows in batches. DuckDB can open that file and nothing else.

DuckDB and fsspec are in the extra `columnar` and imported only when a scan begins.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

from ingestion.errors import CdxError

if TYPE_CHECKING:
    import duckdb

BATCH = 10_000
# A scan of any size stays within this; without it DuckDB takes 80 % of the machine.
MEMORY = "256MB"
_REQUIRED = ("url_host_name", "url_path")
_OPTIONAL = {
    "url_query": "VARCHAR",
    "fetch_status": "VARCHAR",
    "fetch_time": "TIMESTAMP",
    "content_digest": "VARCHAR",
    "crawl": "VARCHAR",
}
_CRAWL = re.compile(r"CC-MAIN-\d{4}-\d{2}")


class Row(NamedTuple):
    """One capture. What a file has no column for is empty."""

    host: str
    path: str
    query: str
    status: str
    captured_at: datetime | None
    checksum: str
    crawl: str

    @property
    def url(self) -> str:
        return f"https://{self.host}{self.path}" + (f"?{self.query}" if self.query else "")


class Scan:
    """The rows of one file whose host is wanted. Used by one thread at a time; close it in the end."""

    def __init__(self, file: str, hosts: Sequence[str], crawls: Sequence[str] = (), files: Any = None) -> None:
        """`file`: what DuckDB opens; `files`: the fsspec file system that it comes from, None for a local path.

        Raises CdxError when the file cannot be read or is no part of a columnar index.
        """
        self._file, self._files = file, files
        self._duckdb = columnar_library()
        self._crawl = found[0] if (found := _CRAWL.search(file)) else ""
        self._connection = _connect(self._duckdb, file, files)
        try:
            self._begin(hosts, crawls)
        except Exception:
            self.close()
            raise

    def rows(self) -> list[Row]:
        """The next rows, none at the end. Raises CdxError, and what the file system met."""
        return [self._row(values) for values in self._guarded(lambda: self._connection.fetchmany(BATCH))]

    def close(self) -> None:
        self._connection.interrupt()
        if self._files is not None:
            self._connection.unregister_filesystem(self._files.protocol)
        self._connection.close()

    def _begin(self, hosts: Sequence[str], crawls: Sequence[str]) -> None:
        sql, values = _query(self._columns(), hosts, crawls)
        self._guarded(lambda: self._connection.execute(sql, [self._file, *values]))

    def _columns(self) -> set[str]:
        described = self._guarded(lambda: self._connection.execute("DESCRIBE SELECT * FROM read_parquet(?)", [self._file]).fetchall())
        columns = {name for name, *_ in described}
        if missing := [name for name in _REQUIRED if name not in columns]:
            raise CdxError(f"{self._file} is no part of a columnar index: it has no column {' and '.join(missing)}")
        return columns

    def _row(self, values: tuple[Any, ...]) -> Row:
        host, path, query, status, moment, checksum, crawl = values
        captured_at = moment.replace(tzinfo=UTC) if moment else None
        return Row(host or "", path or "", query or "", status or "", captured_at, checksum or "", crawl or self._crawl)

    def _guarded(self, work: Any) -> Any:
        try:
            return work()
        except self._duckdb.Error as error:
            if self._files is not None and self._files.error is not None:
                raise self._files.error from error
            raise CdxError(f"{self._file} cannot be read: {str(error).splitlines()[0]}") from error


def columnar_library() -> ModuleType:
    """The module `duckdb`. Raises CdxError that says how to get it."""
    try:
        import duckdb
        import fsspec  # noqa: F401
    except ImportError as error:
        raise CdxError(
            f"the columnar index needs {error.name}, which is not installed: `uv pip install 'gtm-engine[columnar]'` "
            "(or `make setup-test`, which installs everything)"
        ) from error
    return duckdb


def _connect(library: ModuleType, file: str, files: Any) -> duckdb.DuckDBPyConnection:
    """A database in memory that opens this file only: no other path, no network of its own, no extension, for good."""
    quiet = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false", "memory_limit": MEMORY, "threads": "1"}
    connection: duckdb.DuckDBPyConnection = library.connect(":memory:", config=quiet)
    if files is not None:
        connection.register_filesystem(files)
    allowed = file.replace("'", "''")
    for statement in (f"SET allowed_paths = ['{allowed}']", "SET enable_external_access = false", "SET lock_configuration = true"):
        connection.execute(statement)
    return connection


def _query(columns: set[str], hosts: Sequence[str], crawls: Sequence[str]) -> tuple[str, list[Any]]:
    """The one query. Row groups without a wanted host are skipped by their statistics."""
    chosen = [f"TRY_CAST({name} AS {kind})" if name in columns else f"CAST(NULL AS {kind})" for name, kind in _OPTIONAL.items()]
    sql = f"SELECT url_host_name, url_path, {', '.join(chosen)} FROM read_parquet(?) WHERE url_host_name IN ({_marks(hosts)})"  # noqa: S608
    if not crawls or "crawl" not in columns:
        return sql, list(hosts)
    return f"{sql} AND crawl IN ({_marks(crawls)})", [*hosts, *crawls]


def _marks(values: Sequence[str]) -> str:
    return ", ".join("?" for _ in values)
