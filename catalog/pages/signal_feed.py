"""The list of signals as an Atom feed: its address is the page's, with its filters; like the page it needs no account."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from catalog.companies.signal_filters import SignalFilter, shown_signals
from catalog.companies.signal_quotes import signal_quotes
from catalog.models import CompanySignal
from catalog.pages.feeds import MOST_ENTRIES, REACH, Entry, EntryFeed
from catalog.parameter_names import left_out


class SignalFeed(EntryFeed):
    """What was found last, of any day; nothing where a filter is not understood: a reader must not get more than was asked for."""

    title = "Signals · GTM Engine"

    def get_object(self, request: HttpRequest) -> HttpRequest:
        return request

    def link(self, request: HttpRequest) -> str:
        return f"{reverse('catalog:signals')}?{request.GET.urlencode()}".rstrip("?")

    def items(self, request: HttpRequest) -> Sequence[Entry]:
        found, _, problems = SignalFilter.understood(request.GET)
        return [] if problems or left_out(request.GET, [*SignalFilter.base_filters]) else _entries(found)


def _entries(found: SignalFilter) -> list[Entry]:
    came = found.qs.filter(found_at__gte=timezone.now() - REACH).order_by("-found_at", "-id")
    signals = list(shown_signals(came)[:MOST_ENTRIES])
    quotes = signal_quotes(signals)
    return [_entry(signal, quotes.get((signal.job_id, signal.skill_id or 0), signal.job.title)) for signal in signals]


def _entry(signal: CompanySignal, quote: str) -> Entry:
    title = f"{signal.company.name}: {signal.headline}"
    return Entry(f"signal:{signal.pk}", title, reverse("catalog:job", args=[signal.job_id]), quote, signal.found_at)
