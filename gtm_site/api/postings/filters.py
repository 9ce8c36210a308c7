"""Filters of job postings: which apply depends on how far a posting has come (spec P1, R4)."""

from __future__ import annotations

import re
from typing import Any, TypeVar

import django_filters as filters
from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet, TextChoices
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from catalog.api.filtering import PAGE_PARAMETERS, refuse_unknown
from catalog.filters import JobFilter
from catalog.models import Job
from catalog.search.places import place_phrases
from ingestion.models import FrontierUrl, RawPosting

Rows = TypeVar("Rows", bound=QuerySet[Any, Any])
OF_EVERY_STATUS = ("status", "company_name", "location", *PAGE_PARAMETERS)


class PostingStatus(TextChoices):
    DISCOVERED = "discovered", "an address that is not read yet"
    FETCHED = "fetched", "read, not extracted yet"
    EXTRACTED = "extracted", "in the catalogue as a job"


class JobPostingFilter(JobFilter):
    """The job filters and `status`. Before extraction only company and place are known."""

    status = filters.ChoiceFilter(
        method="unfiltered",
        choices=PostingStatus.choices,
        label="discovered, fetched or extracted (extracted, unless given); before extraction only company_name, location and limit apply",
        error_messages={"invalid_choice": f"one of {', '.join(PostingStatus.values)}"},
    )


class RefusedFilterError(ValidationError):
    """A filter of something that is only known after extraction."""

    hint = "Leave it out, or ask for status=extracted: skills, pay, level and the like are known after extraction."


def asked_status(request: Request) -> PostingStatus:
    """The status that is asked for. Raises ValidationError for one that there is not, and for filters that it has not."""
    name = request.query_params.get("status") or PostingStatus.EXTRACTED
    if name not in PostingStatus.values:
        raise ValidationError({"status": f"one of {', '.join(PostingStatus.values)}"})
    status = PostingStatus(name)
    refuse_unknown(request.query_params, [*JobPostingFilter.base_filters, *PAGE_PARAMETERS])
    if status is not PostingStatus.EXTRACTED:
        _refuse_others(request, status)
    return status


def fetched(**asked: list[str]) -> QuerySet[RawPosting, Any]:
    """Postings that were read and are not in the catalogue, the newest rows first; places as the postings write them."""
    postings = RawPosting.objects.filter(~Exists(Job.objects.filter(posting_id=OuterRef("pk"))))
    postings = _of_companies(postings, asked.get("company_name", []))
    if places := asked.get("location"):
        postings = postings.filter(location__iregex=_any_phrase(places))
    return postings.order_by("-id")


def discovered(**asked: list[str]) -> QuerySet[FrontierUrl, Any]:
    """Addresses that are not read yet, last met first. Where they are is not known: a place finds none."""
    addresses = FrontierUrl.objects.unread(in_sandbox=settings.IN_SANDBOX)
    addresses = _of_companies(addresses, asked.get("company_name", []))
    return (addresses.none() if asked.get("location") else addresses).order_by("-seen_at", "-url_hash")


def _refuse_others(request: Request, status: PostingStatus) -> None:
    for name in request.query_params:
        if name not in OF_EVERY_STATUS:
            raise RefusedFilterError({name: f"not known of {status} postings; they can be filtered by company_name and location"})


def _of_companies(rows: Rows, names: list[str]) -> Rows:
    """Rows of boards whose company, or key where no read has told its name yet, contains any of the names."""
    wanted = Q()
    for name in names:
        wanted |= Q(source__company_name__icontains=name) | Q(source__company_name="", source__source_key__icontains=name)
    return rows.filter(wanted)


def _any_phrase(places: list[str]) -> str:
    """A regular expression of PostgreSQL: any of the places' names as whole words, whatever stands between these."""
    phrases = dict.fromkeys(phrase for place in places for phrase in place_phrases(place))
    words = (r"\W+".join(map(re.escape, phrase)) for phrase in phrases)
    return rf"\m({'|'.join(words) or '(?!)'})\M"
