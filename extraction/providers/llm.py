"""What a language model is to us: one prompt in, one answer out. No posting, no Django, no database.

A vendor is one class in one file of this package, found by being there (`extraction.providers.llm_registry`). It speaks through the
vendor's official client, whose own retries are off: whoever calls decides about those. `ProviderError` is all that it raises.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Protocol, runtime_checkable
from urllib.parse import urlsplit, urlunsplit

from extraction.errors import ProviderError

__all__ = [
    "LLM",
    "ONE_CALL_A_CONNECTION",
    "BatchAnswer",
    "BatchLLM",
    "BatchState",
    "Completion",
    "Endpoint",
    "Finish",
    "Probe",
    "Prompt",
    "ProviderError",
]

ONE_CALL_A_CONNECTION: Mapping[str, str] = {"Connection": "close"}
"""A call takes seconds and nothing is sent twice: a kept connection that the server has shut meanwhile would fail it."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a model is, and how long its server may be silent within one call (`timeout_s`).

    `context_tokens`: prompt and answer together; None leaves it to the server (Ollama would then take 4,096 and cut silently).
    """

    base_url: str
    model: str
    api_key: str = ""
    timeout_s: float = 120.0
    context_tokens: int | None = None

    @property
    def address(self) -> str:
        """The base URL for people: without a name and password that may stand in it."""
        parts = urlsplit(self.base_url)
        return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


@dataclass(frozen=True, slots=True)
class Prompt:
    """One question. `schema` is the JSON schema of the answer: closed objects, every property required, everything bounded."""

    system: str
    user: str
    schema: Mapping[str, Any]
    max_tokens: int


class Finish(StrEnum):
    """Why the model stopped: it was done, `max_tokens` or the context was full, or it declined to answer."""

    STOP = "stop"
    LENGTH = "length"
    REFUSAL = "refusal"


@dataclass(frozen=True, slots=True)
class Completion:
    """What the vendor answered, nothing interpreted; only thinking is taken out of the text.

    Tokens are the vendor's own count, 0 where it does not tell. A `tokens_in` well below what was sent means that the prompt was cut.
    """

    text: str
    tokens_in: int
    tokens_out: int
    finish: Finish
    model: str


@dataclass(frozen=True, slots=True)
class Probe:
    """What one look at a model found, without asking it to write. `message` says what to do when not `ok`.

    `thinking`: the model writes its thoughts first, which costs time and can break structured output.
    `models`: what the server has, when it tells.
    """

    ok: bool
    model: str
    message: str
    thinking: bool = False
    context_tokens: int | None = None
    models: tuple[str, ...] = ()


class LLM(Protocol):
    """The whole contract of a vendor. Built from one `Endpoint`; not for several threads at once."""

    name: ClassVar[str]
    """Key of the provider, and the name of its file: `[a-z0-9_]+`."""
    tiers: ClassVar[frozenset[int]]
    """Which tiers may use it: 1 (own server), 2 (paid)."""
    base_url: ClassVar[str]
    """The vendor's public address, used unless `<NAME>_BASE_URL` is set."""
    needs_key: ClassVar[bool]
    """`base_url` answers nobody without `<NAME>_API_KEY`."""
    default_models: ClassVar[tuple[str, ...]]
    """Tried in this order where no model is named."""

    model: str
    context_tokens: int | None

    def __init__(self, endpoint: Endpoint) -> None:
        """Opens no connection."""

    def complete(self, prompt: Prompt) -> Completion:
        """One answer. Raises ProviderError, which says whether and when the same call may succeed."""

    def probe(self) -> Probe:
        """Is the server there, and the model? Never raises."""


class BatchState(StrEnum):
    """RUNNING answers nothing yet; ENDED holds all that will ever be answered, also after expiry and cancellation."""

    RUNNING = "running"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class BatchAnswer:
    """What a batch has come to, by custom id. A prompt that is in neither mapping was never run."""

    state: BatchState
    completions: Mapping[str, Completion] = field(default_factory=dict)
    failures: Mapping[str, ProviderError] = field(default_factory=dict)


@runtime_checkable
class BatchLLM(Protocol):
    """What a vendor with a batch interface can do besides. Half the price, answered within 24 hours.

    All three raise ProviderError. A batch id outlives the process that submitted it.
    """

    batch_limit: ClassVar[int]
    """Prompts that one batch may hold."""

    def submit(self, prompts: Sequence[tuple[str, Prompt]]) -> str:
        """The id of a batch of (custom id, prompt). Custom ids: 1 to 64 of letters, digits, - and _, each once."""

    def poll(self, batch_id: str) -> BatchAnswer:
        """How it stands; once ENDED, everything that was answered. May be asked again for 24 hours.

        A ProviderError that is not retryable means that the batch was refused as a whole, or is not there.
        """

    def cancel(self, batch_id: str) -> None:
        """Ask to stop; what is answered by then stays readable through `poll`."""
