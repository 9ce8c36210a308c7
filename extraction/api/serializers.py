"""The shape of an extraction for the OpenAPI document."""

from __future__ import annotations

from rest_framework import serializers


class ExtractionSerializer(serializers.Serializer[object]):
    """The result that stands for a posting, as its provider gave it: without the corrections of curators."""

    request_id = serializers.CharField()
    id = serializers.IntegerField()
    job_posting_id = serializers.IntegerField()
    content_hash = serializers.CharField(help_text="of the posting's content that was read")
    is_current = serializers.BooleanField(help_text="false: the posting has changed since and waits for extraction")
    schema_version = serializers.CharField()
    provider = serializers.CharField()
    model = serializers.CharField(allow_blank=True)
    prompt_version = serializers.CharField(help_text="version of the prompt, or of the rules and vocabulary")
    tier = serializers.IntegerField(help_text="0 rules, 1 local LLM, 2 paid LLM")
    confidence = serializers.FloatField()
    needs_tier2 = serializers.BooleanField()
    record = serializers.DictField(help_text="job_extracted_v1")
    details = serializers.DictField(help_text="salary as stated, all locations, language, notes")
    evidence = serializers.DictField(help_text="field -> where its value stands")
    tokens_in = serializers.IntegerField()
    tokens_out = serializers.IntegerField()
    cost_usd = serializers.FloatField()
    run_id = serializers.UUIDField(allow_null=True)
    created_at = serializers.DateTimeField()
    published_at = serializers.DateTimeField()
