from __future__ import annotations

import json

import pytest

from extraction.errors import ProviderError
from extraction.providers.llm import Prompt
from extraction.tests.providers.conftest import PROMPT, Make, Play

LONG = Prompt(PROMPT.system, PROMPT.user + "And so on. " * 2000, PROMPT.schema, 1000)


def test_a_prompt_longer_than_the_context_is_cut_without_a_word(make: Make) -> None:
    small = make("ollama", context_tokens=2048).complete(LONG)
    whole = make("ollama", context_tokens=16_384).complete(LONG)
    assert small.tokens_in <= 2048 < whole.tokens_in
    assert json.loads(small.text)["postings"] == []
    assert len(json.loads(whole.text)["postings"]) == 2


def test_without_a_context_the_server_takes_its_own(make: Make) -> None:
    assert make("ollama").complete(LONG).tokens_in == 4096


def test_a_missing_model_is_named_with_the_way_to_get_it(make: Make) -> None:
    llm = make("ollama", model="llama9")
    with pytest.raises(ProviderError, match=r"404.*llama9") as caught:
        llm.complete(PROMPT)
    assert not caught.value.retryable
    probe = llm.probe()
    assert "ollama pull llama9" in probe.message
    assert probe.models == ("qwen3:4b", "qwen3:4b-instruct")


def test_the_probe_tells_the_context_and_a_thinking_build(make: Make) -> None:
    instruct = make("ollama", context_tokens=16_384).probe()
    assert (instruct.thinking, instruct.context_tokens) == (False, 262_144)
    assert "262,144 tokens, of which 16,384 are used" in instruct.message
    build = make("ollama", model="qwen3:4b").probe()
    assert (build.ok, build.thinking) == (True, True)
    assert "qwen3:4b-instruct" in build.message


def test_a_thinking_build_answers_all_the_same(make: Make) -> None:
    completion = make("ollama", model="qwen3:4b").complete(PROMPT)
    assert len(json.loads(completion.text)["postings"]) == 2


def test_a_full_queue_is_busy(make: Make, play: Play) -> None:
    llm = make("ollama")
    play("ollama", "503", board="chat")
    with pytest.raises(ProviderError, match=r"it is busy: .*maximum pending requests") as caught:
        llm.complete(PROMPT)
    assert caught.value.retryable
