"""The schedule, all of it: `manage.py rqcron gtm_site.running.cron`.

Ticks expire when no worker takes them in time, so that they never pile up behind a stopped one.
"""

from __future__ import annotations

from django.conf import settings
from rq.cron import register

from gtm_site.tasks import catalog_upkeep, pipeline_tick, search_index_upkeep, signals_upkeep
from ingestion.tasks import retention

TICK_S = 2
UPKEEP_S = 60
INDEX_S = 5
# At night, an hour in which little else is scheduled (UTC).
RETENTION_AT = "17 3 * * *"

register(pipeline_tick, settings.CONTROL_QUEUE, interval=TICK_S, ttl=TICK_S * 5, result_ttl=10, failure_ttl=3600)
register(catalog_upkeep, settings.CONTROL_QUEUE, interval=UPKEEP_S, ttl=UPKEEP_S, result_ttl=60, failure_ttl=3600)
register(signals_upkeep, settings.CONTROL_QUEUE, interval=UPKEEP_S, ttl=UPKEEP_S, result_ttl=60, failure_ttl=3600)
if settings.SEARCH_BACKEND == "tantivy":
    register(search_index_upkeep, settings.CONTROL_QUEUE, interval=INDEX_S, ttl=INDEX_S, result_ttl=60, failure_ttl=3600)
if settings.RETENTION_ENABLED:
    # Not on the control queue: deleting may take minutes.
    register(retention, settings.DISCOVER_QUEUE, cron=RETENTION_AT, ttl=3600, result_ttl=3600, failure_ttl=86_400)
