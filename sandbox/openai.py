"""The OpenAI API (platform.openai.com/docs/api-reference): models, chat completions, files and batches."""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import orjson

from sandbox.answers import Answer, Question, as_json
from sandbox.faults import Place
from sandbox.llm.batches import Batch, Batches, Outcome
from sandbox.llm.exchange import Asked, Ending, Model, Written
from sandbox.llm.mishaps import write
from sandbox.llm.vendor import RefusedRequestError, decoded, line_outcome, schemas_in
from sandbox.world import World

_CHAT = "/v1/chat/completions"
_BATCH = re.compile(r"^/v1/batches/(?P<id>[^/]+)(?P<cancel>/cancel)?$")
_CONTENT = re.compile(r"^/v1/files/(?P<id>[^/]+)/content$")
_PART = re.compile(rb'name="(?P<name>[^"]+)"')
_FINISHES = {Ending.STOP: "stop", Ending.LENGTH: "length", Ending.REFUSAL: "stop"}
_ERROR_TYPES = {401: "invalid_request_error", 429: "rate_limit_error"}
_DEFAULT_LIMIT = 16_384
_BOUNDS = {"maxLength", "minimum", "maximum", "pattern", "maxItems", "minItems"}
_NOT_JSON = "We could not parse the JSON body of your request."
_BAD_LINE = {"code": "invalid_json_line", "message": "This line is not parseable as valid JSON.", "line": 1}


class OpenAI:
    """`/v1/models`, `/v1/chat/completions`, `/v1/files`, `/v1/batches`."""

    name = "openai"

    def __init__(self, world: World, model: Model, models: Sequence[str]) -> None:
        self._world = world
        self._model = model
        self._models = models
        self._files: dict[str, bytes] = {}
        self._numbers = itertools.count(1)
        self._batches = Batches("batch_")

    def board_of(self, path: str) -> str | None:
        """What a request is about: chat, models, files, batches; `item` is a line of a batch. Faults can be meant for one of them."""
        parts = path.split("/")
        return parts[2] if len(parts) > 2 else None

    async def answer(self, question: Question) -> Answer:
        try:
            value = await self._value(question)
        except RefusedRequestError as error:
            return as_json(_error(error), status=error.status)
        return Answer(body=value, content_type="application/octet-stream") if isinstance(value, bytes) else as_json(value)

    def refusal(self, status: int) -> Answer:
        """An error as OpenAI words it."""
        kind = _ERROR_TYPES.get(status, "server_error" if status >= 500 else "invalid_request_error")
        error = {"message": f"The server answers {status} on purpose.", "type": kind, "param": None, "code": None}
        return as_json({"error": error}, status=status)

    async def _value(self, question: Question) -> Any:
        """What is answered: JSON, or the bytes of a file."""
        get = question.method == "GET"
        if question.path == "/v1/models" and get:
            return {
                "object": "list",
                "data": [{"id": name, "object": "model", "created": 0, "owned_by": "sandbox"} for name in self._models],
            }
        if question.path == _CHAT and not get:
            return await self._chat(decoded(question.body, _NOT_JSON), question.mishap)
        if question.path == "/v1/files" and not get:
            return self._keep(_parts(question.body).get("file", b""))
        if question.path == "/v1/batches" and not get:
            return self._begin(decoded(question.body, _NOT_JSON), is_refused=question.mishap == "batch-refused")
        if match := _CONTENT.match(question.path):
            return self._file(match["id"])
        if match := _BATCH.match(question.path):
            return self._look(match["id"], cancel=bool(match["cancel"]))
        raise RefusedRequestError(f"Invalid URL ({question.method} {question.path})", status=404)

    async def _chat(self, body: Mapping[str, Any], mishap: str | None) -> dict[str, Any]:
        if body.get("model") not in self._models:
            raise RefusedRequestError(f"The model `{body.get('model')}` does not exist", status=404, code="model_not_found")
        _check_known(body, mishap)
        return _told(str(body["model"]), await write(self._model, _asked(body), mishap))

    def _keep(self, content: bytes) -> dict[str, Any]:
        file_id = f"file-{next(self._numbers):06d}"
        self._files[file_id] = content
        return {"id": file_id, "object": "file", "bytes": len(content), "created_at": _now(), "filename": "batch.jsonl",
                "purpose": "batch", "status": "processed"}  # fmt: skip

    def _file(self, file_id: str) -> bytes:
        if file_id not in self._files:
            raise RefusedRequestError(f"No such File object: {file_id}", status=404)
        return self._files[file_id]

    def _begin(self, body: Mapping[str, Any], *, is_refused: bool) -> dict[str, Any]:
        lines = [orjson.loads(line) for line in self._file(str(body.get("input_file_id"))).splitlines() if line.strip()]
        items = {str(line["custom_id"]): line["body"] for line in lines}
        if len(items) != len(lines):
            raise RefusedRequestError("The custom_id of each line must be unique", param="input_file_id")
        batch = self._batches.add({} if is_refused else items, self._ask, str(body["input_file_id"]))
        return self._described(batch)

    async def _ask(self, custom_id: str, body: Mapping[str, Any]) -> Outcome:
        """One line of a batch, with its own share of faults."""
        fault = self._world.plan.pick(Place(self.name, "", f"/v1/batches#{custom_id}", "item"))
        return await line_outcome(custom_id, fault, ask=partial(self._chat, body), refusal=self.refusal, error=_error)

    def _look(self, batch_id: str, *, cancel: bool) -> dict[str, Any]:
        batch = self._batches.find(batch_id)
        if batch is None:
            raise RefusedRequestError(f"No batch found with id '{batch_id}'.", status=404)
        if cancel:
            batch.cancel()
        batch.look()
        return self._described(batch)

    def _described(self, batch: Batch) -> dict[str, Any]:
        done = [outcome for outcome in batch.outcomes or () if outcome.fate == "answered"]
        rest = [outcome for outcome in batch.outcomes or () if outcome.fate != "answered"]
        return {
            "id": batch.id, "object": "batch", "endpoint": _CHAT, "completion_window": "24h",
            "errors": None if batch.custom_ids else {"object": "list", "data": [_BAD_LINE]},
            "input_file_id": batch.input_file_id, "created_at": _now(), "status": _state(batch),
            "output_file_id": self._written(batch, "output", done), "error_file_id": self._written(batch, "error", rest),
            "request_counts": {"total": len(batch.custom_ids), "completed": len(done), "failed": len(rest)},
        }  # fmt: skip

    def _written(self, batch: Batch, kind: str, outcomes: Sequence[Outcome]) -> str | None:
        """The file of results; none where there are none."""
        if not outcomes:
            return None
        file_id = f"file-{kind}-{batch.id}"
        # In another order than they were asked: it is the custom id that counts.
        self._files[file_id] = b"".join(orjson.dumps(_line(outcome)) + b"\n" for outcome in reversed(outcomes))
        return file_id


