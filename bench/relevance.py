"""How well the default order puts first what people mean: nDCG@10 over judged queries on recorded postings.

`python -m bench.relevance` loads the recorded boards through the product's own line and scores the default order, bare
tantivy BM25 and naive full text of PostgreSQL. The default order counts twice: `default` is the list itself,
`default_and_apart` the list and the jobs that lack one of the words, which stand apart below few matches.

Judged by bench/relevance/judgements.jsonl: a query a line, with the grades (0 not meant, 1 marginal, 2 good, 3 exactly
meant) of the postings that the first ten of all of these gave, judged without knowing which of them gave it. Postings are
named by source type, board key and id; their texts stay where they were recorded.
`--pool FILE` writes what is not judged yet, shuffled, for somebody to judge. Writes bench/results/relevance.json.
"""

from __future__ import annotations

import argparse
import json
import os
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import log2
from pathlib import Path
from statistics import mean
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.catalogue import catalogue, load
from bench.pipeline import PROJECT, state_folder
from bench.relevance_rankers import OURS, rankers
from sandbox.testing import running_sandbox

JUDGEMENTS = Path(__file__).parent / "relevance" / "judgements.jsonl"
RESULTS = Path(__file__).parent / "results" / "relevance.json"
DEPTH = 10
AT_LEAST = 0.85


@dataclass(frozen=True)
class Judged:
    """A query, what kind of query it is, and grades by posting ("source type/board key/posting id")."""

    query: str
    kind: str
    grades: Mapping[str, int]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("GTM_DATA_DIR", PROJECT.parent / "shared" / "data")))
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="state folder to use and keep")
    parser.add_argument("--pool", type=Path, metavar="FILE", help="write what is not judged, instead of scoring")
    parser.add_argument("--output", type=Path, default=RESULTS)
    options = parser.parse_args()
    judged = read_judgements(JUDGEMENTS)
    with state_folder(options.keep) as folder, catalogue(folder, running_sandbox(data=options.data / "ats"), load):
        found = first_ten([each.query for each in judged])
        if options.pool:
            write_pool(options.pool, judged, found)
            return
        result = {**_conditions(), **score(judged, found)}
    options.output.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n")
    Console().print(table_of(result))


def read_judgements(path: Path) -> list[Judged]:
    return [Judged(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def first_ten(queries: Sequence[str]) -> dict[str, dict[str, list[str]]]:
    """Ranker -> query -> postings, best first."""
    ways = rankers()
    ids = {name: {query: rank(query, DEPTH) for query in queries} for name, rank in ways.items()}
    names = _posting_names({pk for by_query in ids.values() for row in by_query.values() for pk in row})
    return {way: {query: [names[pk] for pk in row] for query, row in by_query.items()} for way, by_query in ids.items()}


def _posting_names(ids: set[int]) -> dict[int, str]:
    from catalog.models import Job

    rows = Job.objects.filter(pk__in=ids).values_list("pk", "source_type", "source_key", "source_job_id")
    return {pk: "/".join(parts) for pk, *parts in rows}


def ndcg(ranked: Sequence[str], grades: Mapping[str, int], depth: int = DEPTH) -> float:
    """Normalised discounted cumulative gain; a posting without a grade gains nothing. 1.0 where nothing could be gained."""
    ideal = _gain(sorted(grades.values(), reverse=True)[:depth])
    return _gain([grades.get(name, 0) for name in ranked[:depth]]) / ideal if ideal else 1.0


def _gain(grades: Sequence[int]) -> float:
    return sum(float(2**grade - 1) / log2(place + 2) for place, grade in enumerate(grades))


def score(judged: Sequence[Judged], found: Mapping[str, Mapping[str, Sequence[str]]]) -> dict[str, Any]:
    """Means of nDCG@10 by ranker, in all and by kind of query; each query's; and how much of the rankings was judged."""
    each = {way: {j.query: ndcg(rows[j.query], j.grades) for j in judged} for way, rows in found.items()}
    means = {way: round(mean(values.values()), 4) for way, values in each.items()}
    kinds = sorted({j.kind for j in judged})
    shown = [(name, j.grades) for j in judged for rows in found.values() for name in rows[j.query]]
    return {
        "queries": len(judged),
        "judgements": sum(len(j.grades) for j in judged),
        "not_judged": sum(name not in grades for name, grades in shown),
        "ndcg_at_10": means,
        "by_kind": {kind: {way: round(mean(v[j.query] for j in judged if j.kind == kind), 4) for way, v in each.items()} for kind in kinds},
        "by_query": {j.query: {way: round(values[j.query], 3) for way, values in each.items()} for j in judged},
        "bounds": {way: _bounds(means, way) for way in OURS},
    }


def _bounds(means: Mapping[str, float], way: str) -> dict[str, bool]:
    return {"at_least": means[way] >= AT_LEAST, "not_below_bm25": means[way] >= means["tantivy_bm25"]}


def write_pool(path: Path, judged: Sequence[Judged], found: Mapping[str, Mapping[str, Sequence[str]]]) -> None:
    """Query by query the postings without a grade, shuffled, with what a judge reads; keep the file out of the project."""
    from catalog.models import Job

    chance = random.Random(7)
    with path.open("w", encoding="utf-8") as file:
        for each in judged:
            names = sorted({name for rows in found.values() for name in rows[each.query]} - each.grades.keys())
            chance.shuffle(names)
            file.write(f"# {each.query}\n" if names else "")
            for name in names:
                source_type, key, job_id = name.split("/", 2)
                job = Job.objects.select_related("content").get(source_type=source_type, source_key=key, source_job_id=job_id)
                snippet = (job.content.job_summary or job.content.text)[:160].replace("\n", " ")
                skills = ", ".join([*job.content.tools_raw, *job.content.skills_raw])[:110]
                file.write(f"{name}\t{job.title} | {job.company_name} | {job.location_text[:50]} | {skills} | {snippet}\n")


def _conditions() -> dict[str, Any]:
    from catalog.models import Job

    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "jobs": Job.objects.filter(state="open").count(),
        "depth": DEPTH,
    }


def table_of(result: Mapping[str, Any]) -> Table:
    title = f"nDCG@{DEPTH}: {result['queries']} queries, {result['judgements']:,} judgements, {result['jobs']:,} postings"
    table = Table(title=title, title_justify="left")
    ways = list(result["ndcg_at_10"])
    for column in ("queries", *ways):
        table.add_column(column, justify="left" if column == "queries" else "right")
    for kind, values in {**result["by_kind"], "all": result["ndcg_at_10"]}.items():
        table.add_row(kind, *(f"{values[way]:.3f}" for way in ways))
    return table


if __name__ == "__main__":
    main()
