"""The Claude API (platform.claude.com/docs/en/api): models, messages and message batches."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
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

_BATCH = re.compile(r"^/v1/messages/batches/(?P<id>[^/]+)(?:/(?P<what>cancel|results))?$")
_CUSTOM_ID = re.compile(r"^[a-zA-Z0-9_-]{1,64}$")
_REASONS = {Ending.STOP: "end_turn", Ending.LENGTH: "max_tokens", Ending.REFUSAL: "refusal"}
_ERRORS = {
    400: "invalid_request_error", 401: "authentication_error", 403: "permission_error", 404: "not_found_error", 413: "request_too_large",
    429: "rate_limit_error", 500: "api_error", 504: "timeout_error", 529: "overloaded_error",
}  # fmt: skip
_NOT_JSON = "The request body is not valid JSON"
_NOT_SUPPORTED = {
    "string": {"minLength", "maxLength", "pattern"},
    "number": {"minimum", "maximum", "multipleOf"},
    "integer": {"minimum", "maximum", "multipleOf"},
    "array": {"maxItems", "uniqueItems"},
}


class Anthropic:
    """`/v1/models/{id}`, `/v1/messages`, `/v1/messages/batches`."""

    name = "anthropic"

    def __init__(self, world: World, model: Model, models: Sequence[str]) -> None:
        self._world = world
        self._model = model
        self._models = models
        self._batches = Batches("msgbatch_")

    def board_of(self, path: str) -> str | None:
        """What a request is about: messages, batches, models; `item` is one request of a batch. Faults can be meant for one of them."""
        parts = path.split("/")
        if len(parts) < 3:
            return None
        return "batches" if parts[2:4] == ["messages", "batches"] else parts[2]

    async def answer(self, question: Question) -> Answer:
        try:
            return await self._answered(question)
        except RefusedRequestError as error:
            return _refused(error.status, str(error))

    def refusal(self, status: int) -> Answer:
        """An error as Anthropic words it."""
        return _refused(status, "Overloaded" if status == 529 else f"The server answers {status} on purpose.")

    async def _answered(self, question: Question) -> Answer:
        posted = question.method == "POST"
        if question.path == "/v1/messages" and posted:
            return as_json(await self._message(decoded(question.body, _NOT_JSON), question.mishap))
        if question.path == "/v1/messages/batches" and posted:
            return as_json(self._begin(decoded(question.body, _NOT_JSON), question.base_url))
        if match := _BATCH.match(question.path):
            return self._look(match["id"], match["what"], question.base_url)
        model = question.path.removeprefix("/v1/models/")
        if model in self._models:
            return as_json({"type": "model", "id": model, "display_name": model, "created_at": _time(0), "lifecycle": "active",
                            "max_input_tokens": 200_000})  # fmt: skip
        raise RefusedRequestError(f"model: {model}" if model != question.path else "Not found", status=404)

    async def _message(self, body: Mapping[str, Any], mishap: str | None) -> dict[str, Any]:
        if body.get("model") not in self._models:
            raise RefusedRequestError(f"model: {body.get('model')}", status=404)
        if "max_tokens" not in body:
            raise RefusedRequestError("max_tokens: Field required")
        schema = ((body.get("output_config") or {}).get("format") or {}).get("schema")
        if wrong := next(_not_supported(schema), None):
            raise RefusedRequestError(f"output_config.format.schema: {wrong}")
        user = "\n".join(m["content"] for m in body["messages"])
        asked = Asked(body["model"], body.get("system", ""), user, schema, int(body["max_tokens"]))
        return _told(body["model"], await write(self._model, asked, mishap))

    def _begin(self, body: Mapping[str, Any], base_url: str) -> dict[str, Any]:
        requests = body.get("requests") or []
        items = {str(request["custom_id"]): request["params"] for request in requests}
        if not items or len(items) != len(requests) or not all(map(_CUSTOM_ID.match, items)):
            raise RefusedRequestError("requests: custom_id must be unique and match ^[a-zA-Z0-9_-]{1,64}$")
        return _described(self._batches.add(items, self._ask), base_url)

    async def _ask(self, custom_id: str, body: Mapping[str, Any]) -> Outcome:
        """One request of a batch, with its own share of faults."""
        fault = self._world.plan.pick(Place(self.name, "", f"/v1/messages/batches#{custom_id}", "item"))
        return await line_outcome(custom_id, fault, ask=partial(self._message, body), refusal=self.refusal, error=_error_of)

    def _look(self, batch_id: str, what: str | None, base_url: str) -> Answer:
        batch = self._batches.find(batch_id)
        if batch is None:
            raise RefusedRequestError(f"Message Batch {batch_id} not found", status=404)
        if what == "results":
            return Answer(body=_results(batch), content_type="application/x-jsonl")
        if what == "cancel":
            batch.cancel()
        batch.look()
        return as_json(_described(batch, base_url))


def _told(model: str, written: Written) -> dict[str, Any]:
    return {
        "id": "msg_sandbox", "type": "message", "role": "assistant", "model": model,
        "content": [{"type": "text", "text": written.text}] if written.text else [],
        "stop_reason": _REASONS[written.ending], "stop_sequence": None,
        "usage": {"input_tokens": written.tokens_in, "output_tokens": written.tokens_out,
                  "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0},
    }  # fmt: skip


def _described(batch: Batch, base_url: str) -> dict[str, Any]:
    running = 0 if batch.is_ended else len(batch.custom_ids)
    counts = {"processing": running, "succeeded": batch.count("answered"), "errored": batch.count("errored"),
              "canceled": batch.count("cancelled"), "expired": batch.count("expired")}  # fmt: skip
    return {
        "id": batch.id, "type": "message_batch", "processing_status": "ended" if batch.is_ended else "in_progress",
        "request_counts": counts, "created_at": _time(0), "expires_at": _time(24), "ended_at": _time(0) if batch.is_ended else None,
        "results_url": f"{base_url}/v1/messages/batches/{batch.id}/results" if batch.is_ended else None,
    }  # fmt: skip


def _results(batch: Batch) -> bytes:
    """One line a request, in another order than they were asked: it is the custom id that counts."""
    return b"".join(orjson.dumps({"custom_id": o.custom_id, "result": _result(o)}) + b"\n" for o in reversed(batch.outcomes or []))


def _result(outcome: Outcome) -> dict[str, Any]:
    if outcome.fate == "answered":
        return {"type": "succeeded", "message": outcome.body}
    if outcome.fate == "errored":
        return {"type": "errored", "error": outcome.body}
    return {"type": "canceled" if outcome.fate == "cancelled" else "expired"}


def _not_supported(schema: Any) -> Iterator[str]:
    """What structured output refuses in a schema."""
    for part in schemas_in(schema):
        kind = str(part.get("type"))
        for keyword in sorted(part.keys() & _NOT_SUPPORTED.get(kind, set())):
            yield f"For '{kind}' type, property '{keyword}' is not supported"
        if kind == "object" and part.get("additionalProperties") is not False:
            yield "For 'object' type, 'additionalProperties' must be explicitly set to false"


def _refused(status: int, message: str) -> Answer:
    return as_json(_error(status, message), status=status)


def _error(status: int, message: str) -> dict[str, Any]:
    return {"type": "error", "error": {"type": _ERRORS.get(status, "api_error"), "message": message}, "request_id": "req_sandbox"}


def _error_of(error: RefusedRequestError) -> dict[str, Any]:
    return _error(error.status, str(error))


def _time(hours: int) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat().replace("+00:00", "Z")
