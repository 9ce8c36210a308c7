"""Provider `ollama`: a model on a server of one's own (https://docs.ollama.com)."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar

from extraction.errors import ProviderError
from extraction.providers.failures import refused, too_slow, unreachable, unreadable
from extraction.providers.llm import ONE_CALL_A_CONNECTION, Completion, Endpoint, Finish, Probe, Prompt
from extraction.providers.thinking import without_thinking

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx
    from ollama import ChatResponse, ShowResponse

KEEP_ALIVE = "30m"
"""A model that is unloaded between two batches takes longer to load than to answer; Ollama's own 5 minutes are too short."""

_FINISHES = {"stop": Finish.STOP, "length": Finish.LENGTH}


class Ollama:
    """Structured output by `format`; the context is asked for with every call, since Ollama cuts longer prompts silently."""

    name: ClassVar[str] = "ollama"
    tiers: ClassVar[frozenset[int]] = frozenset({1})
    base_url: ClassVar[str] = "http://localhost:11434"
    needs_key: ClassVar[bool] = False
    default_models: ClassVar[tuple[str, ...]] = ("qwen3:4b-instruct", "qwen3:4b")

    def __init__(self, endpoint: Endpoint) -> None:
        import ollama  # a fifth of a second, for those who call only

        self.model = endpoint.model
        self.context_tokens = endpoint.context_tokens
        self._endpoint = endpoint
        key = {"Authorization": f"Bearer {endpoint.api_key}"} if endpoint.api_key else {}
        self._client = ollama.Client(
            endpoint.base_url,
            timeout=endpoint.timeout_s,
            follow_redirects=False,
            headers={**ONE_CALL_A_CONNECTION, **key},
            event_hooks={"response": [_refuse]},
        )
        self._thinks: bool | None = None

    def complete(self, prompt: Prompt) -> Completion:
        """One answer. Raises ProviderError."""
        with self._failures():
            thinks = self._thinks_cached()
            answer = self._client.chat(
                model=self.model,
                messages=[{"role": "system", "content": prompt.system}, {"role": "user", "content": prompt.user}],
                format=dict(prompt.schema),
                options=self._options(prompt),
                # Only to models that think: on others `think` makes some servers ignore `format` (ollama#14645).
                think=False if thinks else None,
                keep_alive=KEEP_ALIVE,
            )
        return _completion(answer, self.model)

    def probe(self) -> Probe:
        """Is the server there, and the model? Never raises."""
        try:
            with self._failures():
                models = tuple(sorted(model.model for model in self._client.list().models if model.model))
                if _tagged(self.model) not in models:
                    return Probe(ok=False, model=self.model, message=self._absent(models), models=models)
                shown = self._client.show(self.model)
        except ProviderError as error:
            return Probe(ok=False, model=self.model, message=str(error))
        self._thinks = _thinks(shown)
        return Probe(
            ok=True,
            model=self.model,
            message=self._described(shown),
            thinking=self._thinks,
            context_tokens=_context_length(shown),
            models=models,
        )

    def _options(self, prompt: Prompt) -> dict[str, float]:
        options: dict[str, float] = {"temperature": 0, "num_predict": prompt.max_tokens}
        return options | ({"num_ctx": self.context_tokens} if self.context_tokens else {})

    def _thinks_cached(self) -> bool:
        if self._thinks is None:
            self._thinks = _thinks(self._client.show(self.model))
        return self._thinks

    @contextmanager
    def _failures(self) -> Iterator[None]:
        """Every failure of client, network and server as a ProviderError."""
        import httpx

        where = self._endpoint.address
        try:
            yield
        except httpx.TimeoutException as error:
            raise too_slow(self.name, where, self._endpoint.timeout_s) from error
        except (httpx.HTTPError, httpx.InvalidURL, ConnectionError) as error:
            raise unreachable(self.name, where, str(error) or type(error).__name__) from error
        except (ValueError, TypeError) as error:  # no JSON, or not Ollama's
            raise unreadable(self.name, "", str(error)) from error

    def _absent(self, models: tuple[str, ...]) -> str:
        there = f"it has {', '.join(models)}" if models else "it has none yet"
        return f"ollama at {self._endpoint.address} answers but has no model {self.model} ({there}): run `ollama pull {self.model}`"

    def _described(self, shown: ShowResponse) -> str:
        text = f"ollama at {self._endpoint.address} has {self.model}"
        length = _context_length(shown)
        if length:
            text += f", context {length:,} tokens, of which {min(length, self.context_tokens or length):,} are used"
        if _thinks(shown):
            text += "; it is a thinking build: slower, and it may answer invalid JSON. Prefer an instruct build, e.g. qwen3:4b-instruct"
        return text


def _refuse(response: httpx.Response) -> None:
    """Before the client makes its own error of it, which would lose Retry-After."""
    if not response.is_success:
        response.read()
        raise refused(Ollama.name, response.status_code, response.text, response.headers)


def _completion(answer: ChatResponse, model: str) -> Completion:
    if answer.done_reason not in _FINISHES:
        raise ProviderError(f"ollama ended without an answer (done_reason {answer.done_reason!r})", retryable=True)
    return Completion(
        text=without_thinking(answer.message.content or ""),
        tokens_in=answer.prompt_eval_count or 0,
        tokens_out=answer.eval_count or 0,
        finish=_FINISHES[answer.done_reason],
        model=answer.model or model,
    )


def _thinks(shown: ShowResponse) -> bool:
    return "thinking" in (shown.capabilities or ())


def _context_length(shown: ShowResponse) -> int | None:
    """`<architecture>.context_length` of the model's own description."""
    lengths = [value for key, value in (shown.modelinfo or {}).items() if key.endswith(".context_length")]
    return int(lengths[0]) if lengths else None


def _tagged(model: str) -> str:
    """Ollama lists every model with its tag; `latest` is meant when none is written."""
    return model if ":" in model.rsplit("/", 1)[-1] else f"{model}:latest"
