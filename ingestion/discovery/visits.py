"""Searching the sites that a run names, one after the other, resumable by site."""

from __future__ import annotations

import structlog
from asgiref.sync import sync_to_async
from django.conf import settings

from ingestion.discovery.site_guard import SiteGuard, site_url
from ingestion.discovery.sites import Visit, visit_policy
from ingestion.discovery.tokens import Finding, any_finding_of
from ingestion.errors import HostRestingError, SiteError
from ingestion.http.client import open_client
from ingestion.models import Run
from ingestion.services.runs import stage_start
from ingestion.services.sites import site_fail, site_is_done, site_store, sites_end

# What became of each site stands in the run's row.
MAX_SITES = 1000

log = structlog.get_logger(__name__)


async def visit_sites(run: Run) -> bool:
    """Search the sites of the run (`sites`: domains or addresses), those that it has searched already left out.

    Whether all were searched: the run may be paused or cancelled. Raises SiteError when not one of them led to a board.
    """
    sites: list[str] = list(dict.fromkeys(run.parameters["sites"]))
    if len(sites) > MAX_SITES:
        raise SiteError(f"{len(sites):,} sites are too many for one run: give at most {MAX_SITES:,}")
    await sync_to_async(stage_start)(run_id=run.pk, name="discover", unit="sites", total=len(sites))
    for site in sites:
        if not await Run.objects.running().filter(pk=run.pk).aexists():
            return False
        if not await sync_to_async(site_is_done)(run=run, site=site):
            await _search(run, site)
    await sync_to_async(sites_end)(run=run)
    return True


async def _search(run: Run, site: str) -> None:
    try:
        findings, visit = await _found_at(run, site)
    except (SiteError, HostRestingError) as error:
        log.info("no board on a site", site=site, reason=str(error))
        await sync_to_async(site_fail)(run=run, site=site, reason=str(error))
    else:
        pages = {page.url: page.checksum for page in visit.pages} if visit else {}
        await sync_to_async(site_store)(run=run, site=site, findings=findings, pages=pages)


async def _found_at(run: Run, site: str) -> tuple[list[Finding], Visit | None]:
    """What an address names by itself, else what a visit to it finds. Raises SiteError and what the limiter raises."""
    if named := any_finding_of(site):
        return [named], None
    if settings.IN_SANDBOX:
        raise SiteError("the sandbox plays no companies' sites, and real ones are not asked from it")
    url = site_url(site)
    guard = SiteGuard(url)
    async with open_client(run.pk, visit_policy(), guard) as client:
        visit = Visit(client, guard, url)
        return await visit.findings(), visit
