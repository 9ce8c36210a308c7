"""Every address of the site: pages at /, the API under /api/v1, health, admin, the queue dashboard."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import URLPattern, URLResolver, include, path, re_path, register_converter
from drf_spectacular.views import SpectacularAPIView

from catalog.pages.export_views import jobs_export
from gtm_site import crawlers, failures
from gtm_site.accounts.account import token_page
from gtm_site.accounts.login import ThrottledLoginView
from gtm_site.api.docs import docs_page
from gtm_site.api.postings.ids import PostingIdConverter
from gtm_site.api.postings.views import JobPostingDetail, JobPostingList, JobPostingSkills
from gtm_site.api.run_all import RunAll
from gtm_site.api.unknown import UnknownPath
from gtm_site.health import DatabaseHealthView, HealthView, RedisHealthView
from gtm_site.metrics import metrics
from gtm_site.run_page import run_start

register_converter(PostingIdConverter, "posting_id")

api_v1: list[URLPattern | URLResolver] = [
    path("", include("catalog.api.urls")),
    path("", include("ingestion.api.urls")),
    path("", include("extraction.api.urls")),
    path("job_postings", JobPostingList.as_view(), name="job-postings"),
    path("job_postings/<posting_id:posting_id>", JobPostingDetail.as_view(), name="job-posting"),
    path("job_postings/<posting_id:posting_id>/skills", JobPostingSkills.as_view(), name="job-posting-skills"),
    path("run/all", RunAll.as_view(), name="run-all"),
    path("openapi", SpectacularAPIView.as_view(), name="openapi"),
]

urlpatterns = [
    re_path(r"^jobs\.(?P<export_format>csv|jsonl|parquet)$", jobs_export, name="jobs-export"),
    path("", include("catalog.urls")),
    path("", include("ingestion.urls")),
    path("", include("extraction.urls")),
    path("runs/start", run_start, name="run-start"),
    path("api/v1/", include((api_v1, "api"))),
    path("api/docs", docs_page, name="api-docs"),
    re_path(r"^api(/|$)", UnknownPath.as_view()),
    path("health", HealthView.as_view(), name="health"),
    path("health/db", DatabaseHealthView.as_view(), name="health-db"),
    path("health/redis", RedisHealthView.as_view(), name="health-redis"),
    path("metrics", metrics, name="metrics"),
    path("account/token", token_page, name="token"),
    path("login", ThrottledLoginView.as_view(), name="login"),
    path("logout", LogoutView.as_view(), name="logout"),
    path("admin/login/", ThrottledLoginView.as_view()),
    path("admin/", admin.site.urls),
    path("django-rq/", include("django_rq.urls")),
    path("favicon.ico", crawlers.favicon, name="favicon"),
    path("robots.txt", crawlers.robots, name="robots"),
]

handler400 = failures.bad_request
handler403 = failures.forbidden
handler404 = failures.not_found
handler500 = failures.server_error
