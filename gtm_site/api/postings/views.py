"""Job postings from their discovery to the catalogue (spec P1). Here, because they join what the apps know."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.api.filtering import StrictFilterBackend, refuse_invalid, refuse_unknown
from catalog.api.rows import list_rows
from catalog.models import Job
from gtm_site.api.postings import examples, rows
from gtm_site.api.postings.filters import JobPostingFilter, PostingStatus, asked_status, discovered, fetched
from gtm_site.api.postings.serializers import POSTING_ID_SCHEMA, JobPostingDetailSerializer, JobPostingSerializer, PostingSkillsSerializer
from ingestion.api.examples import example
from ingestion.models import FrontierUrl, RawPosting

POSTING_ID = OpenApiParameter(
    "posting_id", POSTING_ID_SCHEMA, OpenApiParameter.PATH, description="the posting's id; of a discovered one the UUID of its address"
)


class JobPostingList(GenericAPIView[Any]):
    """Postings by how far they have come: discovered (an address nobody has read), fetched, extracted.

    For `status=extracted`, the default, all filters and orders of `jobs` apply. Of the others only `company_name` and
    `location` are known, the latter as the posting writes it (`NYC` finds New York); any other filter answers 400.
    """

    queryset = Job.objects.all()
    filterset_class = JobPostingFilter
    serializer_class = JobPostingSerializer

    @extend_schema(
        operation_id="job_postings_list",
        responses={200: JobPostingSerializer(many=True)},
        examples=[example(name, value) for name, value in examples.BY_STATUS.items()],
        tags=["job postings"],
    )
    def get(self, request: Request) -> Response:
        match asked_status(request):
            case PostingStatus.FETCHED:
                found = fetched(**self._asked()).select_related("source", "seen")
                items = rows.fetched_items(self.paginate_queryset(found) or [])
            case PostingStatus.DISCOVERED:
                addresses = discovered(**self._asked()).select_related("source")
                items = rows.discovered_items(self.paginate_queryset(addresses) or [])
            case _:
                items = rows.extracted_items(self._extracted())
        return self.get_paginated_response(items)

    def _extracted(self) -> list[dict[str, Any]]:
        found = StrictFilterBackend().checked(self.request, self.get_queryset(), self)
        ids = self.paginate_queryset(found.search) or []
        return list_rows(ids, rows.EXTRACTED_COLUMNS)

    def _asked(self) -> dict[str, list[str]]:
        """The values of company_name and location, checked like those of jobs."""
        asked = JobPostingFilter(data=self.request.query_params, queryset=Job.objects.none())
        refuse_invalid(asked)
        return {name: asked.form.cleaned_data.get(name) or [] for name in ("company_name", "location")}


class NoSuchAddress(NotFound):
    hint: ClassVar[str] = "Addresses leave this list once their board is read: look for the posting by company_name with another status."


class JobPostingDetail(APIView):
    """One posting, as far as it has come: by its id, or while it is discovered by the UUID of its address."""

    @extend_schema(
        operation_id="job_postings_read",
        parameters=[POSTING_ID],
        responses={200: JobPostingDetailSerializer},
        examples=[example("a discovered one", examples.DISCOVERED_DETAIL)],
        tags=["job postings"],
    )
    def get(self, request: Request, posting_id: int | uuid.UUID) -> Response:
        refuse_unknown(request.query_params, ())
        if isinstance(posting_id, uuid.UUID):
            address, found = _address(posting_id)
            if found is None:
                return Response(rows.discovered_detail(address))
            posting_id = found
        detail = rows.posting_detail(posting_id)
        if detail is None:
            raise NotFound(f"there is no job posting {posting_id}")
        return Response(detail)


class JobPostingSkills(APIView):
    """The skills and tools that a posting names, with where each stands in its text; none before it is extracted."""

    @extend_schema(
        operation_id="job_postings_skills",
        parameters=[POSTING_ID],
        responses={200: PostingSkillsSerializer},
        examples=[example("one skill", examples.SKILLS)],
        tags=["job postings"],
    )
    def get(self, request: Request, posting_id: int | uuid.UUID) -> Response:
        refuse_unknown(request.query_params, ())
        found = _address(posting_id)[1] if isinstance(posting_id, uuid.UUID) else posting_id
        items = rows.posting_skills(found) if found is not None else []
        if items is None:
            raise NotFound(f"there is no job posting {posting_id}")
        return Response({"items": items, "count": len(items), "count_is_exact": True, "next": None})


def _address(address_id: uuid.UUID) -> tuple[FrontierUrl, int | None]:
    """The address, and the id of its posting when it was read meanwhile. Raises NoSuchAddress."""
    address = FrontierUrl.objects.postings().select_related("source").filter(pk=address_id).first()
    if address is None:
        raise NoSuchAddress(f"there is no discovered posting {address_id}")
    identity = {"source_id": address.source_id, "source_job_id": address.source_job_id}
    return address, RawPosting.objects.filter(**identity).values_list("pk", flat=True).first()
