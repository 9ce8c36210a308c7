"""Whether somebody can be reached who answers for what is going to be read of the real world. Asks no server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning

from ingestion.discovery.site_guard import site_url
from ingestion.errors import ContactMissingError, SiteError
from ingestion.http.addresses import host_name
from ingestion.http.contact import require_contact


def contact_check(*, app_configs: Sequence[Any] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """A word about the agent that names nobody, before the real world meets it."""
    missing = missing_contact({"columnar": []})
    return [Warning(missing, hint="Nothing is sent to the real world until then.", id="ingestion.W001")] if missing else []


def missing_contact(parameters: Mapping[str, Any]) -> str:
    """What to set before a run with these parameters asks anybody; "" where its requests name a contact, or need none."""
    try:
        for url in _addresses(parameters):
            require_contact(host_name(url))
    except ContactMissingError as error:
        return str(error)
    return ""


def _addresses(parameters: Mapping[str, Any]) -> Iterator[str]:
    yield from settings.ATS_BASE_URLS.values()
    yield settings.CDX_BASE_URL
    if "columnar" in parameters:
        yield settings.COLUMNAR_BASE_URL
    for site in parameters.get("sites", ()):
        try:
            yield site_url(site)
        except SiteError:  # it is not visited; the run says why
            continue
