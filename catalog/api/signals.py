"""Signals of all companies over the API: the list of the page `signals`."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.documented import IF_NONE_MATCH, example, not_modified
from catalog.api.filtering import StrictFilterBackend
from catalog.choices import JobFunction
from catalog.companies.hiring_signals import Reason
from catalog.companies.hiring_starts import Start
from catalog.companies.signal_filters import SignalFilter, newest_signals, shown_signals
from catalog.companies.signal_items import signal_items

EXAMPLE: dict[str, Any] = {
    "id": 9001,
    "reason": "started_skill",
    "start": "certain",
    "headline": "Started hiring for Snowflake",
    "at": "2026-08-01T09:00:00Z",
    "found_at": "2026-08-01T09:02:11Z",
    "is_over": False,
    "company_id": 17,
    "company_name": "Acme",
    "company_domain": "acme.example",
    "job_id": 4711,
    "job_title": "Data Engineer",
    "job_function": "data",
    "location_country": "US",
    "skill": "Snowflake",
    "quote": "You know Snowflake and dbt.",
    "figures": {},
}


class CompanySignalSerializer(serializers.Serializer[object]):
    """Something that a company's jobs tell at one moment."""

    id = serializers.IntegerField(help_text="stays when another job comes to show it")
    reason = serializers.ChoiceField(choices=Reason.choices)
    start = serializers.ChoiceField(choices=Start.choices, help_text="how sure it is that there was none before; never unknown")
    headline = serializers.CharField()
    at = serializers.DateTimeField(help_text="the moment that it speaks of")
    found_at = serializers.DateTimeField(help_text="when it was found")
    is_over = serializers.BooleanField(help_text="no job that shows it is open any more")
    company_id = serializers.IntegerField()
    company_name = serializers.CharField()
    company_domain = serializers.CharField(allow_null=True)
    job_id = serializers.IntegerField(help_text="the job that shows it")
    job_title = serializers.CharField()
    job_function = serializers.ChoiceField(choices=JobFunction.choices)
    location_country = serializers.CharField(allow_null=True, help_text="of the job (first_country: the new one), ISO 3166-1 alpha-2")
    skill = serializers.CharField(allow_null=True, help_text="the tool that it names")
    quote = serializers.CharField(help_text="the words of the posting that show it")
    figures = serializers.DictField(
        child=serializers.FloatField(),
        help_text="what was counted: of a surge openings and closings in so many days, and usual openings; of hiring_again days",
    )


class SignalList(GenericAPIView[Any]):
    """Signals of all companies, newest first: who starts to hire for a tool, a function, in a country, or more than usual.

    Function and country are those of the job that shows it. A signal stays when its job is closed (`is_over`), and goes when its posting
    was read better.
    """

    queryset = newest_signals()
    filter_backends = [StrictFilterBackend]
    filterset_class = SignalFilter
    serializer_class = CompanySignalSerializer

    @extend_schema(
        operation_id="signals_list",
        parameters=[IF_NONE_MATCH],
        responses={200: CompanySignalSerializer(many=True), **not_modified()},
        examples=[example("one signal", EXAMPLE)],
        tags=["companies"],
    )
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(shown_signals(self.filter_queryset(self.get_queryset()))) or []
        return self.get_paginated_response(signal_items(page))
