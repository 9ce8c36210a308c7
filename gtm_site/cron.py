"""The schedule, all of it: `manage.py rqcron gtm_site.cron`.

Ticks expire when no worker takes them in time, so that they never pile up behind a stopped one.
"""

from __future__ import annotations

from django.conf import settings
from rq.cron import register

from extraction.tasks import status_sync
from gtm_site.tasks import pipeline_tick

TICK_S = 2
STATUS_SYNC_S = 60

register(pipeline_tick, settings.CONTROL_QUEUE, interval=TICK_S, ttl=TICK_S * 5, result_ttl=10, failure_ttl=3600)
register(status_sync, settings.CONTROL_QUEUE, interval=STATUS_SYNC_S, ttl=STATUS_SYNC_S, result_ttl=60, failure_ttl=3600)
