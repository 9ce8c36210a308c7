"""The product's settings with the views that serving is compared with."""

from gtm_site.settings import *  # noqa: F403

ROOT_URLCONF = "bench.serving_urls"
