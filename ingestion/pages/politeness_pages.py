"""The politeness page: the proof from the ledger, and what the limiter knows of each host now."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError

from ingestion.http.retry import schedule_text
from ingestion.models import OutboundRequest, Run
from ingestion.politeness.host_states import HostState, host_states
from ingestion.politeness.ledger_review import Scope, review
from ingestion.politeness.proof import Claim, Judgement

LATELY = timedelta(hours=24)
# More than so many take a page too long; the command has no such limit.
MOST_REQUESTS = 100_000
BREACHES_SHOWN = 20

log = structlog.get_logger(__name__)


@require_safe
def politeness(request: HttpRequest) -> HttpResponse:
    """The last day's requests, or those of `?run=`, judged beside what others sent meanwhile."""
    run = _run(request.GET.get("run", ""))
    scope = Scope(run_id=run.pk) if run else Scope(since=timezone.now() - LATELY)
    return render(request, "ingestion/politeness.html", {"section": "politeness", "run": run, **_context(scope)})


def _run(text: str) -> Run | None:
    """The run of that id, None for no id. Raises Http404."""
    try:
        return get_object_or_404(Run, pk=uuid.UUID(text)) if text else None
    except ValueError:
        raise Http404("there is no such run") from None


def _context(scope: Scope) -> dict[str, Any]:
    hosts, redis_error = _hosts()
    shown = {"hosts_now": hosts, "redis_error": redis_error, "schedule": schedule_text(settings.FETCH_RETRY_UNIT_S), "limit": MOST_REQUESTS}
    if _is_too_much(scope.seen()):
        return {**shown, "is_too_much": True}
    judgement = review(scope)
    return {**shown, **_figures(judgement), "claims": _claims(judgement), "breaches": judgement.breaches[:BREACHES_SHOWN]}


def _figures(judgement: Judgement) -> dict[str, Any]:
    """Counters as lists: a template that asks a Counter for its `items` gets a count of them."""
    return {
        "judgement": judgement,
        "hosts": [(host, seen, sorted(seen.statuses.items())) for host, seen in sorted(judgement.hosts.items())],
        "user_agents": judgement.user_agents.most_common(),
        "proxies": judgement.proxies.most_common(),
    }


def _is_too_much(rows: QuerySet[OutboundRequest]) -> bool:
    return rows.order_by()[: MOST_REQUESTS + 1].count() > MOST_REQUESTS


def _claims(judgement: Judgement) -> Sequence[tuple[str, int]]:
    return [(claim.value, judgement.broken[claim]) for claim in Claim]


def _hosts() -> tuple[list[HostState], str]:
    """The hosts' present state, or why it is unknown."""
    try:
        return host_states(), ""
    except RedisError as error:
        log.warning("hosts' state unknown", error=str(error))
        return [], "Redis does not answer"
