"""One sandbox for all providers; every test leaves it healthy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from extraction.providers.llm import LLM, Endpoint, Prompt
from extraction.providers.llm_registry import llm_classes
from sandbox.testing import RunningSandbox, running_sandbox

POSTING = """\
<posting id="{id}">
Title: {title}
Company: Acme Tools

We look for somebody who sells to schools all over the country. You will use Salesforce every day.
- Call schools that never heard of us and win them over
The base salary is $90,000 - $110,000 per year. This is a full-time role.
</posting>
"""
ITEM = {
    "type": "object",
    "additionalProperties": False,
    "required": ["id", "title", "salary", "tools"],
    "properties": {
        "id": {"type": "string", "enum": ["p1", "p2"]},
        "title": {"type": "string", "maxLength": 240},
        "salary": {"anyOf": [{"type": "integer", "minimum": 0, "maximum": 1000}, {"type": "null"}]},
        "tools": {"type": "array", "maxItems": 25, "items": {"type": "string", "maxLength": 80}},
    },
}
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["postings"],
    "properties": {"postings": {"type": "array", "minItems": 2, "maxItems": 2, "items": ITEM}},
}
Make = Callable[..., LLM]
Play = Callable[..., None]

USER = POSTING.format(id="p1", title="Sales Manager") + POSTING.format(id="p2", title="Data Analyst")
PROMPT = Prompt("Copy facts out of job postings.", USER, SCHEMA, 1000)


@pytest.fixture(scope="session")
def shared_models() -> Iterator[RunningSandbox]:
    with running_sandbox(generate=1, postings=1) as sandbox:
        yield sandbox


@pytest.fixture
def models(shared_models: RunningSandbox) -> Iterator[RunningSandbox]:
    yield shared_models
    shared_models.control(faults=[], latency_ms=0)


@pytest.fixture(scope="session")
def built() -> dict[str, LLM]:
    return {}


@pytest.fixture
def make(models: RunningSandbox, built: dict[str, LLM]) -> Make:
    """A vendor's model in the sandbox: `make("openai")`, `make("ollama", model="other")`, built once for each set of arguments.

    `fresh=True`: one that has not learnt yet what its server knows. A client takes longer to build than to use.
    """

    def made(name: str, *, fresh: bool = False, **changes: Any) -> LLM:
        vendor = llm_classes()[name]
        address = models.environment()[f"{name.upper()}_BASE_URL"]
        endpoint = Endpoint(**{"base_url": address, "model": vendor.default_models[0], "timeout_s": 10.0, **changes})
        if fresh:
            return vendor(endpoint)
        key = f"{name} {endpoint}"
        if key not in built:
            built[key] = vendor(endpoint)
        return built[key]

    return made


@pytest.fixture
def play(models: RunningSandbox) -> Play:
    """Let something go wrong: `play("openai", "429", times=1)`."""

    def played(host: str, kind: str, **more: Any) -> None:
        models.control(faults=[{"kind": kind, "rate": 1, "host": host, **more}])

    return played
