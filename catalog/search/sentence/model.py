"""A sentence becomes a search by a language model, if one is configured; what it answers counts only as far as the filters take it.

The model is called through `Complete`, which the setting SENTENCE_COMPLETE names ("" for none): the catalogue knows no vendor.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Protocol

import structlog
from django.conf import settings
from django.http import QueryDict
from django.utils import timezone
from django.utils.module_loading import import_string

from catalog.choices import EmploymentType, JobFunction, JobState, RemoteType, SearchSubject, Seniority
from catalog.errors import CompletionError
from catalog.filters import JobFilter
from catalog.search.query import Sort
from catalog.search.sentence.read import read_sentence
from catalog.search.sentence.understanding import Reading, Understanding

log = structlog.get_logger(__name__)

_MAX_VALUES = 10
_MAX_TEXT = 100
_TEXTS = ("skill", "skill_any", "skill_not", "location", "location_not", "company_name", "company_name_not")
_CLOSED: Mapping[str, Sequence[str]] = {
    "seniority": Seniority.values,
    "function": JobFunction.values,
    "remote": RemoteType.values,
    "employment": EmploymentType.values,
    "state": JobState.values,
}
_NUMBERS: Mapping[str, str] = {"min_comp": "US dollars a year", "max_comp": "US dollars a year", "posted_within_days": "days"}
_DATES = ("posted_after", "posted_before")

_INSTRUCTIONS = """
The line above was typed into a search for jobs. Fill in the filters that it asks for; leave the others null or empty.
Filters joined by "and": a job has to meet all. Between the values of one filter "or"; of `skill` a job has to have all.
`..._not` takes what is excluded. Skills are tools and competences by their names. Places are written as people write them.
Amounts are whole US dollars a year. Dates are YYYY-MM-DD; today is {today}. `agencies` is "no" when recruiters' boards are unwanted.
`q` takes words that no filter can say, such as a narrower job title in quotes; null when there are none. Add nothing that was not typed.
"""


class Complete(Protocol):
    """One question to a language model: the JSON object that it answers, of the form that the schema describes.

    Raises CompletionError for whatever goes wrong, within a bounded time.
    """

    def __call__(self, schema: Mapping[str, Any], prompt: str) -> dict[str, Any]: ...


def understand(text: str, *, today: date | None = None) -> Understanding:
    """The search that a sentence asks for: by the configured model where its answer is a valid search, else by rules."""
    by_rules = read_sentence(text, today=today)
    complete = _configured()
    if complete is None or not by_rules.parameters or by_rules.subject is not SearchSubject.JOBS:
        return by_rules
    return _read(complete, by_rules, today or timezone.now().date()) or by_rules


def answer_schema(sentence: str) -> dict[str, Any]:
    """The JSON schema of an answer: closed, everything required, everything bounded."""
    texts = {name: _list({"type": "string", "minLength": 1, "maxLength": _MAX_TEXT}) for name in _TEXTS}
    closed = {name: _list({"type": "string", "enum": list(values)}) for name, values in _CLOSED.items()}
    opposites = {f"{name}_not": schema for name, schema in closed.items() if f"{name}_not" in JobFilter.base_filters}
    numbers = {name: _or_null({"type": "integer", "minimum": 1, "description": unit}) for name, unit in _NUMBERS.items()}
    dates = {name: _or_null({"type": "string", "maxLength": 10}) for name in _DATES}
    properties = {
        "q": _or_null({"type": "string", "maxLength": min(len(sentence), _MAX_TEXT)}),
        **texts,
        **closed,
        **opposites,
        **numbers,
        **dates,
        "agencies": _or_null({"type": "string", "enum": ["no", "only"]}),
        "sort": _or_null({"type": "string", "enum": Sort.values}),
    }
    return {"type": "object", "additionalProperties": False, "properties": properties, "required": list(properties)}


def _configured() -> Complete | None:
    complete: Complete | None = import_string(settings.SENTENCE_COMPLETE) if settings.SENTENCE_COMPLETE else None
    return complete


def _read(complete: Complete, by_rules: Understanding, today: date) -> Understanding | None:
    """The model's reading; None where it fails, is no search, or says less than the rules do."""
    prompt = f"{by_rules.sentence}\n{_INSTRUCTIONS.format(today=today.isoformat())}"
    try:
        answer = complete(answer_schema(by_rules.sentence), prompt)
    except CompletionError as error:
        log.warning("sentence_not_read_by_model", error=str(error))
        return None
    parameters = dict(_parameters(answer, by_rules.sentence))
    readings = tuple(Reading("", name, value) for name, values in parameters.items() for value in values)
    found = Understanding(by_rules.sentence, parameters, readings, (), settings.SENTENCE_PROVIDER)
    says_less = parameters.keys() <= {"q"} < by_rules.parameters.keys()
    if not parameters or says_less or not JobFilter(data=QueryDict(found.query)).is_valid():
        log.warning("sentence_not_read_by_model", error="no valid search", answer=str(answer)[:500])
        return None
    return found


def _parameters(answer: Mapping[str, Any], sentence: str) -> list[tuple[str, list[str]]]:
    """Filled members of the answer that are parameters, in the order of the schema."""
    found = []
    for name in answer_schema(sentence)["properties"]:
        value = answer.get(name)
        values = [str(item).strip() for item in (value if isinstance(value, list) else [value])[:_MAX_VALUES] if item not in (None, "")]
        if values := [item for item in dict.fromkeys(values) if item]:
            found.append((name, values))
    return found


def _list(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": item, "maxItems": _MAX_VALUES}


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}
