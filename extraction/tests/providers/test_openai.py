from __future__ import annotations

import json
import logging

import pytest

from extraction.errors import ProviderError
from extraction.providers.llm import Endpoint, Finish
from extraction.providers.openai import OpenAI
from extraction.tests.providers.conftest import PROMPT, Make, Play
from sandbox.testing import RunningSandbox


@pytest.mark.parametrize(
    ("kind", "given_up"),
    [
        ("no-json-schema", "json_object asks for the form instead"),
        ("no-response-format", "nothing but the prompt asks for the form instead"),
        ("no-bounds", "json_schema without bounds asks for the form instead"),
        ("no-max-tokens", "max_completion_tokens limits the answer instead"),
        ("no-temperature", "the model's own is used"),
    ],
)
def test_what_a_server_does_not_know_is_given_up_and_told(
    kind: str, given_up: str, make: Make, play: Play, caplog: pytest.LogCaptureFixture
) -> None:
    llm = make("openai", fresh=True)
    play("openai", kind)
    with caplog.at_level(logging.WARNING, "extraction.providers.openai"):
        completion = llm.complete(PROMPT)
    assert len(json.loads(completion.text)["postings"]) == 2
    assert given_up in caplog.text


def test_what_was_refused_is_not_sent_again(make: Make, play: Play, models: RunningSandbox) -> None:
    llm = make("openai", fresh=True)
    play("openai", "no-response-format")
    llm.complete(PROMPT)
    before = models.control()["requests"]["openai"]
    llm.complete(PROMPT)
    assert models.control()["requests"]["openai"] == before + 1


def test_a_refusal_is_an_answer(make: Make, play: Play) -> None:
    play("openai", "refusal")
    completion = make("openai").complete(PROMPT)
    assert completion.finish is Finish.REFUSAL
    assert "can't help" in completion.text


def test_no_key_for_the_public_address() -> None:
    llm = OpenAI(Endpoint(OpenAI.base_url, "gpt-4.1"))
    with pytest.raises(ProviderError, match="set OPENAI_API_KEY, or OPENAI_BASE_URL") as caught:
        llm.complete(PROMPT)
    assert not caught.value.retryable
    assert "OPENAI_API_KEY" in llm.probe().message


def test_a_batch_that_is_refused_when_it_is_read(make: Make, play: Play) -> None:
    llm = make("openai")
    assert isinstance(llm, OpenAI)
    play("openai", "batch-refused")
    batch_id = llm.submit([("call-1", PROMPT)])
    with pytest.raises(ProviderError, match=f"refused batch {batch_id}: This line is not parseable") as caught:
        llm.poll(batch_id)
    assert not caught.value.retryable


def test_a_batch_that_is_refused_when_it_is_sent(make: Make) -> None:
    llm = make("openai")
    assert isinstance(llm, OpenAI)
    with pytest.raises(ProviderError, match="custom_id of each line must be unique"):
        llm.submit([("same", PROMPT), ("same", PROMPT)])
