from __future__ import annotations

import codecs
import io
from pathlib import Path

import pytest
from django.core.management.base import CommandError

from ingestion.management.text_files import lines_of

LINES = ["acme", "größe", ""]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["unix", "windows", "old mac"])
@pytest.mark.parametrize(
    ("mark", "encoding"),
    [(b"", "utf-8"), (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")],
    ids=["utf-8", "utf-8 with a mark", "utf-16 little", "utf-16 big"],
)
def test_lines_are_those_of_the_text(tmp_path: Path, mark: bytes, encoding: str, end: str) -> None:
    path = tmp_path / "boards.csv"
    path.write_bytes(mark + end.join(LINES).encode(encoding))
    assert lines_of(path) == LINES


def test_only_line_ends_end_a_line(tmp_path: Path) -> None:
    path = tmp_path / "boards.csv"
    path.write_text("a\x0bb\u2028c\x85d\n", encoding="utf-8")
    assert lines_of(path) == ["a\x0bb\u2028c\x85d", ""]


def test_standard_input_is_read_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO("acme\r\nglobex".encode("utf-16"))))
    assert lines_of(None) == ["acme", "globex"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"PK\x03\x04 and more", "is a spreadsheet or an archive, whatever its name"),
        (b"\xd0\xcf\x11\xe0 and more", "is a spreadsheet or an archive, whatever its name"),
        ("größe".encode("latin-1"), "is not UTF-8 text"),
        (codecs.BOM_UTF16_LE + b"a", "is not UTF-8 text"),
    ],
    ids=["xlsx", "xls", "latin-1", "half a character"],
)
def test_what_is_no_text_is_refused(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "boards.csv"
    path.write_bytes(content)
    with pytest.raises(CommandError, match=f"boards.csv {told}"):
        lines_of(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"cannot read .*boards.csv: No such file"):
        lines_of(tmp_path / "boards.csv")
    with pytest.raises(CommandError, match=r"`echo no-such-token \| manage.py ingest seed"):
        lines_of(Path("no-such-token"))
