"""Samples -> figures, and what must hold of them (issue: search people love). Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import mean, median
from typing import Any

from bench.search.queries import CLASSES, COMMON, FILTERS, KEYSET, MIX, NEWEST, WITHOUT_WORDS
from bench.search.sample import Sample

RANKED = tuple(kind for kind in MIX if kind not in WITHOUT_WORDS)
# Milliseconds that nobody notices: below this a peer's time is no bound.
_UNNOTICED = 5.0
_INDEX_ALLOWANCE = 5.0


@dataclass(frozen=True)
class Spread:
    """Of one work: wall milliseconds at percentiles and on average, and CPU milliseconds on average."""

    queries: int
    p50: float
    p95: float
    p99: float
    worst: float
    cpu: float


@dataclass(frozen=True)
class Bound:
    """A figure, what it may be at most, and what that is made of."""

    name: str
    value: float
    at_most: float
    of: str

    @property
    def holds(self) -> bool:
        return self.value <= self.at_most


# Class of queries -> "peer part" -> spread.
Table = Mapping[str, Mapping[str, Spread]]


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-int(share * 1000) * len(ordered) // 1000) - 1)]


def spread(spent: Sequence[tuple[float, float]]) -> Spread:
    walls = [wall for wall, _ in spent]
    figures = (percentile(walls, 0.5), percentile(walls, 0.95), percentile(walls, 0.99), max(walls), mean(cpu for _, cpu in spent))
    return Spread(len(walls), *(round(figure, 3) for figure in figures))


def table(samples: Iterable[Sample]) -> Table:
    """By class, and of all that belong to the mix as the class `mix`."""
    spent: dict[str, dict[str, list[tuple[float, float]]]] = defaultdict(lambda: defaultdict(list))
    for sample in samples:
        for (peer, part), figures in sample.spent.items():
            for kind in (sample.kind, "mix") if sample.kind in MIX else (sample.kind,):
                spent[kind][f"{peer} {part}"].append(figures)
    return {kind: {name: spread(each) for name, each in spent[kind].items()} for kind in ("mix", *CLASSES) if kind in spent}


def bounds(large: Table, small: Table | None) -> list[Bound]:
    """What must hold of the largest catalogue, and of its relation to the smallest one."""
    found = [bound for kind in RANKED if kind in large for bound in _ranked(kind, large[kind])]
    found += [bound for kind in ("mix", *MIX) if kind in large for bound in _index(kind, large[kind])]
    mix = large["mix"]["postgres top"]
    found.append(Bound("postgres: worst over median of the mix", _ratio(mix.worst, mix.p50), 20.0, "20"))
    for kind in (FILTERS, KEYSET, NEWEST) if small else ():
        assert small is not None
        ratio = _ratio(large[kind]["postgres top"].p95, small[kind]["postgres top"].p95)
        found.append(Bound(f"postgres: p95 of {kind} over the same in the small catalogue", ratio, 2.0, "2"))
    return found


def _ranked(kind: str, row: Mapping[str, Spread]) -> list[Bound]:
    """The ranked 25 of PostgreSQL beside FTS5."""
    share = 0.1 if kind == COMMON else 1.0
    limit = max(_UNNOTICED, round(share * row["sqlite top"].p95, 2))
    return [Bound(f"postgres: p95 of 25 ranked, {kind}", row["postgres top"].p95, limit, f"max(5 ms, {share:g} x FTS5)")]


def _index(kind: str, row: Mapping[str, Spread]) -> list[Bound]:
    """The index beside tantivy alone."""
    found = []
    if "bare_tantivy top" in row:
        limit = round(row["bare_tantivy top"].p95 + _INDEX_ALLOWANCE, 2)
        found.append(Bound(f"tantivy: p95 of 25 with their rows, {kind}", row["tantivy top"].p95, limit, "tantivy alone + 5 ms"))
    if "bare_tantivy page" in row:
        limit = round(2 * row["bare_tantivy page"].p95 + _INDEX_ALLOWANCE, 2)
        found.append(Bound(f"tantivy: p95 of the whole page, {kind}", row["tantivy page"].p95, limit, "2 x tantivy alone + 5 ms"))
    return found


def overlaps(samples: Iterable[Sample]) -> dict[str, dict[str, float]]:
    """By class: on average and at worst, how much of the full ranking's 25 best the default order shows."""
    found: dict[str, list[float]] = defaultdict(list)
    for sample in samples:
        if sample.overlap is not None:
            found[sample.kind].append(sample.overlap)
    return {
        kind: {"mean": round(mean(each), 3), "median": round(median(each), 3), "worst": round(min(each), 3)} for kind, each in found.items()
    }


def plain(of: Table) -> dict[str, Any]:
    return {kind: {name: asdict(each) for name, each in row.items()} for kind, row in of.items()}


def _ratio(value: float, base: float) -> float:
    return round(value / base, 2) if base else 0.0
