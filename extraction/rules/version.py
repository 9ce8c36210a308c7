"""The version of the rules: a checksum of their code and data, so that any change of either is a new version."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

_EXTRACTION = Path(__file__).parent.parent
_LENGTH = 12
_OUTSIDE = (
    "calibration.py",
    "document.py",
    "documents.py",
    "language.py",
    "providers/rules.py",
    "routing.py",
    "schema.py",
    "sections.py",
    "text.py",
)


@cache
def rules_version() -> str:
    """Same code and tables, same version, on every machine."""
    digest = hashlib.sha256()
    for path in _files():
        digest.update(path.relative_to(_EXTRACTION).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:_LENGTH]


def _files() -> Iterator[Path]:
    """Everything that can change what the rules answer, in a fixed order."""
    yield from sorted((_EXTRACTION / "rules").glob("*.py"))
    yield from sorted(path for path in (_EXTRACTION / "data").iterdir() if path.is_file())
    yield from (_EXTRACTION / name for name in _OUTSIDE)
