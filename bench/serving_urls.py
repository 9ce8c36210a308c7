"""The product's addresses, and below /api/v1/bench what `bench.serving` compares them with."""

from __future__ import annotations

from django.urls import path

from bench.serving_views import Empty, GenericJobList
from gtm_site.urls import *  # noqa: F403
from gtm_site.urls import urlpatterns as product

urlpatterns = [
    path("api/v1/bench/empty", Empty.as_view()),
    path("api/v1/bench/generic", GenericJobList.as_view()),
    *product,
]
