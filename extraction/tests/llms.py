"""A language model inside the process, for tests: it answers what it is told to, and keeps what it was asked."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from extraction.llm.tokens import token_count
from extraction.providers.llm import Completion, Endpoint, Finish, Probe, Prompt

Answer = Completion | Exception
_SHOWN = re.compile(r'<posting id="([0-9a-f]+)">\n(.*?)\n</posting>', re.DOTALL)


def asked_of(prompt: Prompt) -> dict[str, str]:
    """What a prompt shows: id -> text."""
    return dict(_SHOWN.findall(prompt.user))


def title_in(text: str) -> str:
    return text.partition("Title: ")[2].partition("\n")[0]


def item(posting_id: str, text: str, **members: Any) -> dict[str, Any]:
    """One item of a valid answer that states nothing but what is given."""
    empty: dict[str, Any] = dict.fromkeys(
        ("company_name", "role_title", "seniority_level", "job_function", "location", "remote_type", "employment_type", "salary")
    )
    lists: dict[str, Any] = {name: [] for name in ("summary", "key_functions", "skills", "tools")}
    return {"id": posting_id, "title": title_in(text), **empty, **lists, **members}


def completion(text: str, prompt: Prompt, *, finish: Finish = Finish.STOP, tokens_in: int | None = None) -> Completion:
    counted = token_count(prompt) if tokens_in is None else tokens_in
    return Completion(text, counted, max(1, len(text) // 4), finish, "scripted")


def answered(prompt: Prompt, **members: Any) -> Completion:
    """A valid answer about everything that was asked."""
    items = [item(posting_id, text, **members) for posting_id, text in asked_of(prompt).items()]
    return completion(json.dumps({"postings": items}), prompt)


class ScriptedLLM:
    """Answers by a function; `prompts` are the calls that reached it."""

    tiers: ClassVar[frozenset[int]] = frozenset({1, 2})
    base_url: ClassVar[str] = "http://localhost:1"
    needs_key: ClassVar[bool] = False
    default_models: ClassVar[tuple[str, ...]] = ("scripted",)

    def __init__(self, script: Callable[[Prompt], Answer] = answered, *, name: str = "ollama", context_tokens: int | None = None) -> None:
        self.name = name
        self.model = "scripted"
        self.context_tokens = context_tokens
        self.endpoint = Endpoint(self.base_url, self.model)
        self.script = script
        self.prompts: list[Prompt] = []

    def complete(self, prompt: Prompt) -> Completion:
        self.prompts.append(prompt)
        answer = self.script(prompt)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def probe(self) -> Probe:
        return Probe(True, self.model, "a script answers")


def in_turn(*answers: Callable[[Prompt], Answer]) -> Callable[[Prompt], Answer]:
    """The first call is answered by the first, and so on; the last one answers all the rest."""
    left = list(answers)
    return lambda prompt: (left.pop(0) if len(left) > 1 else left[0])(prompt)


def sizes(prompts: Sequence[Prompt]) -> list[int]:
    """How many postings each call was about."""
    return [len(asked_of(prompt)) for prompt in prompts]


def stating(members: Mapping[str, Any]) -> Callable[[Prompt], Answer]:
    return lambda prompt: answered(prompt, **members)
