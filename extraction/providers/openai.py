"""Provider `openai`: OpenAI, and any server that speaks its chat completions (vLLM, llama.cpp), by base URL."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

import orjson
from pydantic import BaseModel, Field

from extraction.errors import ProviderError
from extraction.providers.failures import refused, shortened, unreadable
from extraction.providers.llm import ONE_CALL_A_CONNECTION, BatchAnswer, BatchState, Completion, Endpoint, Finish, Probe, Prompt
from extraction.providers.openai_dialect import Dialect
from extraction.providers.sdk import NO_KEY, failures, key_check, read
from extraction.providers.thinking import without_thinking

logger = logging.getLogger(__name__)

_FINISHES = {"stop": Finish.STOP, "eos_token": Finish.STOP, "length": Finish.LENGTH, "content_filter": Finish.REFUSAL}
_RUNNING = frozenset({"validating", "in_progress", "finalizing", "cancelling"})


class OpenAI:
    """Live answers through chat completions, and batches of them at half the price."""

    name: ClassVar[str] = "openai"
    tiers: ClassVar[frozenset[int]] = frozenset({1, 2})
    base_url: ClassVar[str] = "https://api.openai.com/v1"
    needs_key: ClassVar[bool] = True
    default_models: ClassVar[tuple[str, ...]] = ("gpt-4.1",)
    batch_limit: ClassVar[int] = 50_000

    def __init__(self, endpoint: Endpoint) -> None:
        import openai  # a second, for those who call only

        self.model = endpoint.model
        self.context_tokens = endpoint.context_tokens
        self._endpoint = endpoint
        self._sdk = openai
        # `max_tokens` is what every compatible server knows; OpenAI itself calls it outdated.
        self._dialect = Dialect("max_completion_tokens" if endpoint.base_url == self.base_url else "max_tokens")
        self._client = openai.OpenAI(
            api_key=endpoint.api_key or NO_KEY,
            base_url=endpoint.base_url,
            max_retries=0,
            default_headers=ONE_CALL_A_CONNECTION,
            http_client=openai.DefaultHttpxClient(timeout=endpoint.timeout_s, follow_redirects=False),
        )

    def complete(self, prompt: Prompt) -> Completion:
        """One answer. Raises ProviderError."""
        with self._failures():
            body = self._ask(prompt)
        return _completion(read(self.name, _Chat, body))

    def probe(self) -> Probe:
        """Is the server there, and the model? Never raises."""
        try:
            with self._failures():
                listed = read(self.name, _Models, self._client.models.with_raw_response.list().content)
        except ProviderError as error:
            return Probe(ok=False, model=self.model, message=str(error))
        there = {model.id: model for model in listed.data}
        models = tuple(sorted(there))
        if self.model not in there:
            return Probe(ok=False, model=self.model, message=self._absent(models), models=models)
        message = f"openai at {self._endpoint.address} has {self.model}"
        return Probe(ok=True, model=self.model, message=message, context_tokens=there[self.model].max_model_len, models=models)

    def submit(self, prompts: Sequence[tuple[str, Prompt]]) -> str:
        """The id of a new batch. Raises ProviderError."""
        lines = b"".join(orjson.dumps(self._line(custom_id, prompt)) + b"\n" for custom_id, prompt in prompts)
        with self._failures():
            file = self._client.files.with_raw_response.create(file=("batch.jsonl", lines), purpose="batch")
            batch = self._client.batches.with_raw_response.create(
                input_file_id=read(self.name, _Named, file.content).id,
                endpoint="/v1/chat/completions",
                completion_window="24h",
            )
            return read(self.name, _Named, batch.content).id

    def poll(self, batch_id: str) -> BatchAnswer:
        """How a batch stands. Raises ProviderError, also for a batch that was refused as a whole."""
        with self._failures():
            batch = read(self.name, _Batch, self._client.batches.with_raw_response.retrieve(batch_id).content)
            if batch.status in _RUNNING:
                return BatchAnswer(BatchState.RUNNING)
            if batch.status == "failed":
                raise ProviderError(f"openai refused batch {batch_id}: {batch.reasons()}", retryable=False)
            lines = [line for file in (batch.output_file_id, batch.error_file_id) if file for line in self._lines(file)]
        return _batch_answer(lines)

    def cancel(self, batch_id: str) -> None:
        """Ask a batch to stop. Raises ProviderError."""
        with self._failures():
            read(self.name, _Named, self._client.batches.with_raw_response.cancel(batch_id).content)

    @contextmanager
    def _failures(self) -> Iterator[None]:
        key_check(self, self._endpoint)
        with failures(self.name, self._sdk, self._endpoint):
            yield

    def _ask(self, prompt: Prompt) -> bytes:
        """The body of an answer; what the server does not know is given up, once each, and asked again at once."""
        while True:
            try:
                return self._client.chat.completions.with_raw_response.create(**self._dialect.body(self.model, prompt)).content
            except self._sdk.APIStatusError as error:
                conceded = self._dialect.concede(error.status_code, error.response.text)
                if conceded is None:
                    raise
                logger.warning("openai at %s does not take %s", self._endpoint.address, conceded)

    def _line(self, custom_id: str, prompt: Prompt) -> dict[str, Any]:
        body = self._dialect.body(self.model, prompt)
        return {"custom_id": custom_id, "method": "POST", "url": "/v1/chat/completions", "body": body}

    def _lines(self, file_id: str) -> list[_Line]:
        content = self._client.files.content(file_id).content
        return [read(self.name, _Line, line) for line in content.splitlines() if line.strip()]

    def _absent(self, models: tuple[str, ...]) -> str:
        there = f"it has {', '.join(models[:20])}" if models else "it lists none"
        return f"openai at {self._endpoint.address} answers but has no model {self.model} ({there}): set the model's name to one of these"


class _Message(BaseModel):
    content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Usage(BaseModel):
    prompt_tokens: int = 0
    completion_tokens: int = 0


class _Chat(BaseModel):
    model: str
    choices: list[_Choice] = Field(min_length=1)
    usage: _Usage = _Usage()
    """Some servers do not tell."""


class _Model(BaseModel):
    id: str
    max_model_len: int | None = None
    """vLLM's own."""


