"""The schedule, all of it: `manage.py rqcron gtm_site.cron`.

Ticks expire when no worker takes them in time, so that they never pile up behind a stopped one.
"""

from __future__ import annotations

from django.conf import settings
from rq.cron import register

from gtm_site.tasks import catalog_upkeep, pipeline_tick

TICK_S = 2
UPKEEP_S = 60

register(pipeline_tick, settings.CONTROL_QUEUE, interval=TICK_S, ttl=TICK_S * 5, result_ttl=10, failure_ttl=3600)
register(catalog_upkeep, settings.CONTROL_QUEUE, interval=UPKEEP_S, ttl=UPKEEP_S, result_ttl=60, failure_ttl=3600)
