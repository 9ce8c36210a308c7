"""Sentences over the API: what somebody typed, as the filters of `jobs`."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from catalog.api import examples
from catalog.api.documented import example
from catalog.api.filtering import refuse_unknown
from catalog.api.serializers import UnderstandingSerializer
from catalog.saved.saved_state import PAGES
from catalog.search.sentence.model import understand
from catalog.search.sentence.read import MAX_SENTENCE_LENGTH
from catalog.search.sentence.understanding import Understanding

_TYPED = {"type": "string", "minLength": 1, "maxLength": MAX_SENTENCE_LENGTH, "pattern": r"^[^\x00]*$"}


class SentenceRead(APIView):
    """A sentence as a search: the filters of `jobs`, which words each came from, and what no filter can say.

    Read by rules, or by a language model where the server has one configured (`reader`). Words that are neither a filter nor
    known to mean nothing are looked for in the text (`q`).
    """

    @extend_schema(
        operation_id="jobs_sentence",
        parameters=[OpenApiParameter("q", _TYPED, required=True, description="what to look for, in words")],
        responses={200: UnderstandingSerializer},
        examples=[example("data engineers", examples.UNDERSTANDING)],
        tags=["jobs"],
    )
    def get(self, request: Request) -> Response:
        refuse_unknown(request.query_params, ("q",))
        typed = request.query_params.get("q", "")
        if not typed.strip() or len(typed) > MAX_SENTENCE_LENGTH or "\0" in typed:
            raise ValidationError({"q": f"a sentence of at most {MAX_SENTENCE_LENGTH} characters, no null characters"})
        return Response(_answer(understand(typed), request))


def _answer(understanding: Understanding, request: Request) -> dict[str, Any]:
    query = understanding.query
    return {
        "sentence": understanding.sentence,
        "reader": understanding.reader,
        "parameters": understanding.parameters,
        "query": query,
        "subject": understanding.subject,
        "url": f"{reverse(PAGES[understanding.subject], request=request)}?{query}",
        "understood": [
            {"words": reading.words, "parameter": reading.parameter, "value": reading.value, "note": reading.note}
            for reading in understanding.readings
        ],
        "unused": [{"words": words, "reason": reason} for words, reason in understanding.unused],
    }
