"""Stored signals as plain values: what the API answers and what files hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet

from catalog.companies.signal_filters import newest_signals, shown_signals
from catalog.companies.signal_quotes import signal_quotes
from catalog.models import CompanySignal

_BATCH = 500


def signal_items(signals: Sequence[CompanySignal]) -> list[dict[str, Any]]:
    """Of signals with what `shown_signals` reads; one query for their words."""
    quotes = signal_quotes(signals)
    return [_item(signal, quotes) for signal in signals]


def signal_batches(found: QuerySet[CompanySignal], *, limit: int) -> Iterator[list[dict[str, Any]]]:
    """The newest `limit` of these, a part at a time."""
    ids = list(found.values_list("pk", flat=True)[:limit])
    for begin in range(0, len(ids), _BATCH):
        yield signal_items(list(shown_signals(newest_signals().filter(pk__in=ids[begin : begin + _BATCH]))))


def _item(signal: CompanySignal, quotes: Mapping[tuple[int, int], str]) -> dict[str, Any]:
    return {
        "id": signal.pk,
        "reason": signal.reason,
        "start": signal.start,
        "headline": signal.headline,
        "at": signal.at,
        "found_at": signal.found_at,
        "is_over": signal.is_over,
        "company_id": signal.company_id,
        "company_name": signal.company.name,
        "company_domain": signal.company.domain,
        "job_id": signal.job_id,
        "job_title": signal.job.title,
        "job_function": signal.job_function,
        "location_country": signal.location_country,
        "skill": signal.skill.name if signal.skill else None,
        "quote": quotes.get((signal.job_id, signal.skill_id or 0), signal.job.title),
        "figures": signal.figures,
    }
