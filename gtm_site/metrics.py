"""`/metrics`: what an alert needs to know, in Prometheus' text format. Made from the tables and queues at most every half minute."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import django_rq
from django.conf import settings
from django.core.cache import cache
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from catalog.models import Job
from catalog.services import signals_behind
from extraction.llm.spend import caps
from extraction.models import PendingExtraction
from ingestion.models import DeadLetter, OutboundRequest, RawPosting, Run, Source

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
# Counting a million postings takes a fifth of a second: several Prometheus servers share one count.
KEPT_S = 30
_KEY = "gtm_site.metrics"
_POSTING_STATES = ("open", "missing", "closed")

Sample = tuple[Mapping[str, object], object]
"""(labels, value)."""
Metric = tuple[str, str, list[Sample]]
"""(name, what it says, samples). All are gauges: counts as of now, which rows that are deleted may lower."""


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """For staff, and for `Authorization: Bearer METRICS_TOKEN`."""
    if not (_has_token(request) or request.user.is_staff):
        return HttpResponse("for staff, or with the header `Authorization: Bearer METRICS_TOKEN`\n", "text/plain", status=403)
    return HttpResponse(cache.get_or_set(_KEY, exposition, KEPT_S), CONTENT_TYPE, headers={"Cache-Control": "no-store"})


def exposition() -> str:
    """All metrics, a line each; label values are names of ours, or statuses."""
    return "".join(f"{line}\n" for metric in _metrics() for line in _lines(*metric))


def _has_token(request: HttpRequest) -> bool:
    offered = request.headers.get("Authorization", "").encode()
    return bool(settings.METRICS_TOKEN) and secrets.compare_digest(offered, f"Bearer {settings.METRICS_TOKEN}".encode())


def _metrics() -> Iterator[Metric]:
    queues = sorted(set(settings.RQ_QUEUES) - {"default"})
    yield "gtm_queue_tasks", "Tasks that wait in a queue.", [({"queue": name}, django_rq.get_queue(name).count) for name in queues]
    yield "gtm_runs", "Runs by state.", _by(Run.objects.all(), "state", Run.State.values)
    yield "gtm_sources", "Boards by state.", _by(Source.objects.all(), "state", Source.State.values)
    postings = RawPosting.objects.counts()
    yield "gtm_postings", "Postings by state.", [({"state": state}, postings[state]) for state in _POSTING_STATES]
    yield "gtm_jobs", "Published jobs by state.", _by(Job.objects.all(), "state")
    waiting = PendingExtraction.objects.filter(state=PendingExtraction.State.WAITING)
    yield "gtm_extractions_waiting", "Postings that wait for a tier.", _by(waiting, "tier", settings.EXTRACT_QUEUES)
    yield "gtm_dead_letters", "Given up and not retried.", list(_dead_letters())
    hour = OutboundRequest.objects.filter(started_at__gt=timezone.now() - timedelta(hours=1))
    yield "gtm_requests_last_hour", 'Requests to the outside by HTTP status; "None": no answer, or not yet.', _by(hour, "status")
    behind = round(signals_behind().total_seconds(), 3)
    yield "gtm_signals_behind_seconds", "For how long the oldest change of a job has waited to be looked at for signals.", [({}, behind)]
    yield from _spend()


def _dead_letters() -> Iterator[Sample]:
    yield {"what": "boards"}, DeadLetter.objects.waiting().count()
    yield {"what": "extractions"}, PendingExtraction.objects.dead().count()


def _spend() -> Iterator[Metric]:
    """Nothing where no cap is set."""
    standing = caps()
    yield "gtm_llm_used_usd", "Spent, and held by calls under way, under a cap.", [({"cap": cap.setting}, cap.used_usd) for cap in standing]
    yield "gtm_llm_cap_usd", "The cap.", [({"cap": cap.setting}, cap.limit_usd) for cap in standing]


def _by(rows: Any, field: str, values: Any = ()) -> list[Sample]:
    """Counts by a field; `values` that no row has count 0, so that an alert on them finds its series."""
    found = dict(rows.order_by().values_list(field).annotate(n=Count("pk")))
    return [({field: value}, found.get(value, 0)) for value in dict.fromkeys([*values, *sorted(found, key=str)])]


def _lines(name: str, says: str, samples: list[Sample]) -> Iterator[str]:
    yield f"# HELP {name} {says}"
    yield f"# TYPE {name} gauge"
    for labels, value in samples:
        named = ",".join(f'{label}="{text}"' for label, text in labels.items())
        yield f"{name}{{{named}}} {value}" if named else f"{name} {value}"
