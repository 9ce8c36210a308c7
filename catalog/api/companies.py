"""Companies over the API: the list and one company, by the same definitions as their pages."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.api import company_examples as examples
from catalog.api.company_serializers import CompanyDetailSerializer, CompanySerializer
from catalog.api.documented import example
from catalog.api.filtering import StrictFilterBackend, refuse_unknown
from catalog.companies.company_filters import CompanyFilter, CompanySort, companies_unknown
from catalog.companies.company_list import CompanyRow, company_list
from catalog.companies.company_sheet import CompanySheet, company_sheet
from catalog.companies.signal_quotes import signal_quotes
from catalog.models import Company, Job
from catalog.search.counts import Count
from catalog.search.keyset import KeysetPage

_COMPANY_ID = OpenApiParameter("company_id", int, OpenApiParameter.PATH, description="the company's id")


class CompanyList(GenericAPIView[Any]):
    """Companies with jobs that match the filters, which are those of `jobs` and some more.

    `skill` and `started_within_days` together ask who started hiring for these skills: `start` says how sure that is, `started_as=certain`
    leaves out what posting dates alone tell, and `unknown` of the answer counts companies with such a job of which nobody can say
    (`started_as=unknown` lists them). `uses` asks for skills that a company's open jobs name together, where `skill` asks for one job
    with all of them; `min_open_jobs` for its size on the job market.
    """

    queryset = Job.objects.all()
    filter_backends = [StrictFilterBackend]
    filterset_class = CompanyFilter
    serializer_class = CompanySerializer

    @extend_schema(
        operation_id="companies_list",
        responses={200: CompanySerializer(many=True)},
        examples=[example("who started", examples.COMPANY)],
        tags=["companies"],
    )
    def get(self, request: Request) -> Response:
        found: CompanyFilter = StrictFilterBackend().checked(request, self.get_queryset(), self)
        if found.lacks_skill:
            raise ValidationError({"started_within_days": "needs a skill: skill=Snowflake"})
        rows: Any = self.paginate_queryset(partial(_page, found))  # type: ignore[arg-type]  # what gives a page
        response = self.get_paginated_response([_item(row) for row in rows])
        if found.question:
            response.data["unknown"] = companies_unknown(found)
        return response


class CompanyDetail(APIView):
    """One company: its stack and its signals."""

    @extend_schema(
        operation_id="companies_read",
        parameters=[_COMPANY_ID],
        responses={200: CompanyDetailSerializer},
        examples=[example("one company", examples.COMPANY_DETAIL)],
        tags=["companies"],
    )
    def get(self, request: Request, company_id: int) -> Response:
        refuse_unknown(request.query_params, ())
        company = Company.objects.filter(pk=company_id).first()
        if company is None:
            raise NotFound(f"there is no company {company_id}")
        return Response(
            {"id": company.pk, "name": company.name, "domain": company.domain, **_told(company_sheet(company.pk, timezone.now()))}
        )


def _page(found: CompanyFilter, limit: int, cursor: str | None) -> tuple[KeysetPage, Count]:
    sort = found.form.cleaned_data.get("sort") or CompanySort.NEWEST
    listed = company_list(found.qs, sort=sort, limit=limit, cursor=cursor, question=found.question)
    return KeysetPage(rows=list(listed.rows), next=listed.next), listed.count


def _item(row: CompanyRow) -> dict[str, Any]:
    return {
        "id": row.pk,
        "name": row.name,
        "domain": row.domain or None,
        "jobs": row.jobs,
        "first_seen": row.first_seen_at,
        "newest": row.newest_at,
        "newest_posted_at": row.newest_posted_at,
        "evidence_job_id": row.evidence_id,
        "evidence_title": row.evidence_title,
        "start": row.start or None,
        "read_since": row.read_since,
    }


def _told(sheet: CompanySheet) -> dict[str, Any]:
    return {
        "read_since": sheet.history.watched_since,
        "open_jobs": len(sheet.history.open_jobs),
        "is_cut": sheet.history.is_cut,
        "signals": _signals(sheet),
        "stack": [
            {
                "skill_id": line.skill_id,
                "skill": skill.name,
                "kind": skill.kind,
                "category": skill.category,
                "first_seen": line.first_seen_at,
                "last_seen": line.last_seen_at,
                "open_jobs": line.open_jobs,
                "jobs": line.jobs,
            }
            for line, skill in sheet.stack
        ],
    }


def _signals(sheet: CompanySheet) -> list[dict[str, Any]]:
    quotes = signal_quotes(sheet.signals)
    names = {skill.pk: skill.name for _, skill in sheet.stack}
    return [
        {
            "reason": signal.reason,
            "start": signal.start,
            "headline": signal.headline,
            "at": signal.at,
            "job_id": signal.job_id,
            "job_title": signal.job_title,
            "skill": names.get(signal.skill_id or 0),
            "quote": quotes.get((signal.job_id, signal.skill_id or 0), signal.job_title),
        }
        for signal in sheet.signals
    ]
