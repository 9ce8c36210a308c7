"""What we ask a language model to answer, and how an answer is read: by id, item by item, everything bounded.

A model quotes, it does not judge: every value comes with words of the posting, which `grounding` looks up. Bounds stand in
the schema for servers that enforce it, and are enforced here for those that do not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from rapidfuzz import fuzz

from extraction.llm.batching import Reply
from extraction.llm.tokens import tokens_at_least
from extraction.providers.llm import Completion, Finish, Prompt
from extraction.schema import EmploymentType, JobFunction, Period, RemoteType, Seniority

QUOTE_CHARS = 240
NAME_CHARS = 80
SUMMARY_SENTENCES = 3
FUNCTIONS = 6
SKILLS = 25
TOKENS_PER_POSTING = 900
"""The longest sensible answer about one posting; a model that repeats itself is cut off here."""

# A title is echoed, so that an answer under the wrong id is noticed; small models change a sign or two of it.
_SAME_TITLE = 85.0
_COMPLAINT_CHARS = 300
_CUT_OFF = "the answer was too long and was cut off"
_THINKING = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL)


def _cut(most: int) -> BeforeValidator:
    """Of a longer text or list its beginning: the beginning of a quote is a quote as good."""
    return BeforeValidator(lambda value: value[:most] if isinstance(value, str | list) else value)


Quote = Annotated[str, _cut(QUOTE_CHARS), Field(max_length=QUOTE_CHARS)]
Name = Annotated[str, _cut(NAME_CHARS), Field(max_length=NAME_CHARS)]


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, json_schema_extra={"additionalProperties": False})


class SeniorityAnswer(_Answer):
    value: Seniority
    quote: Quote


class FunctionAnswer(_Answer):
    value: JobFunction
    quote: Quote


class RemoteAnswer(_Answer):
    value: RemoteType
    quote: Quote


class EmploymentAnswer(_Answer):
    value: EmploymentType
    quote: Quote


class SalaryAnswer(_Answer):
    """Amounts in units of `currency` per `period`, as the quote states them."""

    min: Annotated[float, Field(ge=0, le=1e10)] | None
    max: Annotated[float, Field(ge=0, le=1e10)] | None
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    period: Period
    ote: bool
    quote: Quote


class PostingAnswer(_Answer):
    """What a model says of one posting. Every text is meant to be copied from the posting; nothing here is a fact yet."""

    id: Name
    title: Quote
    company_name: Name | None
    role_title: Quote | None
    seniority_level: SeniorityAnswer | None
    job_function: FunctionAnswer | None
    location: Name | None
    remote_type: RemoteAnswer | None
    employment_type: EmploymentAnswer | None
    salary: SalaryAnswer | None
    summary: Annotated[list[Quote], _cut(SUMMARY_SENTENCES), Field(max_length=SUMMARY_SENTENCES)]
    key_functions: Annotated[list[Quote], _cut(FUNCTIONS), Field(max_length=FUNCTIONS)]
    skills: Annotated[list[Name], _cut(SKILLS), Field(max_length=SKILLS)]
    tools: Annotated[list[Name], _cut(SKILLS), Field(max_length=SKILLS)]


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of one answer: usable items by id, and for each other id that was asked what is wrong with it.

    `complaint` is for the model, when the answer could not be read at all; "" when it could.
    """

    answers: Mapping[str, PostingAnswer] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)
    complaint: str = ""


def answer_schema(ids: Sequence[str]) -> dict[str, Any]:
    """The JSON schema of an answer about exactly these postings."""
    schema = deepcopy(_POSTING_SCHEMA)
    schema["properties"]["id"] = {"type": "string", "enum": list(ids)}
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["postings"],
        "properties": {"postings": {"type": "array", "minItems": len(ids), "maxItems": len(ids), "items": schema}},
    }


def read_answer(text: str, titles: Mapping[str, str]) -> Reading:
    """Read an answer about the postings whose ids and titles are given. Never raises: what is wrong is in the reading."""
    try:
        items = _items(text)
    except ValueError as error:
        complaint = str(error)[:_COMPLAINT_CHARS]
        return Reading(problems=dict.fromkeys(titles, complaint), complaint=complaint)
    folded = {posting_id: _folded(title[:QUOTE_CHARS]) for posting_id, title in titles.items()}
    by_id: dict[str, list[Any]] = {posting_id: [] for posting_id in titles}
    for item in items:
        named = str(item.get("id", ""))
        if named in by_id:  # ids that nobody asked about are invented
            by_id[named].append(item)
    answers: dict[str, PostingAnswer] = {}
    problems: dict[str, str] = {}
    for posting_id, found in by_id.items():
        read = _read_item(found, folded[posting_id], folded.values())
        if isinstance(read, str):
            problems[posting_id] = read
        else:
            answers[posting_id] = read
    return Reading(answers, problems)


