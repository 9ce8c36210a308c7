"""Text files that people hand to commands, as spreadsheet programs save them too."""

from __future__ import annotations

import codecs
import sys
from pathlib import Path

from django.core.management.base import CommandError

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# Of zip archives, which .xlsx and .ods files are, and of .xls files.
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


def lines_of(path: Path | None) -> list[str]:
    """The lines of a text file (None: of standard input) in UTF-8, or UTF-16 that says so. Raises CommandError."""
    name = path or Path("standard input")
    try:
        data = path.read_bytes() if path else sys.stdin.buffer.read()
    except OSError as error:
        told = f"cannot read {name}: {error.strerror}"
        if not name.suffix and name.name == str(name):
            told += f"; a board's token comes as a line: `echo {name} | manage.py ingest seed --type ATS -`"
        raise CommandError(told) from error
    if data.startswith(_WORKBOOKS):
        raise CommandError(f"{name} is a spreadsheet or an archive, whatever its name: save the sheet as CSV UTF-8")
    try:
        text = data.decode("utf-16" if data.startswith(_UTF_16) else "utf-8-sig")
    except UnicodeDecodeError:
        raise CommandError(f"{name} is not UTF-8 text: save it as CSV UTF-8") from None
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
