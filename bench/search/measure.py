"""One query put to everything that answers, in turn: wall and CPU milliseconds, and whether all found the same.

The CPU is this process's and that of PostgreSQL's backends, parallel workers included.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from itertools import cycle, pairwise
from pathlib import Path
from typing import TypeVar

import psutil
from django.db import connection
from django.http import QueryDict

from bench.search.build import BARE, POSTGRES, SQLITE
from bench.search.peers import PAGE, BareTantivy, PlainTsRank, SqliteFts5
from bench.search.queries import KEYSET, Query
from bench.search.resident import look_at_pages
from bench.search.rows import NEWEST, Corpus
from bench.search.sample import Sample
from catalog.api.rows import list_rows
from catalog.filters import JobFilter
from catalog.models import Job
from catalog.search.backend import SearchBackend
from catalog.search.facets import search_facets
from catalog.search.postgres.backend import PostgresBackend
from catalog.search.query import Condition, Op, Search
from catalog.search.tantivy.backend import TantivyBackend

T = TypeVar("T")


class Bench:
    """Everything that answers at one site."""

    def __init__(self, place: Path, corpus: Corpus) -> None:
        from gtm_site.running import embedded

        url = embedded.postgres_url()
        self._skills = corpus.skills
        self._own: Mapping[str, SearchBackend] = {"postgres": PostgresBackend(), "tantivy": TantivyBackend()}
        self._full = PostgresBackend(ranked=corpus.number)
        self._sqlite = SqliteFts5(place / SQLITE)
        self._plain = PlainTsRank(url)
        self._bare = BareTantivy(place / BARE)
        self._page_first = cycle((True, False))
        Job.objects.exists()  # connects: the CPU of all connections counts
        self._cpu = Cpu(int((place / POSTGRES / "postmaster.pid").read_text().split()[0]))

    def look_at_all(self) -> None:
        """Once by everything that keeps a map of its own of what it has looked at."""
        with connection.cursor() as cursor:
            look_at_pages(cursor.execute)
        self._plain.look_at_all()
        self._sqlite.look_at_all()

    def measure(self, query: Query, *, slow: bool) -> Sample:
        sample = Sample(query.kind)
        search, cursor = self._asked(query)
        # The form that reads a search leaves a thousand objects behind that only the collector removes; what is measured leaves none.
        gc.collect(1)
        best = {name: self._own_page(sample, name, backend, search, cursor) for name, backend in self._own.items()}
        if query.kind == KEYSET:
            return sample
        sample.matches = self._alone(sample, query)
        if query.words:
            self._take(sample, "sqlite", "top", lambda: self._sqlite.top(query))
        self._check(sample, "tantivy", search)
        if slow and query.words:
            self._check(sample, "postgres", search)
            self._compare(sample, query, search, best["postgres"])
        return sample

    def _alone(self, sample: Sample, query: Query) -> int:
        """Tantivy alone; how many match. The second of its works finds warm what the first has read: they take turns at being first."""
        is_page_first = next(self._page_first)
        if query.words and not is_page_first:
            self._take(sample, "bare_tantivy", "top", lambda: self._bare.top(query))
        page = self._take(sample, "bare_tantivy", "page", lambda: self._bare.page(query))
        if query.words and is_page_first:
            self._take(sample, "bare_tantivy", "top", lambda: self._bare.top(query))
        return page.count

    def _own_page(self, sample: Sample, name: str, backend: SearchBackend, search: Search, cursor: str | None) -> Sequence[int]:
        """A page's three parts one after the other, as a reader waits for them."""

        def top() -> tuple[Search, list[int]]:
            hits = backend.page(search, limit=PAGE, cursor=cursor)
            return hits.search, [row["id"] for row in list_rows(hits.ids)]

        answered, ids = self._take(sample, name, "top", top)
        if cursor is None:
            self._take(sample, name, "count", lambda: backend.count(answered))
            self._take(sample, name, "facets", lambda: search_facets(answered, backend=backend))
            parts = [sample.spent[name, part] for part in ("top", "count", "facets")]
            sample.spent[name, "page"] = (sum(wall for wall, _ in parts), sum(cpu for _, cpu in parts))
        return ids

    def _compare(self, sample: Sample, query: Query, search: Search, bounded: Sequence[int]) -> None:
        """With the same order over all matches, with what everybody writes first, and with what a peer counts that keeps texts apart."""
        self._take(sample, "plain_ts_rank", "top", lambda: self._plain.top(query))
        full = self._take(sample, "postgres_full", "top", lambda: self._full.page(search, limit=PAGE).ids)
        sample.overlap = len(set(full) & set(bounded)) / len(full) if full else None
        if (found := self._sqlite.count(query)) != sample.matches:
            sample.peer_counts.append(_otherwise(sample, "sqlite", found))

    def _check(self, sample: Sample, name: str, search: Search) -> None:
        """What a backend counts, to the last one."""
        found = self._own[name].count(search, cap=None).value
        if found != sample.matches:
            sample.miscounts.append(_otherwise(sample, name, found))

    def _asked(self, query: Query) -> tuple[Search, str | None]:
        found = JobFilter(data=QueryDict(query.address(self._skills)), queryset=Job.objects.all())
        if not found.is_valid():
            raise ValueError(f"{query}: {found.errors}")
        search: Search = found.search
        return search, self._cursor(search, query.depth) if query.depth else None

    def _cursor(self, search: Search, depth: float) -> str | None:
        """Of a page somewhere in the list: as the product gave it to whoever had come that far."""
        before = Condition("posted_before", "listed_at", Op.BELOW, (NEWEST - timedelta(days=200 * depth),))
        return self._own["postgres"].page(Search(conditions=(*search.conditions, before)), limit=1).next

    def _take(self, sample: Sample, name: str, part: str, work: Callable[[], T]) -> T:
        cpu, begun = self._cpu.spent_ms(), time.perf_counter()
        done = work()
        wall = (time.perf_counter() - begun) * 1000
        sample.spent[name, part] = (wall, max(0.0, self._cpu.spent_ms() - cpu - self._cpu.look_ms))
        return done


def _otherwise(sample: Sample, name: str, found: int) -> str:
    return f"{sample.kind}: {name} counts {found:,}, tantivy alone {sample.matches:,}"


class Cpu:
    """CPU time of this process and of everything below the postmaster."""

    def __init__(self, postmaster: int) -> None:
        self._postmaster = psutil.Process(postmaster)
        self._backends = [Path(f"/proc/{child.pid}/schedstat") for child in self._postmaster.children()]
        looks = [self.spent_ms() for _ in range(20)]
        # What a look itself takes.
        self.look_ms = min(after - before for before, after in pairwise(looks))

    def spent_ms(self) -> float:
        """In milliseconds: exact of the backends that live, in steps of 10 ms of parallel workers that have ended."""
        living = sum(int(path.read_text().split()[0]) for path in self._backends if path.exists()) / 1e6
        ended = self._postmaster.cpu_times()
        return time.process_time() * 1000 + living + (ended.children_user + ended.children_system) * 1000
