"""The peers: SQLite FTS5, plain ts_rank over the product's own table, and tantivy alone. None of them is the product's code.

Every peer answers for open jobs over the same words, as the product does. All find the same rows; the order is each one's own.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import psycopg
import tantivy

from bench.search.load import skill_words
from bench.search.queries import COLUMNS, Query
from bench.search.resident import look_at_pages
from bench.search.rows import Corpus, Row
from bench.search.words import STOP_WORDS
from catalog.publishing.publish_rows import INDEXED_TEXT_CHARS

PAGE = 25
FACETS = ("seniority", "function", "remote", "employment", "country", "company", "skills")
_TEXTS = ("seniority", "function", "remote", "employment", "country")
_FACETS_SHOWN = 20


class Peer(Protocol):
    """`top`: ids of the 25 best. `count`: how many match."""

    def top(self, query: Query) -> list[int]: ...
    def count(self, query: Query) -> int: ...


@dataclass(frozen=True)
class Row25:
    """What a peer's page has: ids, the number of all matches, and its facets."""

    ids: list[int]
    count: int
    facets: Mapping[str, Any]


class SqliteFts5:
    """FTS5 with bm25, and a table of the fields beside it; both on disk, read through the page cache."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path)
        self._connection.execute("PRAGMA cache_size = -262144")
        self._connection.execute("PRAGMA mmap_size = 8000000000")

    @staticmethod
    @contextmanager
    def filling(path: Path, corpus: Corpus) -> Iterator[Callable[[Sequence[Row]], None]]:
        """A new file; what is given takes rows."""
        connection = sqlite3.connect(path)
        connection.executescript(_SQLITE)

        def add(rows: Sequence[Row]) -> None:
            connection.executemany("INSERT INTO job VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", (_sqlite_job(corpus, row) for row in rows))
            words = ((row.id, row.title, skill_words(corpus, row), row.summary, row.text[:INDEXED_TEXT_CHARS]) for row in rows)
            connection.executemany("INSERT INTO words (rowid, title, skills, summary, body) VALUES (?, ?, ?, ?, ?)", words)

        yield add
        connection.execute("INSERT INTO words (words) VALUES ('optimize')")
        connection.execute("ANALYZE")
        connection.commit()
        connection.close()

    def close(self) -> None:
        self._connection.close()

    def look_at_all(self) -> None:
        self._connection.execute("SELECT sum(length(block)) FROM words_data").fetchone()
        self._connection.execute("SELECT count(summary) FROM job").fetchone()

    def top(self, query: Query) -> list[int]:
        statement, values = _sqlite_matches(query)
        sql = f"SELECT job.* FROM ({statement} ORDER BY bm25(words, 6, 3, 2, 1) LIMIT {PAGE}) JOIN job USING (id)"  # noqa: S608
        return [row[0] for row in self._connection.execute(sql, values)]

    def count(self, query: Query) -> int:
        statement, values = _sqlite_matches(query)
        return int(self._connection.execute(f"SELECT count(*) FROM ({statement})", values).fetchone()[0])  # noqa: S608


class PlainTsRank:
    """What everybody writes first: `WHERE search_vector @@ query ORDER BY ts_rank(..) DESC LIMIT 25`."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True)

    def close(self) -> None:
        self._connection.close()

    def look_at_all(self) -> None:
        look_at_pages(self._connection.execute)

    def top(self, query: Query) -> list[int]:
        where, values = _postgres_matches(query)
        statement = f"""
            SELECT id, title, company_name, location_text, listed_at, skill_ids FROM catalog_job WHERE {where}
            ORDER BY ts_rank(search_vector, websearch_to_tsquery('catalog_english', %s)) DESC, listed_at DESC, id DESC LIMIT {PAGE}
        """  # noqa: S608
        return [row[0] for row in self._connection.execute(statement, [*values, query.text])]

    def count(self, query: Query) -> int:
        where, values = _postgres_matches(query)
        row = self._connection.execute(f"SELECT count(*) FROM catalog_job WHERE {where}", values).fetchone()  # noqa: S608
        assert row is not None
        return int(row[0])


