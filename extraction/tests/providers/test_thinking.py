from __future__ import annotations

import json

import pytest

from extraction.providers.llm import Finish
from extraction.providers.thinking import without_thinking
from extraction.tests.providers.conftest import PROMPT, Make, Play


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ('{"a": 1}', '{"a": 1}'),
        ('<think>\nhm {"a": 0}\n</think>\n\n{"a": 1}', '{"a": 1}'),
        ('hm {"a": 0}\n</think>\n\n{"a": 1}', '{"a": 1}'),
        ('<think></think>{"a": 1}\n', '{"a": 1}'),
        ("<think>\nhm, and then the limit", ""),
        ('{"a": "they write </think> here"}', '{"a": "they write </think> here"}'),
        ("", ""),
        ("no JSON at all", "no JSON at all"),
    ],
)
def test_only_the_answer_is_left(text: str, answer: str) -> None:
    assert without_thinking(text) == answer


@pytest.mark.parametrize("name", ["ollama", "openai"])
@pytest.mark.parametrize("kind", ["thinking", "thinking-unopened"])
def test_vendors_that_leave_it_in_the_text(name: str, kind: str, make: Make, play: Play) -> None:
    llm = make(name)
    plain = llm.complete(PROMPT)
    play(name, kind)
    completion = llm.complete(PROMPT)
    assert json.loads(completion.text) == json.loads(plain.text)
    assert completion.tokens_out > plain.tokens_out


@pytest.mark.parametrize("name", ["ollama", "openai"])
def test_a_model_that_never_stops_thinking_has_answered_nothing(name: str, make: Make, play: Play) -> None:
    play(name, "thinking-endless")
    completion = make(name).complete(PROMPT)
    assert (completion.text, completion.finish, completion.tokens_out) == ("", Finish.LENGTH, PROMPT.max_tokens)
