"""Three ways to order the same open jobs for the words that somebody types: ours, bare tantivy, naive full text of PostgreSQL.

All of them see title, company, place, skills, summary and the whole text, as far as each of them indexes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Ranker = Callable[[str, int], list[int]]
"""The ids of the best jobs for a text, at most so many."""
_FIELDS = ("title", "company", "place", "skills", "summary", "text")


def rankers() -> dict[str, Ranker]:
    """By name. Indexes what has to be indexed."""
    rows = dict(_documents())
    return {**OURS, "tantivy_bm25": bare_tantivy(rows), "ts_rank_cd": naive_full_text(rows)}


def default_order(text: str, limit: int) -> list[int]:
    """The list itself that the search page and the API show when somebody types this and nothing else."""
    return _shown(text, limit)[0]


def with_partial(text: str, limit: int) -> list[int]:
    """The same, and below few matches the jobs listed apart, which lack one of the words."""
    found, apart = _shown(text, limit)
    return [*found, *apart][:limit]


def _shown(text: str, limit: int) -> tuple[list[int], list[int]]:
    """The list, and what stands apart below it."""
    from django.http import QueryDict

    from catalog.filters import JobFilter
    from catalog.models import Job
    from catalog.search.backend import search_backend
    from catalog.search.partial import partial_matches

    typed = QueryDict(mutable=True)
    typed["q"] = text
    asked = JobFilter(data=typed, queryset=Job.objects.all())
    if not asked.is_valid():
        raise AssertionError(f"{text}: {asked.errors}")
    found = search_backend().page(asked.search, limit=limit)
    some = None if found.next else partial_matches(asked.search, found.ids)
    return list(found.ids), list(some.ids) if some else []


OURS: Mapping[str, Ranker] = {"default": default_order, "default_and_apart": with_partial}


def bare_tantivy(rows: Mapping[int, Mapping[str, str]]) -> Ranker:
    """BM25 with English stems over all fields alike, any of the words, as tantivy's own query parser reads them."""
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("id", stored=True)
    for name in _FIELDS:
        builder.add_text_field(name, tokenizer_name="en_stem")
    index = tantivy.Index(builder.build())
    writer = index.writer(num_threads=1)
    for pk, row in rows.items():
        writer.add_document(tantivy.Document(id=pk, **row))
    writer.commit()
    index.reload()
    searcher = index.searcher()

    def rank(text: str, limit: int) -> list[int]:
        query, _ = index.parse_query_lenient(text, list(_FIELDS))
        return [searcher.doc(address)["id"][0] for _, address in searcher.search(query, limit).hits]

    return rank


_NAIVE = """
    SELECT id FROM naive, websearch_to_tsquery('english', %s) AS query
    WHERE words @@ query ORDER BY ts_rank_cd(words, query) DESC, id LIMIT %s
"""


def naive_full_text(rows: Mapping[int, Mapping[str, str]]) -> Ranker:
    """All of the words, one unweighted vector, cover density. In a temporary table of this connection."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE naive (id bigint, body text, words tsvector)")
        with cursor.copy("COPY naive (id, body) FROM STDIN") as copy:
            for pk, row in rows.items():
                copy.write_row((pk, "\n".join(row.values())))
        cursor.execute("UPDATE naive SET words = to_tsvector('english', left(body, 900000))")

    def rank(text: str, limit: int) -> list[int]:
        with connection.cursor() as cursor:
            cursor.execute(_NAIVE, [text, limit])
            return [pk for (pk,) in cursor.fetchall()]

    return rank


def _documents() -> Iterator[tuple[int, dict[str, str]]]:
    from catalog.models import Job

    columns = ("pk", "title", "company_name", "location_text", "content__job_summary", "content__text")
    lists: tuple[Any, ...] = ("content__skills_raw", "content__tools_raw")
    for pk, title, company, place, summary, text, skills, tools in (
        Job.objects.filter(state="open").values_list(*columns, *lists).iterator()
    ):
        words = " · ".join([*skills, *tools])
        yield pk, {"title": title, "company": company, "place": place, "skills": words, "summary": summary, "text": text}
