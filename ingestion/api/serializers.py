"""The shapes of the API's answers about runs, for the OpenAPI document. `ingestion.api.rows` makes the answers themselves."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from ingestion.models import Run
from ingestion.services.runs import CONTROLS


class StageSerializer(serializers.Serializer[object]):
    name = serializers.CharField(help_text="discover, fetch or extract")
    unit = serializers.CharField(help_text="what is counted: pages, sources, postings")
    done = serializers.IntegerField(help_text="without those that failed")
    failed = serializers.IntegerField(help_text="all that is not done; of these, boards that are gone or blocked are in `counts` too")
    total = serializers.IntegerField(allow_null=True, help_text="null: not counted yet")
    rate = serializers.FloatField(allow_null=True, help_text="units a second since the stage began")
    eta_seconds = serializers.FloatField(allow_null=True, help_text="what is left at that rate")
    counts = serializers.DictField(child=serializers.IntegerField(), help_text="further counts of the stage, by name")
    seconds = serializers.FloatField(help_text="how long the stage has been under way, or took")
    is_ended = serializers.BooleanField()


class RunSerializer(serializers.Serializer[object]):
    """One unit of work that an operator sees."""

    id = serializers.UUIDField(help_text="the run_id in rows, tasks and log lines")
    trace_id = serializers.CharField(help_text="32 hexadecimal digits, in the same rows, tasks and log lines")
    kind = serializers.CharField(help_text="discover, fetch, ingest (both), or all (extraction too)")
    state = serializers.ChoiceField(choices=Run.State.choices)
    message = serializers.CharField(allow_blank=True, help_text="why it stopped, if it did not end well")
    parameters = serializers.DictField(help_text="what it was asked to do")
    controls = serializers.ListField(child=serializers.ChoiceField(choices=list(CONTROLS)), help_text="what staff can do with it now")
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    stages = StageSerializer(many=True)


class RunEventSerializer(serializers.Serializer[object]):
    at = serializers.DateTimeField()
    state = serializers.ChoiceField(choices=Run.State.choices, help_text="from then on")
    action = serializers.CharField(allow_blank=True, help_text="pause, resume, cancel or retry; empty: the run's own course")
    by = serializers.CharField(allow_blank=True, help_text="who asked for it")
    reason = serializers.CharField(allow_blank=True)


class RunErrorSerializer(serializers.Serializer[object]):
    kind = serializers.CharField(help_text="e.g. busy, transport, too_large, unreadable")
    sources = serializers.IntegerField(help_text="fetches that were given up for it")
    waiting = serializers.IntegerField(help_text="those that a retry would take")
    example = serializers.CharField()


class RunHostSerializer(serializers.Serializer[object]):
    host = serializers.CharField()
    sent = serializers.IntegerField()
    open = serializers.IntegerField(help_text="not ended: under way, or lost with their worker")
    bytes = serializers.IntegerField(help_text="of bodies, after decompression")
    statuses = serializers.DictField(child=serializers.IntegerField(), help_text="answers by HTTP status; `no answer` beside them")


class RunDetailSerializer(RunSerializer):
    """One run with its history, its errors by kind and its requests by host."""

    request_id = serializers.CharField()
    events = RunEventSerializer(many=True)
    errors = RunErrorSerializer(many=True)  # type: ignore[assignment]  # a field of that name, not the attribute
    requests = RunHostSerializer(many=True)
    waits = serializers.ListField(child=serializers.CharField(), help_text="why a running run is slow now: hosts left alone or slowed down")


class ReasonSerializer(serializers.Serializer[object]):
    """The body of a control, which may be left out."""

    reason = serializers.CharField(required=False, allow_blank=True, max_length=500, help_text="kept in the run's history")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if unknown := sorted(set(self.initial_data) - set(self.fields)):
            raise serializers.ValidationError({unknown[0][:40]: "no such field; there is reason"})
        return attrs
