"""Which published records wait for a language model: found by comparing what stands with what is queued, nothing is remembered."""

from __future__ import annotations

from django.db import connection

from extraction.models import CurrentExtraction, Extraction, PendingExtraction
from extraction.store import Identity
from ingestion.models import RawPosting

INVALID_OUTPUT = "invalid output"
"""How the reason of a dead letter begins whose model never gave a usable answer: tier 2 may do better (spec E4)."""

# Newest last: what was queued last is claimed first.
_QUEUE = """
    INSERT INTO {pending} (posting_id, tier, content_hash, state, attempts, error, run_id, created_at)
    SELECT c.posting_id, %(tier)s, c.content_hash, 'waiting', 0, '', e.run_id, now()
    FROM {current} c JOIN {extraction} e ON e.id = c.extraction_id JOIN {posting} p ON p.id = c.posting_id
    WHERE p.closed_at IS NULL AND p.content_hash = c.content_hash AND c.decided_by IS NULL AND ({wanted} OR {outdated})
      AND NOT EXISTS (
        SELECT 1 FROM {pending} w WHERE w.posting_id = c.posting_id AND w.tier >= %(tier)s AND w.content_hash = c.content_hash)
    ORDER BY COALESCE(p.posted_at, p.first_seen_at), p.id
    ON CONFLICT (posting_id, tier) DO UPDATE
    SET content_hash = excluded.content_hash, state = 'waiting', attempts = 0, error = '', lease_token = NULL, lease_until = NULL,
        run_id = excluded.run_id
"""
_UNSEEN = "c.tier = 0"
_ROUTED = """(c.tier < 2 AND (
    (e.needs_tier2 AND c.tier >= %(below)s) OR EXISTS (
        SELECT 1 FROM {pending} d WHERE d.posting_id = c.posting_id AND d.tier = 1 AND d.state = 'dead'
          AND d.content_hash = c.content_hash AND d.error LIKE %(invalid)s)))"""
# The same model's answer, merged with what older rules said: made anew without a call.
_OUTDATED = """(c.tier = %(tier)s AND e.provider = %(provider)s AND e.model = %(model)s
    AND e.prompt_version LIKE %(prompt)s AND e.prompt_version <> %(version)s)"""


def tier1_fill(identity: Identity) -> int:
    """Queue every open posting whose record no language model has seen, and what this one saw beside older rules; how many."""
    return _fill(identity, _UNSEEN, below=0)


def tier2_fill(identity: Identity, *, after_tier1: bool) -> int:
    """Queue what the routing rules send on (spec E4), and what tier 1 could not answer; how many.

    `after_tier1`: while a model serves tier 1, only its records are judged.
    """
    return _fill(identity, _ROUTED, below=1 if after_tier1 else 0)


def _fill(identity: Identity, wanted: str, *, below: int) -> int:
    models = {"pending": PendingExtraction, "current": CurrentExtraction, "extraction": Extraction, "posting": RawPosting}
    tables = {name: model._meta.db_table for name, model in models.items()}
    sql = _QUEUE.format(wanted=wanted.format(**tables), outdated=_OUTDATED, **tables)
    values: dict[str, str | int] = {
        "tier": identity.tier,
        "provider": identity.provider,
        "model": identity.model,
        "prompt": f"{identity.prompt_version.partition('+')[0]}+%",
        "version": identity.prompt_version,
        "below": below,
        "invalid": f"{INVALID_OUTPUT}%",
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return int(cursor.rowcount)
