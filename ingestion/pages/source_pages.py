"""Pages of sources: the list with its states, one source with all that is known of it, the yield of crawls, and the form that adds one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Max, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from ingestion.ats.registry import adapters
from ingestion.discovery.site_guard import site_url
from ingestion.errors import SiteError
from ingestion.models import FrontierUrl, OutboundRequest, Run, Sighting, Source
from ingestion.querysets import SANDBOX_MARK, SourceQuerySet
from ingestion.services.pasted import pasted_store, pasted_visit
from ingestion.source_rows import mark_meaning, source_row

PAGE_SIZE = 50
PROBES_SHOWN = 20
RUNS_SHOWN = 10
MAX_ADDRESS = 2000
_CURSOR = re.compile(r"(\d{1,10})-(\d{1,18})")


@require_safe
@vary_on_headers("HX-Request")
def sources(request: HttpRequest) -> HttpResponse:
    """The boards, biggest first; `state`, `type` and `q` narrow the list, `after` is the place where the page before ended."""
    fragment = bool(getattr(request, "htmx", False)) and not request.htmx.history_restore_request  # type: ignore[attr-defined]
    return render(request, "ingestion/_sources.html" if fragment else "ingestion/sources.html", _list_context(request))


@require_safe
def source(request: HttpRequest, source_type: str, source_key: str) -> HttpResponse:
    """One board: state and reason, where it was found, what it was asked, the runs that read it."""
    found = get_object_or_404(Source, source_type=source_type, source_key=source_key)
    reader = adapters().get(found.source_type)
    context = {
        "section": "sources",
        "row": source_row(found),
        "source": found,
        "ats_name": reader.name if reader else found.source_type,
        "board_url": reader.board_url(found.source_key, found.region) if reader else "",
        "mark_meaning": mark_meaning(found.mark),
        "postings": found.postings.counts(),
        "unread": FrontierUrl.objects.unread(in_sandbox=found.mark == SANDBOX_MARK).filter(source=found).count(),
        "sightings": found.sightings.order_by("-seen_at", "-id")[:PAGE_SIZE],
        "probes": OutboundRequest.objects.sent().filter(source=found).order_by("-started_at")[:PROBES_SHOWN],
        "runs": _runs_of(found),
        "dead_letter": found.dead_letters.waiting().first(),
    }
    return render(request, "ingestion/source.html", context)


@require_safe
def crawls(request: HttpRequest) -> HttpResponse:
    """What each crawl, list and site brought."""
    return render(
        request,
        "ingestion/crawls.html",
        {"section": "sources", "rows": Sighting.objects.yield_by_crawl(), "methods": dict(Sighting.Method.choices)},
    )


@require_POST
def source_add(request: HttpRequest) -> HttpResponse:
    """Add the board of a pasted address: at once where the address names it, else by a run that visits the page. Staff only."""
    if not request.user.is_staff:
        raise PermissionDenied
    address = request.POST.get("address", "").strip()[:MAX_ADDRESS]
    if found := pasted_store(address=address):
        messages.success(request, f"{found} is a source. The next fetch reads it.")
        return redirect("ingestion:source", found.source_type, found.source_key)
    try:
        site_url(address)
    except SiteError as error:
        return render(request, "ingestion/sources.html", {**_list_context(request), "address": address, "problem": str(error)}, status=400)
    run = pasted_visit(address=address, by=request.user.get_username())
    messages.success(request, "The address names no board by itself, so a worker looks at the page. This run says what it finds.")
    return redirect("ingestion:run", run.pk)


def _list_context(request: HttpRequest) -> Mapping[str, Any]:
    state, source_type, words = (request.GET.get(name, "").strip() for name in ("state", "type", "q"))
    state = state if state in Source.State.values else ""
    narrowed = Source.objects.of_type(source_type if source_type in adapters() else "").matching(words[:200])
    counts = narrowed.by_state()
    rows = _page(narrowed.in_state(state), request.GET.get("after", ""))
    shown = [source_row(found) for found in rows[:PAGE_SIZE]]
    chosen = {name: value for name, value in (("q", words), ("type", source_type), ("state", state)) if value}
    return {
        "section": "sources",
        "rows": shown,
        "count": counts.get(state, 0) if state else sum(counts.values()),
        "states": _state_links(chosen, counts),
        "chosen": chosen,
        "types": [(key, reader.name) for key, reader in adapters().items()],
        "next_href": _href({**chosen, "after": _cursor(shown[-1].source)}) if len(rows) > PAGE_SIZE else "",
        "first_href": _href(chosen) if "after" in request.GET else "",
        "is_empty": not shown and not Source.objects.exists(),
    }


def _page(found: SourceQuerySet, cursor: str) -> list[Source]:
    """A page's rows and one more, behind the place that the cursor names; a cursor that is none begins at the first."""
    if place := _CURSOR.fullmatch(cursor):
        found = found.after(open_postings=int(place[1]), pk=int(place[2]))
    return list(found.biggest_first()[: PAGE_SIZE + 1])


def _cursor(last: Source) -> str:
    return f"{last.open_postings}-{last.pk}"


def _state_links(chosen: Mapping[str, str], counts: Mapping[str, int]) -> Sequence[Mapping[str, Any]]:
    """A link for every state and one for all of them, with how many sources each shows."""
    others = {name: value for name, value in chosen.items() if name != "state"}
    links = [{"name": "all", "count": sum(counts.values()), "href": _href(others), "is_chosen": "state" not in chosen}]
    for state in Source.State.values:
        href = _href({**others, "state": state})
        links.append({"name": state, "count": counts.get(state, 0), "href": href, "is_chosen": chosen.get("state") == state})
    return links


def _href(parameters: Mapping[str, str]) -> str:
    return reverse("ingestion:sources") + (f"?{urlencode(parameters)}" if parameters else "")


def _runs_of(found: Source) -> QuerySet[Run]:
    """The last runs that asked for this source, newest first."""
    requests = OutboundRequest.objects.sent().filter(source=found, run_id__isnull=False).order_by().values("run_id")
    newest = requests.annotate(last=Max("started_at")).order_by("-last")[:RUNS_SHOWN]
    return Run.objects.filter(pk__in=[row["run_id"] for row in newest]).order_by("-created_at")
