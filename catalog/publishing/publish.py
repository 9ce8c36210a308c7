"""Publishing: many postings' facts become jobs in one transaction.

The path of a batch: drop what is already published · resolve companies · COPY into a temporary table · one
`INSERT .. ON CONFLICT` that also makes the search vectors · COPY of contents and skills for the jobs that it wrote.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import connection, transaction
from psycopg import sql

from catalog.changes import change_announce
from catalog.curation.corrections import company_corrections_hold_off, facts_corrected
from catalog.errors import UnknownSkillError
from catalog.facts import JobFacts, JobStatus
from catalog.models import Job, JobContent, Skill
from catalog.publishing import publish_rows as rows
from catalog.publishing.company_identity import companies_resolve

INCOMING = "catalog_job_incoming"


def jobs_publish(*, facts: Sequence[JobFacts]) -> int:
    """Write the facts as jobs, with companies, contents and skills. Returns the number of jobs written.

    Idempotent: an extraction that is published already is not written again (the job's status is), and an older one
    never replaces a newer one. Safe beside other publishers; locks are taken in the order of posting ids, so call it once in a
    transaction. Raises UnknownSkillError.
    """
    latest = rows.latest_by_posting(facts)
    with transaction.atomic():
        fresh = _fresh(latest)
        written = _write(fresh) if fresh else 0
        jobs_update_status(statuses=rows.statuses_of(latest, apart_from=fresh))
    return written


def jobs_update_status(*, statuses: Sequence[JobStatus]) -> int:
    """Write when jobs were last seen, went missing, closed or came back. Returns the number of jobs that changed."""
    if not statuses:
        return 0
    with transaction.atomic(), connection.cursor() as cursor:
        at = change_announce()
        cursor.execute(_UPDATE_STATUS, [*rows.status_arrays(statuses), at])
        return int(cursor.rowcount)


def _fresh(facts: Sequence[JobFacts]) -> list[JobFacts]:
    """Those of a publication that the catalogue has not, nor a newer one."""
    ids = [item.posting_id for item in facts]
    published = dict(Job.objects.filter(posting_id__in=ids).values_list("posting_id", "publication"))
    return [item for item in facts if item.publication > published.get(item.posting_id, -1)]


def _write(facts: Sequence[JobFacts]) -> int:
    company_corrections_hold_off()
    companies = companies_resolve(facts=facts)
    facts = facts_corrected(facts, companies)
    skill_ids = _skill_ids(facts)
    incoming = (rows.job_row(item, companies[item.source_type, item.source_key], skill_ids) for item in facts)
    with connection.cursor() as cursor:
        cursor.execute(_CREATE_INCOMING)
        cursor.execute(f"TRUNCATE {INCOMING}")
    _copy(INCOMING, rows.INCOMING_COLUMNS, incoming)
    job_ids = _upsert_jobs()
    _replace_details([item for item in facts if item.posting_id in job_ids], job_ids, skill_ids)
    return len(job_ids)


def _skill_ids(facts: Iterable[JobFacts]) -> dict[str, int]:
    names = {mention.skill for item in facts for mention in item.skills}
    ids = dict(Skill.objects.filter(name__in=names).values_list("name", "id"))
    if missing := names - ids.keys():
        raise UnknownSkillError(f"not in the vocabulary's tables: {', '.join(sorted(missing)[:5])}; run `manage.py skills import`")
    return ids


def _upsert_jobs() -> dict[int, int]:
    """Posting id -> job id of the jobs written: not of those for which somebody published something newer meanwhile."""
    with connection.cursor() as cursor:
        at = change_announce()
        cursor.execute(_UPSERT, [at, at])
        return dict(cursor.fetchall())


def _replace_details(facts: Sequence[JobFacts], job_ids: dict[int, int], skill_ids: dict[str, int]) -> None:
    ids = list(job_ids.values())
    JobContent._base_manager.filter(job_id__in=ids)._raw_delete("default")
    contents = (rows.content_row(item, job_ids[item.posting_id]) for item in facts)
    _copy("catalog_jobcontent", rows.CONTENT_COLUMNS, contents)
    _drop_skills(ids)
    skills = (line for item in facts for line in rows.skill_lines(item, job_ids[item.posting_id], skill_ids))
    with connection.cursor() as cursor, cursor.copy(_copy_into("catalog_jobskill", rows.SKILL_COLUMNS)) as copy:
        copy.write("".join(skills))


def _drop_skills(job_ids: Sequence[int]) -> None:
    """Delete the jobs' skills, and note those that their new texts name no more."""
    with connection.cursor() as cursor:
        cursor.execute(_DROP_SKILLS, [list(job_ids)])


def _copy(table: str, columns: Sequence[str], lines: Iterable[Sequence[object]]) -> None:
    with connection.cursor() as cursor, cursor.copy(_copy_into(table, columns)) as copy:
        for line in lines:
            copy.write_row([*map(rows.storable, line)])


def _copy_into(table: str, columns: Sequence[str]) -> sql.Composed:
    return sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns)))


