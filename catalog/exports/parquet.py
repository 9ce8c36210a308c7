"""Jobs as a Parquet file, written by DuckDB (the extra `columnar`) in bounded memory, by way of two temporary files."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from catalog.exports.text import Items, json_lines

_CHUNK = 256 * 1024
_MEMORY = "256MB"


def parquet_is_there() -> bool:
    return find_spec("duckdb") is not None


def parquet_chunks(batches: Iterable[Items], columns: Mapping[str, str]) -> Generator[bytes]:
    """The file in pieces. The first comes when all is written: a Parquet file cannot be sent before its end is known."""
    with TemporaryDirectory(prefix="gtm-export-") as folder:
        lines, file = Path(folder, "jobs.jsonl"), Path(folder, "jobs.parquet")
        with lines.open("wb") as written:
            for chunk in json_lines(batches, columns):
                written.write(chunk)
        _convert(lines, file, columns)
        lines.unlink()
        with file.open("rb") as finished:
            while chunk := finished.read(_CHUNK):
                yield chunk


def _convert(lines: Path, file: Path, types: Mapping[str, str]) -> None:
    import duckdb

    # Paths are our own. DuckDB may open these two and nothing else, and loads no extension.
    settings: dict[str, Any] = {
        "memory_limit": _MEMORY,
        "threads": 1,
        "temp_directory": str(lines.parent),
    }
    columns = ", ".join(f"{name}: '{kind}'" for name, kind in types.items())
    with duckdb.connect(":memory:", config=settings) as connection:
        connection.execute(f"SET allowed_directories = ['{lines.parent}']")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        read = f"read_json('{lines}', format = 'newline_delimited', columns = {{{columns}}}, maximum_object_size = 67108864)"
        connection.execute(f"COPY (SELECT * FROM {read}) TO '{file}' (FORMAT parquet, COMPRESSION zstd)")  # noqa: S608
