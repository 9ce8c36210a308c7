"""WSGI entry point: `gunicorn gtm_site.wsgi`."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gtm_site.settings")
application = get_wsgi_application()
# Views and what they import, now rather than with the first request, and shared by all workers where gunicorn preloads.
_ = get_resolver().url_patterns
# What is loaded stays, so no collection needs to walk it: a full one would hold up a request for 60 ms.
gc.collect()
gc.freeze()