_UPDATED = [name for name in rows.JOB_COLUMNS if name != "posting_id"]
_CREATE_INCOMING = f"""
    CREATE TEMPORARY TABLE IF NOT EXISTS {INCOMING} ON COMMIT DELETE ROWS AS
    SELECT {", ".join(rows.JOB_COLUMNS)}, ''::text AS words_b, ''::text AS words_c, ''::text AS words_d FROM catalog_job WITH NO DATA
"""  # noqa: S608
_REWRITTEN = (*_UPDATED, "updated_at", "words_version", "search_vector")
_UPSERT = f"""
    INSERT INTO catalog_job ({", ".join(rows.JOB_COLUMNS)}, published_at, updated_at, words_version, search_vector)
    SELECT {", ".join(rows.JOB_COLUMNS)}, %s, %s, {rows.WORDS_VERSION},
        setweight(to_tsvector('catalog_english', title), 'A') || setweight(to_tsvector('catalog_english', words_b), 'B')
        || setweight(to_tsvector('catalog_english', words_c), 'C') || setweight(to_tsvector('catalog_english', words_d), 'D')
    FROM {INCOMING} ORDER BY posting_id
    ON CONFLICT (posting_id) DO UPDATE SET {", ".join(f"{name} = EXCLUDED.{name}" for name in _REWRITTEN)}
    WHERE catalog_job.publication < EXCLUDED.publication
    RETURNING posting_id, id
"""  # noqa: S608
# Along with the delete, so that it costs no statement of its own. A skill whose words stand in the posting still was taken
# away by a better reading or by a curator: the company never asked for it. Locked in the order of the table's identity.
_DROP_SKILLS = """
    WITH deleted AS (DELETE FROM catalog_jobskill WHERE job_id = ANY(%s) RETURNING job_id, skill_id, surface)
    INSERT INTO catalog_droppedskill (company_id, skill_id, seen_at)
    SELECT j.company_id, d.skill_id, min(least(j.first_seen_at, j.listed_at))
    FROM deleted d JOIN catalog_job j ON j.id = d.job_id AND NOT d.skill_id = ANY(j.skill_ids)
        JOIN catalog_jobcontent c ON c.job_id = d.job_id AND strpos(c.text, d.surface) = 0 AND strpos(j.title, d.surface) = 0
    GROUP BY j.company_id, d.skill_id ORDER BY j.company_id, d.skill_id
    ON CONFLICT (company_id, skill_id) DO UPDATE SET seen_at = least(catalog_droppedskill.seen_at, EXCLUDED.seen_at)
"""
# Rows are locked in the order of posting ids, like the upsert's. Only a change of state counts as an update of the job:
# having been seen again is no news to whoever follows `updated_at`, and it touches no index.
_UPDATE_STATUS = """
    WITH incoming AS (
        SELECT * FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[], %s::integer[])
            AS t(posting_id, last_seen_at, missing_since, closed_at, reopened_count)
    ), changed AS (
        SELECT j.id, i.last_seen_at, i.missing_since, i.closed_at, i.reopened_count,
            (j.missing_since, j.closed_at, j.reopened_count) IS DISTINCT FROM (i.missing_since, i.closed_at, i.reopened_count) AS is_news
        FROM catalog_job j JOIN incoming i USING (posting_id)
        WHERE (j.last_seen_at, j.missing_since, j.closed_at, j.reopened_count)
            IS DISTINCT FROM (i.last_seen_at, i.missing_since, i.closed_at, i.reopened_count)
        ORDER BY j.posting_id FOR UPDATE OF j
    )
    UPDATE catalog_job j
    SET last_seen_at = c.last_seen_at, missing_since = c.missing_since, closed_at = c.closed_at, reopened_count = c.reopened_count,
        updated_at = CASE WHEN c.is_news THEN %s ELSE j.updated_at END
    FROM changed c WHERE j.id = c.id
"""
