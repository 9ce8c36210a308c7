"""The other way to write what stands in a title: "SDR" for a sales development representative, and the reverse. Pure.

Added to what is indexed of a job, not to what is asked: whoever searches for either form finds both, in any backend, and
quoted phrases and exclusions keep their meaning.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

_FILE = Path(__file__).with_name("short_forms.csv")


@lru_cache(maxsize=10_000)
def other_forms(title: str) -> str:
    """The other forms of everything in the title that has one, joined by blanks; empty where nothing has."""
    forms = _forms()
    found = (forms[_folded(match[0])] for match in _pattern().finditer(title))
    return " ".join(dict.fromkeys(found))


@lru_cache(maxsize=1)
def _forms() -> Mapping[str, str]:
    """Folded form -> the other one."""
    with _FILE.open(encoding="utf-8", newline="") as file:
        rows = [(row["short"], row["long"]) for row in csv.DictReader(file)]
    return {_folded(short): long for short, long in rows} | {_folded(long): short for short, long in reversed(rows)}


@lru_cache(maxsize=1)
def _pattern() -> re.Pattern[str]:
    """Any of the forms as whole words, in the singular or plural, the longest first; long ones with blanks or hyphens."""
    forms = sorted(_forms(), key=len, reverse=True)
    alternatives = "|".join(re.escape(form).replace(r"\ ", "[ -]") for form in forms)
    return re.compile(rf"(?<!\w)(?:{alternatives})(?=s?(?!\w))", re.IGNORECASE)


def _folded(form: str) -> str:
    return form.casefold().replace("-", " ")
