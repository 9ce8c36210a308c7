"""Generated jobs into the product's own tables, as its migrations make them; no row goes through the pipeline.

Indexes are dropped for the load and made again by their own definitions. The search vector is made by the same
expression as publishing makes it; a test holds the two together.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from datetime import timedelta

import psycopg

from bench.search.rows import Corpus, Row
from catalog.publishing.publish_rows import INDEXED_TEXT_CHARS
from catalog.search.places import fold_place

_COLUMNS = (
    "id", "posting_id", "extraction_id", "publication", "source_type", "source_key", "source_job_id", "url", "company_id", "company_name",
    "company_domain", "title", "role_title", "seniority_level", "job_function", "remote_type", "employment_type", "location_text",
    "location_city", "location_state", "location_country", "places", "salary_min_usd", "salary_max_usd", "confidence", "needs_tier2",
    "tier", "provider", "language", "is_prospect", "posted_at", "first_seen_at", "last_seen_at", "closed_at", "reopened_count",
    "updated_at", "skill_ids",
)  # fmt: skip
_WORDS = ("words_b", "words_c", "words_d")
CREATE_INCOMING = f"""
    CREATE TEMPORARY TABLE incoming ON COMMIT DELETE ROWS AS
    SELECT {", ".join(_COLUMNS)}, ''::text AS words_b, ''::text AS words_c, ''::text AS words_d FROM catalog_job WITH NO DATA
"""  # noqa: S608
_INSERT = f"""
    INSERT INTO catalog_job ({", ".join(_COLUMNS)}, search_vector)
    SELECT {", ".join(_COLUMNS)},
        setweight(to_tsvector('catalog_english', title), 'A') || setweight(to_tsvector('catalog_english', words_b), 'B')
        || setweight(to_tsvector('catalog_english', words_c), 'C') || setweight(to_tsvector('catalog_english', words_d), 'D')
    FROM incoming ORDER BY id
"""  # noqa: S608
_CONTENT = """
    COPY catalog_jobcontent (
        job_id, text, job_summary, key_functions_hired_for, skills_raw, tools_raw, highlights, evidence, locations, notes
    ) FROM STDIN
"""
_TABLES = ("catalog_job", "catalog_jobcontent", "catalog_company", "catalog_skill", "catalog_skillalias")
_INDEXES = """
    SELECT indexname, indexdef FROM pg_indexes
    WHERE schemaname = 'public' AND tablename = 'catalog_job'
        AND indexname NOT IN (SELECT conname FROM pg_constraint)
    ORDER BY indexname
"""

Progress = Callable[[str, int, int], None]


def load(corpus: Corpus, url: str, *, processes: int, progress: Progress) -> None:
    """Fill empty tables. `progress` gets the stage's name, how much of it is done, and its total."""
    with psycopg.connect(url, autocommit=True) as connection:
        indexes = connection.execute(_INDEXES).fetchall()
        for name, _ in indexes:
            connection.execute(f"DROP INDEX {name}")
        load_few(corpus)
        _load_jobs(corpus, url, processes, progress)
        connection.execute("SET maintenance_work_mem = '512MB'")
        for done, (name, definition) in enumerate(indexes):
            progress(f"index {name}", done, len(indexes))
            connection.execute(definition)
        progress("vacuum and analyze", len(indexes), len(indexes))
        sequences_reset()
        for table in _TABLES:
            connection.execute(f"VACUUM (FREEZE, ANALYZE) {table}")


def load_few(corpus: Corpus) -> None:
    """Companies, skills and their names."""
    from catalog.models import Company, Skill, SkillAlias

    companies = (Company(id=n + 1, name=name, domain=f"{name.lower()}.example") for n, name in enumerate(corpus.companies))
    Company.objects.bulk_create(companies, batch_size=5_000)
    Skill.objects.bulk_create(Skill(id=n + 1, name=name, kind="tool", category="generated") for n, name in enumerate(corpus.skills))
    SkillAlias.objects.bulk_create(SkillAlias(skill_id=n + 1, form=name, folded=name.casefold()) for n, name in enumerate(corpus.skills))


def sequences_reset() -> None:
    """Rows that the product adds go on behind the generated ones."""
    from django.core.management.color import no_style
    from django.db import connection

    from catalog.models import Company, Job, Skill

    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [Company, Skill, Job]):
            cursor.execute(statement)


def _load_jobs(corpus: Corpus, url: str, processes: int, progress: Progress) -> None:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context, initializer=_begin, initargs=(corpus.number, url)) as pool:
        for done, future in enumerate(as_completed([pool.submit(_load_chunk, n) for n in range(corpus.chunks)])):
            future.result()
            progress("jobs", done + 1, corpus.chunks)


class _Loader:
    """What a loading process keeps from chunk to chunk."""

    corpus: Corpus
    connection: psycopg.Connection


def _begin(number: int, url: str) -> None:
    _Loader.corpus = Corpus(number)
    _Loader.connection = psycopg.connect(url)
    _Loader.connection.execute("SET synchronous_commit = off")
    _Loader.connection.execute(CREATE_INCOMING)
    _Loader.connection.commit()


def _load_chunk(number: int) -> None:
    with _Loader.connection.transaction(), _Loader.connection.cursor() as cursor:
        copy_jobs(cursor, _Loader.corpus, list(_Loader.corpus.chunk(number)))


def copy_jobs(cursor: psycopg.Cursor, corpus: Corpus, rows: Sequence[Row]) -> None:
    """Write jobs and their contents, in a transaction that has the table of CREATE_INCOMING."""
    _copy(cursor, f"COPY incoming ({', '.join((*_COLUMNS, *_WORDS))}) FROM STDIN", (_job(corpus, row) for row in rows))
    cursor.execute(_INSERT)
    _copy(cursor, _CONTENT, ((row.id, row.text, row.summary, "{}", "{}", "{}", "[]", "{}", "[]", "{}") for row in rows))


def _copy(cursor: psycopg.Cursor, statement: str, rows: Iterable[Sequence[object]]) -> None:
    with cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _job(corpus: Corpus, row: Row) -> tuple[object, ...]:
    """A row of _COLUMNS and _WORDS."""
    place, company, low_high = corpus.places[row.place], corpus.companies[row.company], row.salary or (None, None)
    seen = row.listed_at + timedelta(hours=3)
    closed = seen + timedelta(days=20) if row.is_closed else None
    return (
        row.id, row.id, row.id, row.id, "greenhouse", fold_place(company), str(row.id), f"https://jobs.example/{row.id}", row.company + 1,
        company, f"{company.lower()}.example", row.title, row.title, row.seniority, row.function, row.remote, row.employment, place.text,
        place.city, place.state, place.country, _array(f'"{key}"' for key in place.keys), *low_high, 0.8, False, 0,
        "rules", "en", False, row.listed_at, seen, seen + timedelta(days=20), closed, 0, seen,
        _array(str(skill + 1) for skill in row.skills), skill_words(corpus, row), row.summary, row.text[:INDEXED_TEXT_CHARS],
    )  # fmt: skip


def skill_words(corpus: Corpus, row: Row) -> str:
    """What weight B indexes: the company and the skills."""
    return " · ".join([corpus.companies[row.company], *(corpus.skills[skill] for skill in row.skills)])


def _array(values: Iterable[str]) -> str:
    return f"{{{','.join(values)}}}"
