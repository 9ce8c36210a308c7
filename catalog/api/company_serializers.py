"""The shapes of what the API tells of companies and skills, for the OpenAPI document."""

from __future__ import annotations

from rest_framework import serializers

from catalog.choices import SkillKind
from catalog.companies.hiring_signals import Reason
from catalog.companies.hiring_starts import Start


class CompanySerializer(serializers.Serializer[object]):
    """A company in a list. The jobs are those that match the filters."""

    id = serializers.IntegerField(help_text="what the filter company takes")
    name = serializers.CharField()
    domain = serializers.CharField(allow_null=True)
    jobs = serializers.IntegerField(help_text="that match the filters")
    first_seen = serializers.DateTimeField(help_text="the first of these jobs")
    newest = serializers.DateTimeField(help_text="of these jobs: posted or, where its board states no date, first seen")
    newest_posted_at = serializers.DateTimeField(allow_null=True, help_text="their last stated date of posting; null: no board states one")
    evidence_job_id = serializers.IntegerField(help_text="one of these jobs: the newest, or the one that it started with")
    evidence_title = serializers.CharField()
    start = serializers.ChoiceField(choices=Start.choices, allow_null=True, help_text="how sure it is that it started; null: not asked")
    read_since = serializers.DateTimeField(allow_null=True, help_text="since when its boards have been read; null: not asked")


class StackSerializer(serializers.Serializer[object]):
    skill_id = serializers.IntegerField()
    skill = serializers.CharField()
    kind = serializers.ChoiceField(choices=SkillKind.choices)
    category = serializers.CharField()
    first_seen = serializers.DateTimeField()
    last_seen = serializers.DateTimeField(allow_null=True, help_text="null: an open job has it")
    open_jobs = serializers.IntegerField()
    jobs = serializers.IntegerField(help_text="open or closed")


class SignalSerializer(serializers.Serializer[object]):
    reason = serializers.ChoiceField(choices=Reason.choices)
    start = serializers.ChoiceField(choices=Start.choices, help_text="how sure it is that there was none before")
    headline = serializers.CharField()
    at = serializers.DateTimeField()
    job_id = serializers.IntegerField(help_text="the job that shows it")
    job_title = serializers.CharField()
    skill = serializers.CharField(allow_null=True)
    quote = serializers.CharField(help_text="the words of the posting that show it")


class CountedSerializer(serializers.Serializer[object]):
    value = serializers.CharField(help_text="what the filter takes")
    label = serializers.CharField()  # type: ignore[assignment]  # a field of that name, not the attribute
    jobs = serializers.IntegerField()


class CompanyDetailSerializer(serializers.Serializer[object]):
    """One company: what its jobs tell."""

    request_id = serializers.CharField()
    id = serializers.IntegerField()
    name = serializers.CharField()
    domain = serializers.CharField(allow_null=True)
    read_since = serializers.DateTimeField(allow_null=True, help_text="when the first of its jobs was first seen")
    open_jobs = serializers.IntegerField()
    is_cut = serializers.BooleanField(help_text="more jobs than are looked at: only the newest 5,000 are told of, without signals")
    signals = SignalSerializer(many=True, help_text="of the last 90 days, newest first")
    stack = StackSerializer(many=True, help_text="skills of all its jobs, those of most open jobs first")


class SkillSerializer(serializers.Serializer[object]):
    id = serializers.IntegerField()
    name = serializers.CharField(help_text="what the filter skill takes")
    kind = serializers.ChoiceField(choices=SkillKind.choices)
    category = serializers.CharField()
    domain = serializers.CharField(allow_blank=True, help_text="the vendor's web domain")
    job_count = serializers.IntegerField(help_text="jobs with it when last counted")


class WeekSerializer(serializers.Serializer[object]):
    ends_at = serializers.DateTimeField()
    jobs = serializers.IntegerField(help_text="first seen in this week, in any state")


class SkillDetailSerializer(SkillSerializer):
    """One skill: its trend, who hires for it, and what goes with it, over open jobs."""

    request_id = serializers.CharField()
    is_active = serializers.BooleanField(help_text="false: no longer looked for")
    aliases = serializers.ListField(child=serializers.CharField(), help_text="other ways to write it")
    open_jobs = serializers.IntegerField()
    open_jobs_is_exact = serializers.BooleanField(help_text="false: there are more, and the counts below are lower bounds too")
    trend = WeekSerializer(many=True, help_text="week by week, oldest first")
    companies = CountedSerializer(many=True)
    skills = CountedSerializer(many=True, help_text="that the same jobs name")
    functions = CountedSerializer(many=True)
    seniority = CountedSerializer(many=True)
