"""What the tantivy index holds of a job. Imports tantivy, which is an extra: import this only where it is installed.

`words` are the lexemes of the job's search vector at their positions, so that PostgreSQL's configuration is the one
definition of what a word is, and the same texts match on every backend. Everything else is a column to filter and count.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Any

import tantivy

# Grows with every change of what is here: an index of another version is not searched, and filled anew.
VERSION = 1

WORDS = "words"
_LEXEMES = "lexemes"
# Stands where the text has a word that is not searched, so that positions stay right. No lexeme is a lone full stop.
_GAP = "."
# How often a word of the title, of company and skills, of the summary counts, beyond the once of any word, where it stands.
_AGAIN = {"A": 5, "B": 2, "C": 1}
# A word that counts several times stands again after the end of the text, this far from any other: no phrase reaches.
MAX_PHRASE_DISTANCE = 4
_BETWEEN = f" {' '.join([_GAP] * MAX_PHRASE_DISTANCE)} "
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Kind(Enum):
    """How a column is kept. Moments are microseconds since 1970."""

    TEXT = tantivy.FieldType.Text
    ID = tantivy.FieldType.Unsigned
    NUMBER = tantivy.FieldType.Integer
    MOMENT = "moment"


COLUMNS: Mapping[str, Kind] = {
    "id": Kind.ID,
    "company_id": Kind.ID,
    "skill_ids": Kind.ID,
    "places": Kind.TEXT,
    "company_domain": Kind.TEXT,
    "seniority_level": Kind.TEXT,
    "job_function": Kind.TEXT,
    "remote_type": Kind.TEXT,
    "employment_type": Kind.TEXT,
    "location_city": Kind.TEXT,
    "location_state": Kind.TEXT,
    "location_country": Kind.TEXT,
    "source_type": Kind.TEXT,
    "language": Kind.TEXT,
    "state": Kind.TEXT,
    "comp_usd": Kind.NUMBER,
    "salary_min_usd": Kind.NUMBER,
    "salary_max_usd": Kind.NUMBER,
    "posted_at": Kind.MOMENT,
    "listed_at": Kind.MOMENT,
    "first_seen_at": Kind.MOMENT,
}
SEVERAL = frozenset({"skill_ids", "places"})
READ = (*COLUMNS, "search_vector")


def schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder().add_text_field(WORDS, tokenizer_name=_LEXEMES)
    for name, kind in COLUMNS.items():
        match kind:
            case Kind.TEXT:
                builder.add_text_field(name, fast=True, tokenizer_name="raw", index_option="basic")
            case Kind.ID:
                builder.add_unsigned_field(name, indexed=True, fast=True)
            case _:
                builder.add_integer_field(name, indexed=True, fast=True)
    return builder.build()


def make_index(path: Path) -> tantivy.Index:
    """A new, empty index in an empty folder."""
    return _prepared(tantivy.Index(schema(), str(path), reuse=False))


def open_index(path: Path) -> tantivy.Index:
    """The index in this folder. Raises ValueError or OSError where there is none."""
    return _prepared(tantivy.Index.open(str(path)))


def _prepared(index: tantivy.Index) -> tantivy.Index:
    words = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).filter(tantivy.Filter.custom_stopword([_GAP]))
    index.register_tokenizer(_LEXEMES, words.build())
    # When to look again is asked at every search: a thread that watches would not outlive the fork of a web process.
    index.config_reader("manual")
    return index


def document(row: Sequence[Any]) -> tantivy.Document:
    """The document of a row of READ."""
    *values, vector = row
    made = tantivy.Document()
    made.add_text(WORDS, _words(vector) if vector else "")
    for (name, kind), value in zip(COLUMNS.items(), values, strict=True):
        for one in value if name in SEVERAL else () if value is None else (value,):
            _ADD[kind](made, name, stored(kind, one))
    return made


def stored(kind: Kind, value: Any) -> Any:
    """A value as the index keeps it."""
    return (value - _EPOCH) // timedelta(microseconds=1) if kind is Kind.MOMENT else value


_ADD: Mapping[Kind, Callable[[tantivy.Document, str, Any], None]] = {
    Kind.TEXT: tantivy.Document.add_text,
    Kind.ID: tantivy.Document.add_unsigned,
    Kind.NUMBER: tantivy.Document.add_integer,
    Kind.MOMENT: tantivy.Document.add_integer,
}


def _words(vector: str) -> str:
    """A search vector as PostgreSQL writes it -> its lexemes at their positions, and the weightier ones again behind them."""
    at: dict[int, str] = {}
    again: list[str] = []
    for entry in vector[1:].split(" '"):
        word, _, positions = entry.rpartition("':")
        if "'" in word or "\\" in word:
            word = word.replace("''", "'").replace("\\\\", "\\")
        for position in positions.split(","):
            weight = position[-1]
            if weight in _AGAIN:
                again += [word] * _AGAIN[weight]
                position = position[:-1]
            place = int(position)
            # Beyond its last position PostgreSQL heaps up all that follows on it: those stand behind the text.
            if place in at:
                again.append(word)
            else:
                at[place] = word
    text = " ".join([at.get(place, _GAP) for place in range(1, max(at, default=0) + 1)])
    return _BETWEEN.join([text, *again])
