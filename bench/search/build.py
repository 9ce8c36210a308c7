"""Everything that a site answers with: the product's tables and index, and the peers' files. Parts that are there are kept."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from multiprocessing import get_context
from pathlib import Path

from rich.progress import Progress

from bench.search.load import load
from bench.search.peers import BareTantivy, SqliteFts5
from bench.search.rows import SEED, Corpus

# Grows with every change of what is generated or how the tables hold it: a kept folder of another one is filled anew.
LAYOUT = 1
SQLITE, BARE, POSTGRES, OWN_INDEX = "sqlite.db", "bare", "postgres", "search"
_PEERS = "peers"
# Of parts that have changed since, while what is generated has not: these alone are made again.
_LAYOUTS = {POSTGRES: 1, OWN_INDEX: 1, _PEERS: 2}
Show = Callable[[str, int, int], None]


class Note:
    """What stands in a folder about its parts: the seconds that each took to make."""

    def __init__(self, place: Path, rows: int) -> None:
        self._path = place / "bench.json"
        self._about = {"layout": LAYOUT, "rows": rows, "seed": SEED}
        found = json.loads(self._path.read_text()) if self._path.exists() else {}
        self.is_ours = {name: found.get(name) for name in self._about} == self._about
        layouts = found.get("layouts", dict.fromkeys(_LAYOUTS, 1))
        seconds: dict[str, float] = found["seconds"] if self.is_ours else {}
        self.seconds = {part: spent for part, spent in seconds.items() if layouts[part] == _LAYOUTS[part]}

    def write(self, part: str, seconds: float) -> None:
        self.seconds[part] = round(seconds, 1)
        self._path.write_text(json.dumps({**self._about, "layouts": _LAYOUTS, "seconds": self.seconds}))


def build(place: Path, corpus: Corpus, progress: Progress) -> Mapping[str, float]:
    """Make the parts that are missing. Gives seconds and megabytes of each part."""
    note, task = Note(place, corpus.number), progress.add_task("jobs", total=None)

    def show(name: str, done: int, total: int) -> None:
        progress.update(task, description=name, completed=done, total=total)

    if POSTGRES not in note.seconds:
        note.write(POSTGRES, _seconds(lambda: _tables(corpus, show)))
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        peers = pool.submit(_peers, place, corpus.number) if _PEERS not in note.seconds else None
        if OWN_INDEX not in note.seconds:
            note.write(OWN_INDEX, _seconds(lambda: _own_index(corpus, show)))
        if peers is not None:
            show("SQLite and tantivy alone", corpus.number, corpus.number)
            note.write(_PEERS, peers.result())
    sizes = {f"{part}_mb": _megabytes(place / part) for part in (SQLITE, BARE, POSTGRES, OWN_INDEX)}
    return {f"{part}_s": seconds for part, seconds in note.seconds.items()} | sizes


def _tables(corpus: Corpus, show: Show) -> None:
    from gtm_site.running import embedded

    load(corpus, embedded.postgres_url(), processes=os.cpu_count() or 1, progress=show)


def _own_index(corpus: Corpus, show: Show) -> None:
    from catalog.search.tantivy.backend import TantivyBackend

    TantivyBackend().rebuild(on_progress=lambda done: show("the product's index", done, corpus.number))


def _peers(place: Path, number: int) -> float:
    """Both from one pass over the rows; tantivy works in a thread of its own. Seconds."""
    corpus = Corpus(number)
    (place / SQLITE).unlink(missing_ok=True)
    shutil.rmtree(place / BARE, ignore_errors=True)

    def fill() -> None:
        with ExitStack() as stack:
            adds = [stack.enter_context(peer.filling(place / name, corpus)) for peer, name in ((SqliteFts5, SQLITE), (BareTantivy, BARE))]
            for chunk in range(corpus.chunks):
                rows = list(corpus.chunk(chunk))
                for add in adds:
                    add(rows)

    return _seconds(fill)


def _seconds(work: Callable[[], None]) -> float:
    begun = time.monotonic()
    work()
    return time.monotonic() - begun


def _megabytes(path: Path) -> float:
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return round(sum(file.stat().st_size for file in files) / 1e6, 1)