class BareTantivy:
    """Tantivy as its tutorial has it: one text field, BM25; fields to filter by and to count. Ids only, no rows."""

    def __init__(self, path: Path) -> None:
        self._index = tantivy.Index.open(str(path))
        self._searcher = self._index.searcher()
        self._schema = self._index.schema

    @staticmethod
    @contextmanager
    def filling(path: Path, corpus: Corpus) -> Iterator[Callable[[Sequence[Row]], None]]:
        """A new index; what is given takes rows."""
        path.mkdir()
        writer = tantivy.Index(_tantivy_schema(), str(path)).writer(200_000_000, 1)

        def add(rows: Sequence[Row]) -> None:
            for row in rows:
                writer.add_document(_tantivy_document(corpus, row))

        yield add
        writer.commit()
        writer.wait_merging_threads()

    def top(self, query: Query) -> list[int]:
        hits = self._searcher.search(self._query(query), PAGE, count=False).hits
        return [int(number or 0) for number in self._searcher.fast_field_values("id", [place for _, place in hits])]

    def count(self, query: Query) -> int:
        return int(self._searcher.search(self._query(query), 1).count)  # type: ignore[attr-defined]

    def page(self, query: Query) -> Row25:
        """The same work as a page of the product: 25 rows, the count, and every facet, each without its own choice."""
        found = self._query(query)
        result = self._searcher.search(found, PAGE)
        ids = [int(number or 0) for number in self._searcher.fast_field_values("id", [place for _, place in result.hits])]
        together = [name for name in FACETS if name not in query.filters]
        facets = self._searcher.aggregate(found, _aggregations(together))
        for name in query.filters:
            facets |= self._searcher.aggregate(self._query(query, without=name), _aggregations([name]))
        return Row25(ids, int(result.count), facets)  # type: ignore[attr-defined]

    def _query(self, query: Query, without: str = "") -> tantivy.Query:
        parts = [(tantivy.Occur.Must, self._term("state", "open"))]
        if query.words:
            parts.append((tantivy.Occur.Must, self._words(query)))
        parts += [(tantivy.Occur.Must, self._term(name, value)) for name, value in query.filters.items() if name != without]
        parts += [(tantivy.Occur.Must, self._term("skills", skill)) for skill in query.skills]
        if query.unwanted:
            parts.append((tantivy.Occur.MustNot, self._term("text", query.unwanted)))
        return tantivy.Query.boolean_query(parts)

    def _words(self, query: Query) -> tantivy.Query:
        if query.phrase:
            return tantivy.Query.phrase_query(self._schema, "text", list(query.words))
        occur = tantivy.Occur.Should if query.either else tantivy.Occur.Must
        return tantivy.Query.boolean_query([(occur, self._term("text", word)) for word in query.words])

    def _term(self, name: str, value: str | int) -> tantivy.Query:
        return tantivy.Query.term_query(self._schema, name, value)


def _aggregations(names: Iterable[str]) -> dict[str, Any]:
    return {name: {"terms": {"field": name, "size": _FACETS_SHOWN}} for name in names}


def _tantivy_schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder().add_text_field("text").add_unsigned_field("id", fast=True).add_unsigned_field("company", fast=True)
    builder.add_unsigned_field("skills", indexed=True, fast=True).add_text_field("state", tokenizer_name="raw", index_option="basic")
    for name in _TEXTS:
        builder.add_text_field(name, fast=True, tokenizer_name="raw", index_option="basic")
    return builder.build()


def _tantivy_document(corpus: Corpus, row: Row) -> tantivy.Document:
    made = tantivy.Document()
    made.add_text("text", "\n".join((row.title, skill_words(corpus, row), _before_another(row.summary), row.text[:INDEXED_TEXT_CHARS])))
    made.add_unsigned("id", row.id)
    made.add_unsigned("company", row.company)
    made.add_text("state", "closed" if row.is_closed else "open")
    for skill in row.skills:
        made.add_unsigned("skills", skill)
    for name, value in _fields(corpus, row).items():
        if value is not None:
            made.add_text(name, value)
    return made


def _before_another(text: str) -> str:
    """A text that others follow, as PostgreSQL joins vectors: stop words at its end do not keep a phrase from reaching across."""
    words = text.split()
    while words and words[-1] in STOP_WORDS:
        words.pop()
    return " ".join(words)


def _fields(corpus: Corpus, row: Row) -> dict[str, str | None]:
    """The filters' fields under their names."""
    return {name: corpus.places[row.place].country if name == "country" else getattr(row, name) for name in COLUMNS}


_SQLITE = """
    PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -524288;
    CREATE TABLE job (
        id INTEGER PRIMARY KEY, title TEXT, company INTEGER, listed_at INTEGER, is_open INTEGER, seniority TEXT, "function" TEXT,
        remote TEXT, employment TEXT, country TEXT, summary TEXT
    );
    CREATE VIRTUAL TABLE words USING fts5(title, skills, summary, body, content='');
"""


def _sqlite_job(corpus: Corpus, row: Row) -> tuple[Any, ...]:
    fields = _fields(corpus, row)
    return (row.id, row.title, row.company, int(row.listed_at.timestamp()), not row.is_closed, *fields.values(), row.summary)


def _sqlite_matches(query: Query) -> tuple[str, list[Any]]:
    words = [f'"{word}"' for word in query.words]
    text = f'"{" ".join(query.words)}"' if query.phrase else (" OR " if query.either else " AND ").join(words)
    match = f'({text}) NOT "{query.unwanted}"' if query.unwanted else text
    conditions = "".join(f' AND job."{name}" = ?' for name in query.filters)
    statement = f"SELECT job.id FROM words JOIN job ON job.id = words.rowid WHERE words MATCH ? AND job.is_open{conditions}"  # noqa: S608
    return statement, [match, *query.filters.values()]


_POSTGRES = {
    "seniority": "seniority_level",
    "function": "job_function",
    "remote": "remote_type",
    "employment": "employment_type",
    "country": "location_country",
}


def _postgres_matches(query: Query) -> tuple[str, list[Any]]:
    conditions = ["search_vector @@ websearch_to_tsquery('catalog_english', %s)", "state = 'open'"]
    conditions += [f"{_POSTGRES[name]} = %s" for name in query.filters]
    return " AND ".join(conditions), [query.text, *query.filters.values()]