def judged(completion: Completion, prompt: Prompt, titles: Mapping[str, str]) -> Reply[PostingAnswer]:
    """What one completion is good for; `titles` are those of the postings that the prompt holds, by id.

    A refusal, and a prompt that the server has not read to the end, are not repeated: a smaller call may help, the same words will not.
    """
    if completion.finish is Finish.REFUSAL:
        return Reply(problems=dict.fromkeys(titles, "the model refused to answer"), was_cut=True)
    sent = tokens_at_least(prompt.system + prompt.user)
    if 0 < completion.tokens_in < sent:
        read = f"the server read {completion.tokens_in:,} tokens of a prompt of {sent:,} or more: its context is too small"
        return Reply(problems=dict.fromkeys(titles, read), was_cut=True)
    reading = read_answer(completion.text, titles)
    if completion.finish is Finish.LENGTH:
        return Reply(reading.answers, dict.fromkeys(reading.problems, _CUT_OFF), complaint=_CUT_OFF, was_cut=True)
    return Reply(reading.answers, reading.problems, reading.complaint)


def _read_item(found: Sequence[Mapping[str, Any]], title: str, titles: Collection[str]) -> PostingAnswer | str:
    """The answer about one posting, or what is wrong with it; titles are folded."""
    if len(found) != 1:
        return "there is no answer with this id" if not found else f"there are {len(found)} answers with this id"
    try:
        answer = PostingAnswer.model_validate(found[0])
    except ValidationError as error:
        return _described(error)
    echoed = _folded(answer.title)
    if echoed != title and (echoed in titles or (title and fuzz.ratio(echoed, title) < _SAME_TITLE)):
        return "the title is not that of the posting with this id"
    return answer


def _items(text: str) -> list[Mapping[str, Any]]:
    """The items of an answer; thinking and words around the JSON are passed over. Raises ValueError saying what is wrong."""
    decoded = _decoded(_THINKING.sub("", text))
    if isinstance(decoded, dict):
        decoded = decoded.get("postings", [decoded] if "id" in decoded else None)
    if not isinstance(decoded, list):
        raise ValueError('the answer is not an object {"postings": [...]}')
    return [item for item in decoded if isinstance(item, dict)]


def _decoded(text: str) -> Any:
    candidates = list(_json_candidates(text))
    if not candidates:
        raise ValueError("the answer holds no JSON")
    for candidate in candidates:
        try:
            return json.loads(candidate)
        except (ValueError, RecursionError) as error:
            problem = f"the answer is not valid JSON: {error}"
    raise ValueError(problem)


def _json_candidates(text: str) -> Iterator[str]:
    """From the first bracket of either kind to the last that closes it; what begins first, first."""
    pairs = [(text.find(opening), text.rfind(closing)) for opening, closing in ("{}", "[]")]
    for start, end in sorted(pairs):
        if 0 <= start < end:
            yield text[start : end + 1]


def _described(error: ValidationError) -> str:
    """The first problems of an item, as short as a model can use them."""
    told = (f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in error.errors(include_url=False)[:4])
    return "; ".join(told)[:_COMPLAINT_CHARS]


def _folded(title: str) -> str:
    return " ".join(title.casefold().split())


def _inlined(schema: dict[str, Any]) -> dict[str, Any]:
    """Without `$ref`, titles, descriptions and defaults: not every server follows a reference, and none needs the rest."""
    definitions = schema.pop("$defs", {})

    def plain(node: Any) -> Any:
        if isinstance(node, list):
            return [plain(item) for item in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            return plain(definitions[node["$ref"].rsplit("/", 1)[-1]])
        kept = {key: plain(value) for key, value in node.items() if key not in ("title", "description", "default", "properties")}
        if "properties" in node:  # whose keys are names, not keywords
            kept["properties"] = {name: plain(value) for name, value in node["properties"].items()}
        return kept

    inlined: dict[str, Any] = plain(schema)
    return inlined


_POSTING_SCHEMA = _inlined(PostingAnswer.model_json_schema())
