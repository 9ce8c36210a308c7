"""The shapes of job postings for the OpenAPI document. `gtm_site.api.postings.rows` makes the answers themselves."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.api.serializers import JobDetailSerializer, JobSerializer, SkillMentionSerializer
from gtm_site.api.postings.filters import PostingStatus

# What is known of every posting, however far it has come.
_ALWAYS = {"id", "status", "url", "source_type", "source_key", "first_seen"}
POSTING_ID_SCHEMA = {"oneOf": [{"type": "integer"}, {"type": "string", "format": "uuid"}]}
_LISTS = (serializers.ListField, serializers.ListSerializer)


@extend_schema_field(POSTING_ID_SCHEMA)
class PostingIdField(serializers.Field[Any, Any, Any, Any]):
    """The posting's id; of a discovered one, which has none before it is read, the UUID of its address."""


class _Posting(serializers.Serializer[object]):
    id = PostingIdField(help_text="the posting's id (an integer); of a discovered one the UUID of its address")
    status = serializers.ChoiceField(choices=PostingStatus.choices)
    job_id = serializers.IntegerField(allow_null=True, help_text="its job in the catalogue, once extracted")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        fields = super().get_fields()
        for name, field in fields.items():
            field.allow_null = field.allow_null or not (name in _ALWAYS or isinstance(field, _LISTS))
        return fields


class JobPostingSerializer(_Posting, JobSerializer):  # type: ignore[misc]  # another type of id
    """A posting in a list. What is only known after extraction is null, or an empty list, before."""


class JobPostingDetailSerializer(_Posting, JobDetailSerializer):  # type: ignore[misc]
    """One posting, as far as it has come."""

    request_id = serializers.CharField()

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        fields = super().get_fields()
        fields["request_id"].allow_null = False
        return fields


class PostingSkillsSerializer(serializers.Serializer[object]):
    """All skills of a posting, in one page."""

    request_id = serializers.CharField()
    items = SkillMentionSerializer(many=True)
    count = serializers.IntegerField()
    count_is_exact = serializers.BooleanField(help_text="always true")
    next = serializers.URLField(allow_null=True, help_text="always null: there is one page")
