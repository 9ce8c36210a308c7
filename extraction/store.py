"""Extraction rows: written in bulk, never changed."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from django.db import connection

from extraction.models import CurrentExtraction, Experiment, Extraction
from extraction.providers.base import Provider, Result
from extraction.schema import SCHEMA_VERSION

_COLUMNS = (
    "id", "posting_id", "content_hash", "schema_version", "provider", "model", "prompt_version", "tier", "record", "details",
    "evidence", "confidence", "needs_tier2", "tokens_in", "tokens_out", "cost_usd", "run_id", "created_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Identity:
    """What, beside the posting and its content, makes an extraction the same one (cache key of spec R3)."""

    provider: str
    model: str
    prompt_version: str
    tier: int


def identity_of(provider: Provider, model: str = "") -> Identity:
    return Identity(provider.name, model, provider.version, provider.tier)


def extractions_write(
    *, identity: Identity, hashes: Mapping[int, str], results: Mapping[int, Result], run_id: uuid.UUID | None, now: datetime
) -> dict[int, int]:
    """Store the results by posting id; posting id -> extraction id. A result that is stored already keeps its row."""
    known = _known(identity, {posting_id: hashes[posting_id] for posting_id in results})
    new = [posting_id for posting_id in results if posting_id not in known]
    ids = dict(zip(new, _next_ids(len(new)), strict=True))
    with connection.cursor() as cursor, cursor.copy(f"COPY {Extraction._meta.db_table} ({', '.join(_COLUMNS)}) FROM STDIN") as copy:
        for posting_id, extraction_id in ids.items():
            copy.write_row(_row(extraction_id, posting_id, hashes[posting_id], identity, results[posting_id], run_id, now))
    return known | ids


def current_point(
    *,
    identity: Identity,
    hashes: Mapping[int, str],
    extraction_ids: Mapping[int, int],
    now: datetime,
    decided_by: uuid.UUID | None = None,
) -> None:
    """Make these extractions the ones that stand; `decided_by`: an experiment's, so that no later version replaces them unasked."""
    table = CurrentExtraction._meta.db_table
    rows = [(posting_id, extraction_id, hashes[posting_id]) for posting_id, extraction_id in extraction_ids.items()]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (posting_id, extraction_id, content_hash, tier, published_at, decided_by)"  # noqa: S608
            " SELECT p, e, h, %s, %s, %s FROM unnest(%s::bigint[], %s::bigint[], %s::text[]) AS t (p, e, h)"
            " ON CONFLICT (posting_id) DO UPDATE SET extraction_id = excluded.extraction_id, content_hash = excluded.content_hash,"
            " tier = excluded.tier, published_at = excluded.published_at, decided_by = excluded.decided_by",
            [identity.tier, now, decided_by, [r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows]],
        )


def standing_lock(posting_ids: Collection[int]) -> dict[int, CurrentExtraction]:
    """What stands for these postings, locked until the transaction ends: nobody else publishes them meanwhile."""
    rows = CurrentExtraction.objects.filter(posting_id__in=posting_ids).order_by("posting_id").select_for_update()
    return {row.posting_id: row for row in rows}


def standing_now(posting_ids: Collection[int]) -> dict[int, CurrentExtraction]:
    """What stands for these postings, not locked."""
    return CurrentExtraction.objects.in_bulk(list(posting_ids))


def stored_answers(hashes: Mapping[int, str], *, tier: int, **made_by: str) -> dict[int, dict[str, Any]]:
    """What models of a tier answered about these very contents (spec R3), the newest answer of each.

    `made_by` narrows it down: provider, model, prompt_version__startswith.
    """
    rows = Extraction.objects.filter(posting_id__in=list(hashes), tier=tier, schema_version=SCHEMA_VERSION, **made_by)
    if not made_by:  # what an experiment tried is no tier's work
        rows = rows.exclude(run_id__in=Experiment.objects.values("pk"))
    told = rows.order_by("id").values_list("posting_id", "content_hash", "details__answer")
    return {posting_id: answer for posting_id, content_hash, answer in told if answer and hashes[posting_id] == content_hash}


def publication_next() -> int:
    """A number above all earlier ones. Take it while the postings are held, so that the later publication has the greater number."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('extraction_publication')")
        return int(cursor.fetchone()[0])


def _known(identity: Identity, hashes: Mapping[int, str]) -> dict[int, int]:
    rows = Extraction.objects.filter(
        posting_id__in=list(hashes),
        schema_version=SCHEMA_VERSION,
        provider=identity.provider,
        model=identity.model,
        prompt_version=identity.prompt_version,
    ).values_list("posting_id", "content_hash", "id")
    return {posting_id: extraction_id for posting_id, content_hash, extraction_id in rows if hashes[posting_id] == content_hash}


def _next_ids(count: int) -> Sequence[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [Extraction._meta.db_table, count])
        return [row[0] for row in cursor.fetchall()]


def _row(
    extraction_id: int, posting_id: int, content_hash: str, identity: Identity, result: Result, run_id: uuid.UUID | None, now: datetime
) -> tuple[object, ...]:
    record, usage = result.record, result.usage
    return (
        extraction_id, posting_id, content_hash, SCHEMA_VERSION, identity.provider, identity.model, identity.prompt_version, identity.tier,
        _json(vars(record)), result.details.model_dump_json(), _json(result.evidence_document),
        record.confidence, record.needs_tier2, usage.tokens_in, usage.tokens_out, usage.cost_usd, run_id, now,
    )  # fmt: skip


def _json(value: object) -> str:
    """Of a validated record's values: the same as its own `model_dump_json`, in a third of the time."""
    return orjson.dumps(value).decode()
