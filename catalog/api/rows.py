"""Jobs as the API shows them, built from `.values()`: several times cheaper than serializers.

`catalog.api.serializers` describes the same shapes for the OpenAPI document; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from django.db.models import DateTimeField, Field, GeneratedField

from catalog.models import Job, JobContent, JobSkill, Skill
from catalog.search.postgres.statements import Statement

_E1_COLUMNS = (
    "source_type", "source_key", "source_job_id", "company_name", "company_domain", "role_title", "seniority_level", "job_function",
    "location_city", "location_state", "location_country", "remote_type", "employment_type", "salary_min_usd", "salary_max_usd",
)  # fmt: skip
E1_CONTENT = ("job_summary", "key_functions_hired_for", "skills_raw", "tools_raw", "highlights")
ITEM_COLUMNS = (
    "id", "url", "state", "title", "location_text", "company_id", "is_prospect", "language", "posted_at", "missing_since", "closed_at",
    "updated_at", "confidence", "needs_tier2", "tier", *_E1_COLUMNS,
)  # fmt: skip
RENAMED = {"first_seen_at": "first_seen", "last_seen_at": "last_seen"}
LIST_CONTENT = (*E1_CONTENT, "salary")
_DETAIL_CONTENT = ("text", "evidence", "locations", "notes")
# What a list asks of Job: the columns it shows, those it renames, and those that the orders need for their cursors.
LIST_COLUMNS = (*ITEM_COLUMNS, *RENAMED, "skill_ids", "listed_at", "comp_usd")


def _is_moment(field: Field[Any, Any]) -> bool:
    return isinstance(field.output_field if isinstance(field, GeneratedField) else field, DateTimeField)


_MOMENTS = frozenset(field.attname for field in Job._meta.concrete_fields if _is_moment(field))


def list_rows(ids: Sequence[int], columns: Sequence[str] = LIST_COLUMNS) -> list[dict[str, Any]]:
    """What `.values(*columns)` gives of these jobs, the id among them, in the order of the ids; those that are gone are left out.

    One query, of which Django would take longer to write the statement, and the driver to read the times, than PostgreSQL to
    find the rows. Not for columns of JSON.
    """
    # As PostgreSQL writes an array: the driver would look at each number.
    found = Statement(_statement(tuple(columns)), (f"{{{','.join(map(str, ids))}}}",), is_kept=True).rows()
    rows = [dict(zip(columns, values, strict=True)) for values in found]
    moments = _MOMENTS.intersection(columns)
    for row in rows:
        for name in moments:
            if (seconds := row[name]) is not None:
                row[name] = datetime.fromtimestamp(seconds, UTC)
    by_id = {row["id"]: row for row in rows}
    return [by_id[pk] for pk in ids if pk in by_id]


@lru_cache(maxsize=16)
def _statement(columns: tuple[str, ...]) -> str:
    # Seconds as a float, which tells microseconds apart until the year 2106.
    read = (f"date_part('epoch', {name})" if name in _MOMENTS else name for name in columns)
    return f"SELECT {', '.join(read)} FROM catalog_job WHERE id = ANY(%s::bigint[])"  # noqa: S608 - names of columns


def job_items(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """List items from rows of LIST_COLUMNS: two queries, however many rows."""
    ids = [row["id"] for row in rows]
    contents = {content.pop("job_id"): content for content in JobContent.objects.filter(pk__in=ids).values("job_id", *LIST_CONTENT)}
    names = _skill_names(rows)
    return [_item(row, contents[row["id"]], names) for row in rows]


def job_detail(job_id: int) -> dict[str, Any] | None:
    """One job with its text, its evidence and where each skill was seen; None when there is none."""
    row = Job.objects.filter(pk=job_id).values(*LIST_COLUMNS).first()
    if row is None:
        return None
    content = JobContent.objects.values(*LIST_CONTENT, *_DETAIL_CONTENT).get(pk=job_id)
    extra = {name: content.pop(name) for name in _DETAIL_CONTENT}
    return {**_item(row, content, _skill_names([row])), **extra, "skill_mentions": skill_mentions(job_id)}


def _item(row: Mapping[str, Any], content: Mapping[str, Any], names: Mapping[int, str]) -> dict[str, Any]:
    item = {name: row[name] for name in ITEM_COLUMNS}
    item |= {shown: row[name] for name, shown in RENAMED.items()}
    item |= content
    item["skills"] = sorted(names[pk] for pk in row["skill_ids"] if pk in names)
    return item


def _skill_names(rows: Iterable[Mapping[str, Any]]) -> dict[int, str]:
    ids = {pk for row in rows for pk in row["skill_ids"]}
    return dict(Skill.objects.filter(pk__in=ids).values_list("pk", "name"))


def skill_mentions(job_id: int) -> list[dict[str, Any]]:
    rows = JobSkill.objects.filter(job_id=job_id).order_by("skill__name")
    names = ("skill__name", "skill__kind", "skill__category", "surface", "section", "start", "end", "mentions")
    return [{name.removeprefix("skill__").replace("name", "skill"): value for name, value in row.items()} for row in rows.values(*names)]