class _Models(BaseModel):
    data: list[_Model]


class _Named(BaseModel):
    id: str


class _Errors(BaseModel):
    data: list[Mapping[str, Any]] | None = None


class _Batch(BaseModel):
    status: str
    output_file_id: str | None = None
    error_file_id: str | None = None
    errors: _Errors | None = None

    def reasons(self) -> str:
        """Why it was refused, in the vendor's words."""
        told = [str(error.get("message")) for error in (self.errors and self.errors.data) or ()]
        return shortened("; ".join(told) or "it does not say why")


class _Response(BaseModel):
    status_code: int
    body: Any


class _Line(BaseModel):
    custom_id: str
    response: _Response | None = None
    error: Mapping[str, Any] | None = None


def _completion(chat: _Chat) -> Completion:
    choice = chat.choices[0]
    if choice.finish_reason not in _FINISHES:
        raise unreadable(OpenAI.name, choice.message.content or "", f"finish_reason {choice.finish_reason!r}")
    return Completion(
        text=without_thinking(choice.message.content or choice.message.refusal or ""),
        tokens_in=chat.usage.prompt_tokens,
        tokens_out=chat.usage.completion_tokens,
        finish=Finish.REFUSAL if choice.message.refusal else _FINISHES[choice.finish_reason],
        model=chat.model,
    )


def _batch_answer(lines: Sequence[_Line]) -> BatchAnswer:
    completions: dict[str, Completion] = {}
    failed: dict[str, ProviderError] = {}
    for line in lines:
        try:
            completions[line.custom_id] = _completion_of(line)
        except ProviderError as error:
            failed[line.custom_id] = error
    return BatchAnswer(BatchState.ENDED, completions, failed)


def _completion_of(line: _Line) -> Completion:
    if line.response is None:  # never run: the window closed, or the batch was cancelled
        reason = (line.error or {}).get("message") or (line.error or {}).get("code")
        raise ProviderError(f"openai did not run it: {shortened(reason)}", retryable=True)
    body = orjson.dumps(line.response.body)
    if line.response.status_code != 200:
        raise refused(OpenAI.name, line.response.status_code, body.decode(), {})
    return _completion(read(OpenAI.name, _Chat, body))