def _asked(body: Mapping[str, Any]) -> Asked:
    texts = {role: "\n".join(m["content"] for m in body["messages"] if m["role"] == role) for role in ("system", "user")}
    form = body.get("response_format") or {}
    schema = form["json_schema"]["schema"] if form.get("type") == "json_schema" else None
    limit = body.get("max_completion_tokens") or body.get("max_tokens") or _DEFAULT_LIMIT
    return Asked(body["model"], texts["system"], texts["user"], schema or _schema_in(texts["system"], form), int(limit))


def _schema_in(system: str, form: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """A model follows a schema that stands in its instructions as well, when it wants to."""
    start = system.find('{"type": "object"')
    if start < 0 or form.get("type") == "json_schema":
        return None
    schema: Mapping[str, Any] = orjson.loads(system[start:])
    return schema


def _check_known(body: Mapping[str, Any], mishap: str | None) -> None:
    """Refuse what this model or server does not know, as strict structured output and other servers do."""
    form = (body.get("response_format") or {}).get("type")
    if (mishap == "no-json-schema" and form == "json_schema") or (mishap == "no-response-format" and form):
        raise RefusedRequestError(f"response_format: type {form} is not supported by this server", param="response_format")
    if mishap == "no-max-tokens" and "max_tokens" in body:
        message = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
        raise RefusedRequestError(message, param="max_tokens", code="unsupported_parameter")
    if mishap == "no-temperature" and "temperature" in body:
        message = "Unsupported value: 'temperature' does not support 0 with this model. Only the default (1) value is supported."
        raise RefusedRequestError(message, param="temperature", code="unsupported_value")
    if form == "json_schema":
        wrong = next(_not_strict(body["response_format"]["json_schema"]["schema"], mishap == "no-bounds"), None)
        if wrong:
            raise RefusedRequestError(f"Invalid schema for response_format 'answer': {wrong}", param="response_format")


def _not_strict(schema: Any, no_bounds: bool) -> Iterator[str]:
    """What strict structured output refuses in a schema."""
    for part in schemas_in(schema):
        if part.get("type") == "object" and part.get("additionalProperties") is not False:
            yield "'additionalProperties' is required to be supplied and to be false"
        if part.get("type") == "object" and set(part.get("required", ())) != set(part.get("properties", {})):
            yield "'required' is required to be supplied and to be an array including every key in properties"
        if no_bounds and (bound := part.keys() & _BOUNDS):
            yield f"'{min(bound)}' is not permitted"


def _told(model: str, written: Written) -> dict[str, Any]:
    refused = written.ending is Ending.REFUSAL
    message = {"role": "assistant", "content": None if refused else written.text, "refusal": written.text if refused else None}
    usage = {"prompt_tokens": written.tokens_in, "completion_tokens": written.tokens_out}
    return {
        "id": "chatcmpl-sandbox", "object": "chat.completion", "created": _now(), "model": model,
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": _FINISHES[written.ending]}],
        "usage": {**usage, "total_tokens": sum(usage.values())},
    }  # fmt: skip


def _line(outcome: Outcome) -> dict[str, Any]:
    """A line of a results file."""
    line: dict[str, Any] = {"id": f"batch_req_{outcome.custom_id}", "custom_id": outcome.custom_id, "response": None, "error": None}
    if outcome.fate in ("answered", "errored"):
        return {**line, "response": {"status_code": outcome.status, "request_id": "req_sandbox", "body": outcome.body}}
    never = {"expired": "This request could not be executed before the completion window expired.", "cancelled": "The batch was cancelled."}
    return {**line, "error": {"code": f"batch_{outcome.fate}", "message": never[outcome.fate]}}


def _state(batch: Batch) -> str:
    if not batch.custom_ids:
        return "failed"
    if not batch.is_ended:
        return "in_progress"
    return "cancelled" if batch.is_cancelled else "expired" if batch.count("expired") else "completed"


def _error(error: RefusedRequestError) -> dict[str, Any]:
    return {"error": {"message": str(error), "type": "invalid_request_error", "param": error.param, "code": error.code}}


def _parts(body: bytes) -> dict[str, bytes]:
    """The parts of a multipart body by name; its boundary is its first line."""
    boundary = body.split(b"\r\n", 1)[0]
    found: dict[str, bytes] = {}
    for part in body.split(boundary)[1:-1]:
        head, _, content = part.partition(b"\r\n\r\n")
        if match := _PART.search(head):
            found[match["name"].decode()] = content.removesuffix(b"\r\n")
    return found


def _now() -> int:
    return int(time.time())
