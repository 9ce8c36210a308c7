"""Where labelled rows are, and where figures may be written."""

from __future__ import annotations

import os
from pathlib import Path

from extraction.evaluate.run import SAMPLE_FOLDER

_BESIDE_PROJECT = Path(__file__).resolve().parents[3] / "shared" / "data"


def default_folder() -> Path:
    """`gold/` of GTM_DATA_DIR (by default ../shared/data), else the sample set."""
    gold = Path(os.environ.get("GTM_DATA_DIR", _BESIDE_PROJECT)) / "gold"
    return gold if gold.is_dir() else SAMPLE_FOLDER


def refuse_unwritable(target: Path, option: str = "--json") -> None:
    """Before the work, not after it. Raises ValueError."""
    if target.is_dir():
        raise ValueError(f"{option} {target}: it is a folder; name a file")
    if not target.parent.is_dir():
        raise ValueError(f"{option} {target}: there is no folder {target.parent}")
    if not os.access(target if target.exists() else target.parent, os.W_OK):
        raise ValueError(f"{option} {target}: no right to write there")
