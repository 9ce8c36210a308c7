"""What the official clients of OpenAI and Anthropic share: one generator makes both, so their errors have the same names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from extraction.errors import ProviderError
from extraction.providers.failures import refused, too_slow, unreachable, unreadable
from extraction.providers.llm import LLM, Endpoint

NO_KEY = "none"
"""The clients insist on a key; servers of one's own ignore it."""

Shape = TypeVar("Shape", bound=BaseModel)


def key_check(vendor: type[LLM] | LLM, endpoint: Endpoint) -> None:
    """Raises ProviderError where the vendor's public address would be asked without a key."""
    if vendor.needs_key and not endpoint.api_key and endpoint.base_url == vendor.base_url:
        prefix = vendor.name.upper()
        raise ProviderError(
            f"{vendor.name} needs a key: set {prefix}_API_KEY, or {prefix}_BASE_URL to a server of your own", retryable=False
        )


@contextmanager
def failures(name: str, sdk: Any, endpoint: Endpoint) -> Iterator[None]:
    """Every failure of client, network and server as a ProviderError. `sdk` is the imported client."""
    try:
        yield
    except sdk.APITimeoutError as error:
        raise too_slow(name, endpoint.address, endpoint.timeout_s) from error
    except sdk.APIStatusError as error:
        raise refused(name, error.status_code, error.response.text, error.response.headers) from error
    except sdk.APIConnectionError as error:
        raise unreachable(name, endpoint.address, str(error.__cause__ or error)) from error
    except (sdk.APIError, ValueError, TypeError) as error:
        raise unreadable(name, "", str(error)) from error


def read(name: str, shape: type[Shape], body: str | bytes) -> Shape:
    """The parts of an answer that we use. Raises ProviderError for a body that lacks one: clients let it pass unchecked."""
    try:
        return shape.model_validate_json(body)
    except ValidationError as error:
        raise unreadable(name, body if isinstance(body, str) else body.decode(errors="replace"), _first(error)) from error


def _first(error: ValidationError) -> str:
    problem = error.errors(include_url=False)[0]
    return f"{'.'.join(map(str, problem['loc']))} {problem['msg']}".strip()
