"""What an OpenAI-compatible server understands, learnt from what it refuses. Pure: no network.

Models and servers differ in how the answer's length is limited, whether a temperature may be set and which form of
structured output they know. A refusal costs nothing; what was refused once is not sent again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from extraction.providers.llm import Prompt

SCHEMA_NAME = "answer"
BOUNDS = frozenset(
    {"minLength", "maxLength", "pattern", "format", "minimum", "maximum", "multipleOf", "minItems", "maxItems", "uniqueItems"}
)
"""Keywords that strict structured output may refuse. An answer is validated against the whole schema in any case."""


class Form(StrEnum):
    """How the answer's form is asked for, best first."""

    SCHEMA = "json_schema"
    UNBOUNDED_SCHEMA = "json_schema without bounds"
    JSON_OBJECT = "json_object"
    PLAIN = "nothing but the prompt"


_FORMS = tuple(Form)
# Not "schema" alone: some servers quote the prompt in their errors, and postings speak of schemas.
_ABOUT_FORM = ("response_format", "json_schema", "json schema", "grammar", "structured output")
_FORM_STATUSES = frozenset({400, 422, 500})


class Dialect:
    """Starts with what the documents describe; `concede` gives up one thing at a time."""

    def __init__(self, length_name: str = "max_tokens") -> None:
        self.form = Form.SCHEMA
        self._length_name = length_name
        self._sets_temperature = True

    def body(self, model: str, prompt: Prompt) -> dict[str, Any]:
        """The request of one completion, as the chat completions interface takes it."""
        body: dict[str, Any] = {
            "model": model,
            "messages": [{"role": "system", "content": self._system(prompt)}, {"role": "user", "content": prompt.user}],
            self._length_name: prompt.max_tokens,
        }
        if self._sets_temperature:
            body["temperature"] = 0
        if form := self._response_format(prompt.schema):
            body["response_format"] = form
        return body

    def concede(self, status: int, message: str) -> str | None:
        """What is given up after this refusal, in words for the log; None when it is about something else, or nothing is left."""
        told = message.casefold()
        if status == 400 and self._length_name in told and "max_completion_tokens" in told and self._length_name == "max_tokens":
            self._length_name = "max_completion_tokens"
            return "max_tokens: max_completion_tokens limits the answer instead"
        if status == 400 and self._sets_temperature and "temperature" in told:
            self._sets_temperature = False
            return "temperature: the model's own is used"
        if status in _FORM_STATUSES and any(word in told for word in _ABOUT_FORM) and self.form is not _FORMS[-1]:
            refused, self.form = self.form, _FORMS[_FORMS.index(self.form) + 1]
            return f"{refused}: {self.form} asks for the form instead"
        return None

    def _system(self, prompt: Prompt) -> str:
        """With the schema in words where the server does not enforce it."""
        if self.form in (Form.SCHEMA, Form.UNBOUNDED_SCHEMA):
            return prompt.system
        return f"{prompt.system}\n\nAnswer with one JSON object that follows this JSON schema:\n{json.dumps(prompt.schema)}"

    def _response_format(self, schema: Mapping[str, Any]) -> dict[str, Any] | None:
        if self.form is Form.PLAIN:
            return None
        if self.form is Form.JSON_OBJECT:
            return {"type": "json_object"}
        sent = dict(schema) if self.form is Form.SCHEMA else without_bounds(schema)
        return {"type": "json_schema", "json_schema": {"name": SCHEMA_NAME, "strict": True, "schema": sent}}


def without_bounds(schema: Any) -> Any:
    """A JSON schema without the keywords in BOUNDS; names of properties are left alone."""
    if isinstance(schema, list):
        return [without_bounds(item) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    kept = {key: without_bounds(value) for key, value in schema.items() if key not in BOUNDS and key != "properties"}
    if "properties" in schema:
        kept["properties"] = {name: without_bounds(value) for name, value in schema["properties"].items()}
    return kept
