"""Reads the files of skills that a user may download, line by line: our own CSV, ESCO's skills, O*NET's technology skills and skills.

Pure: no Django, no database. A line that cannot be used is reported with its number and its reason; no line is lost in silence.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from catalog.vocabulary.values import SkillKind, SkillTerm
from catalog.vocabulary.vocabulary_csv import COLUMNS, VocabularyError, term_of_row

LONGEST_FORM = 100
_ESCO_COLUMNS = ("conceptUri", "preferredLabel", "altLabels")
_TECHNOLOGY_COLUMNS = ("Example", "Commodity Title")
_ELEMENT_COLUMN = "Element Name"
# "Python (computer programming)" and "Salesforce software" are how classifications write "Python" and "Salesforce".
_QUALIFIER = re.compile(r" \([^()]+\)$")
_SUFFIX = re.compile(r" software$", re.IGNORECASE)
_PLAIN_WORD = re.compile(r"[A-Z]?[a-zß-öø-ÿ]+$")


class FileFormat(StrEnum):
    CSV = "csv"
    ESCO = "esco"
    ONET = "onet"


@dataclass(frozen=True, slots=True)
class TermLine:
    """A line that names a skill. `is_definition`: it also says what kind and category the skill is (our own format does)."""

    number: int
    term: SkillTerm
    is_definition: bool = False


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that names none, and why."""

    number: int
    reason: str


Row = Mapping[str, str]


def read_lines(lines: Iterable[str], file_format: FileFormat | None = None) -> Iterator[TermLine | BadLine]:
    """Every data line of an open file, in order; the format is found by the header when it is not given.

    Raises VocabularyError for a header that no format has, or not the format named.
    """
    rows = iter(lines)
    header = next(rows, "").lstrip("\N{ZERO WIDTH NO-BREAK SPACE}")
    columns = next(csv.reader([header], delimiter=_delimiter(header)), [])
    found = _format_of(columns)
    if found is None or (file_format is not None and found is not file_format):
        raise VocabularyError(f"line 1: the columns are {', '.join(columns)[:200] or 'none'}; {_wanted(file_format)}")
    yield from _read(rows, columns, _delimiter(header), _READERS[found])


def _format_of(columns: list[str]) -> FileFormat | None:
    if tuple(columns) == COLUMNS:
        return FileFormat.CSV
    if set(_ESCO_COLUMNS) <= set(columns):
        return FileFormat.ESCO
    if _ELEMENT_COLUMN in columns or set(_TECHNOLOGY_COLUMNS) <= set(columns):
        return FileFormat.ONET
    return None


def _wanted(file_format: FileFormat | None) -> str:
    known = {
        FileFormat.CSV: f"csv has {', '.join(COLUMNS)}",
        FileFormat.ESCO: f"esco has {', '.join(_ESCO_COLUMNS)} among others",
        FileFormat.ONET: f"onet has {_ELEMENT_COLUMN}, or {' and '.join(_TECHNOLOGY_COLUMNS)}, separated by tabs",
    }
    return known[file_format] if file_format else "; ".join(known.values())


def _delimiter(header: str) -> str:
    return "\t" if "\t" in header else ","


def _read(lines: Iterator[str], columns: list[str], delimiter: str, reader: Callable[[Row], SkillTerm]) -> Iterator[TermLine | BadLine]:
    # O*NET writes quotation marks as they are, the others quote cells with them.
    cells = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE) if delimiter == "\t" else csv.reader(lines)
    while True:
        number = cells.line_num + 2  # the header is line 1; a quoted cell may hold several lines
        try:
            values = next(cells)
        except StopIteration:
            return
        except csv.Error as error:
            yield BadLine(number, str(error))
            continue
        if values:
            yield _line(number, columns, values, reader)


def _line(number: int, columns: list[str], values: list[str], reader: Callable[[Row], SkillTerm]) -> TermLine | BadLine:
    if len(values) != len(columns):
        return BadLine(number, f"{len(values)} columns, not {len(columns)}")
    if any("\udc80" <= char <= "\udcff" for value in values for char in value):
        return BadLine(number, "not UTF-8")
    try:
        term = reader(dict(zip(columns, values, strict=True)))
        too_long = [form for form in (term.name, *term.aliases) if len(form) > LONGEST_FORM]
        if too_long:
            return BadLine(number, f"longer than {LONGEST_FORM} characters: {too_long[0][:40]}…")
    except VocabularyError as error:
        return BadLine(number, str(error))
    return TermLine(number, term, is_definition=reader is term_of_row)


def _esco(row: Row) -> SkillTerm:
    label = row["preferredLabel"].strip()
    others = (form.strip() for form in row["altLabels"].splitlines())
    return _term(_QUALIFIER.sub("", label), (label, *others), "skill", "esco")


def _onet(row: Row) -> SkillTerm:
    if _ELEMENT_COLUMN in row:
        return _term(row[_ELEMENT_COLUMN].strip(), (), "skill", "onet")
    example = row["Example"].strip()
    return _term(_SUFFIX.sub("", example), (example,), "tool", _category(row["Commodity Title"]))


def _category(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", title.casefold()).strip("_")[:60] or "onet"


def _term(name: str, aliases: Iterable[str], kind: SkillKind, category: str) -> SkillTerm:
    """A term whose single plain words need context: a classification does not say which of its words are also ordinary ones."""
    if not name:
        raise VocabularyError("no name")
    forms = {form.casefold(): form for form in aliases if form and form.casefold() != name.casefold()}
    ambiguous = frozenset(form for form in (name, *forms.values()) if _PLAIN_WORD.fullmatch(form))
    return SkillTerm(name, kind, category, tuple(forms.values()), ambiguous)


_READERS: Mapping[FileFormat, Callable[[Row], SkillTerm]] = {
    FileFormat.CSV: term_of_row,
    FileFormat.ESCO: _esco,
    FileFormat.ONET: _onet,
}
