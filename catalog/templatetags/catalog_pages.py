"""What the catalogue's templates need beyond Django's filters."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from django import template
from django.http import HttpRequest
from django.urls import reverse

from catalog.exports.parquet import parquet_is_there
from catalog.exports.stream import ExportFormat
from catalog.search_url import PAGING

register = template.Library()


@register.filter
def words(name: str) -> str:
    """A name with underscores as words: "sales_engagement" -> "sales engagement"."""
    return name.replace("_", " ")


@register.simple_tag
def downloads(request: HttpRequest) -> Sequence[tuple[str, str]]:
    """(label, address) of the files that the search of this page can be had as."""
    kept = {name: values for name, values in request.GET.lists() if name not in PAGING}
    offered = [one for one in ExportFormat if one is not ExportFormat.PARQUET or parquet_is_there()]
    query = f"?{urlencode(kept, doseq=True)}" if kept else ""
    return [(str(one.label), reverse("jobs-export", args=[one.value]) + query) for one in offered]
