"""One catalogue of generated jobs with everything that answers over it, in a process of its own: own servers, own folder.

The parent asks all sites in turn, so that what disturbs the machine disturbs all sizes and peers alike.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bench.search.build import BARE, OWN_INDEX, SQLITE, Note, build
from bench.search.queries import Query
from bench.search.rows import Corpus
from bench.search.sample import Sample


@dataclass(frozen=True)
class Question:
    """What the process is asked: to measure a query; the slow peer only where `slow` says so."""

    query: Query
    slow: bool


class Site:
    """The parent's end."""

    def __init__(self, folder: Path, rows: int) -> None:
        self.rows = rows
        context = multiprocessing.get_context("spawn")
        self._pipe, other = context.Pipe()
        self._process = context.Process(target=_serve, args=(str(folder), rows, other), daemon=False)
        self._process.start()
        other.close()
        # What it took to make, in seconds, and sizes in MB.
        self.made: Mapping[str, float] = self._pipe.recv()

    def measure(self, query: Query, *, slow: bool = False) -> Sample:
        self._pipe.send(Question(query, slow))
        sample: Sample = self._pipe.recv()
        return sample

    def close(self) -> None:
        self._pipe.send(None)
        self._process.join()


def _serve(folder: str, rows: int, pipe: Connection) -> None:
    os.environ["GTM_STATE_DIR"] = folder
    os.environ["DJANGO_SETTINGS_MODULE"] = "gtm_site.settings"
    os.environ["SEARCH_BACKEND"] = "postgres"
    place = Path(folder)
    if not Note(place, rows).is_ours:
        shutil.rmtree(place, ignore_errors=True)
    from gtm_site.running import embedded

    with embedded.servers():
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        corpus = Corpus(rows)
        pipe.send(_made(place, corpus))
        from bench.search.measure import Bench
        from bench.search.resident import make_resident

        make_resident(place / part for part in (SQLITE, BARE, OWN_INDEX))
        bench = Bench(place, corpus)
        bench.look_at_all()
        while (question := pipe.recv()) is not None:
            pipe.send(bench.measure(question.query, slow=question.slow))


def _made(place: Path, corpus: Corpus) -> Mapping[str, float]:
    columns = (TextColumn(f"{corpus.number:,} jobs: {{task.description}}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        return build(place, corpus, progress)
