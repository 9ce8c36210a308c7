"""Provider `anthropic`: Claude, through the Messages API and Message Batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

import orjson
from pydantic import BaseModel

from extraction.errors import ProviderError
from extraction.providers.failures import OVERLOADED, refused, unreadable
from extraction.providers.llm import ONE_CALL_A_CONNECTION, BatchAnswer, BatchState, Completion, Endpoint, Finish, Probe, Prompt
from extraction.providers.sdk import NO_KEY, failures, key_check, read

_FINISHES = {
    "end_turn": Finish.STOP,
    "stop_sequence": Finish.STOP,
    "max_tokens": Finish.LENGTH,
    "model_context_window_exceeded": Finish.LENGTH,
    "refusal": Finish.REFUSAL,
}
_STATUSES = {"rate_limit_error": 429, "overloaded_error": OVERLOADED, "api_error": 500, "timeout_error": 504}
"""Statuses of the errors in a batch, which come without one; everything else is our own mistake, 400."""


class Anthropic:
    """Structured output by `output_config.format`; the interface takes no temperature."""

    name: ClassVar[str] = "anthropic"
    tiers: ClassVar[frozenset[int]] = frozenset({2})
    base_url: ClassVar[str] = "https://api.anthropic.com"
    needs_key: ClassVar[bool] = True
    default_models: ClassVar[tuple[str, ...]] = ("claude-sonnet-4-6",)
    batch_limit: ClassVar[int] = 100_000

    def __init__(self, endpoint: Endpoint) -> None:
        import anthropic  # more than a second, for those who call only

        self.model = endpoint.model
        self.context_tokens = endpoint.context_tokens
        self._endpoint = endpoint
        self._sdk = anthropic
        self._client = anthropic.Anthropic(
            api_key=endpoint.api_key or NO_KEY,
            base_url=endpoint.base_url,
            max_retries=0,
            default_headers=ONE_CALL_A_CONNECTION,
            http_client=anthropic.DefaultHttpxClient(timeout=endpoint.timeout_s, follow_redirects=False),
        )

    def complete(self, prompt: Prompt) -> Completion:
        """One answer. Raises ProviderError."""
        with self._failures():
            body = self._client.messages.with_raw_response.create(**self._request(prompt), timeout=self._endpoint.timeout_s).read()
        return _completion(read(self.name, _Message, body))

    def probe(self) -> Probe:
        """Is the server there, and the model? Never raises."""
        try:
            with self._failures():
                found = read(self.name, _Model, self._client.models.with_raw_response.retrieve(self.model).read())
        except ProviderError as error:
            return Probe(ok=False, model=self.model, message=str(error))
        message = f"anthropic at {self._endpoint.address} has {self.model}"
        return Probe(ok=True, model=self.model, message=message, context_tokens=found.max_input_tokens, models=(found.id,))

    def submit(self, prompts: Sequence[tuple[str, Prompt]]) -> str:
        """The id of a new batch. Raises ProviderError."""
        requests: Any = [{"custom_id": custom_id, "params": self._request(prompt)} for custom_id, prompt in prompts]
        with self._failures():
            return read(self.name, _Batch, self._client.messages.batches.with_raw_response.create(requests=requests).read()).id

    def poll(self, batch_id: str) -> BatchAnswer:
        """How a batch stands. Raises ProviderError."""
        with self._failures():
            batch = read(self.name, _Batch, self._client.messages.batches.with_raw_response.retrieve(batch_id).read())
            if batch.processing_status != "ended":
                return BatchAnswer(BatchState.RUNNING)
            return _batch_answer(self._lines(batch_id))

    def cancel(self, batch_id: str) -> None:
        """Ask a batch to stop. Raises ProviderError."""
        with self._failures():
            read(self.name, _Batch, self._client.messages.batches.with_raw_response.cancel(batch_id).read())

    @contextmanager
    def _failures(self) -> Iterator[None]:
        key_check(self, self._endpoint)
        with failures(self.name, self._sdk, self._endpoint):
            yield

    def _request(self, prompt: Prompt) -> dict[str, Any]:
        # The client's own rewriting: bounds that the interface refuses become words in descriptions.
        schema = self._sdk.transform_schema(dict(prompt.schema))
        return {
            "model": self.model,
            "max_tokens": prompt.max_tokens,
            "system": prompt.system,
            "messages": [{"role": "user", "content": prompt.user}],
            "output_config": {"format": {"type": "json_schema", "schema": schema}},
        }

    def _lines(self, batch_id: str) -> list[_Line]:
        results = self._client.messages.batches.with_raw_response.results(batch_id)
        return [read(self.name, _Line, line) for line in results.read().splitlines() if line.strip()]


class _Block(BaseModel):
    type: str
    text: str = ""


class _Usage(BaseModel):
    input_tokens: int
    output_tokens: int
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None


class _Message(BaseModel):
    model: str
    content: list[_Block]
    stop_reason: str | None
    usage: _Usage


class _Model(BaseModel):
    id: str
    max_input_tokens: int | None = None


class _Batch(BaseModel):
    id: str
    processing_status: str


class _Error(BaseModel):
    type: str
    message: str = ""


class _Errored(BaseModel):
    error: _Error


class _Result(BaseModel):
    type: str
    message: _Message | None = None
    error: _Errored | None = None


class _Line(BaseModel):
    custom_id: str
    result: _Result


def _completion(message: _Message) -> Completion:
    """Thinking comes in blocks of its own and is left out; tokens read from or written to the cache are tokens sent."""
    if message.stop_reason not in _FINISHES:
        raise unreadable(Anthropic.name, "", f"stop_reason {message.stop_reason!r}")
    usage = message.usage
    return Completion(
        text="".join(block.text for block in message.content if block.type == "text").strip(),
        tokens_in=usage.input_tokens + (usage.cache_creation_input_tokens or 0) + (usage.cache_read_input_tokens or 0),
        tokens_out=usage.output_tokens,
        finish=_FINISHES[message.stop_reason],
        model=message.model,
    )


def _batch_answer(lines: Sequence[_Line]) -> BatchAnswer:
    completions: dict[str, Completion] = {}
    failed: dict[str, ProviderError] = {}
    for line in lines:
        try:
            completions[line.custom_id] = _completion_of(line.result)
        except ProviderError as error:
            failed[line.custom_id] = error
    return BatchAnswer(BatchState.ENDED, completions, failed)


def _completion_of(result: _Result) -> Completion:
    if result.message is not None:
        return _completion(result.message)
    if result.error is not None:
        error = result.error.error
        raise refused(Anthropic.name, _STATUSES.get(error.type, 400), orjson.dumps(error.model_dump()).decode(), {})
    raise ProviderError(f"anthropic did not run it: the batch {result.type} first", retryable=True)
