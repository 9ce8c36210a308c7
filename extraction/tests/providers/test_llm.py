"""What every vendor's file must do, over all of them: found by being there, tested by being there."""

from __future__ import annotations

import json
import time

import pytest

from extraction.errors import ProviderError
from extraction.providers.llm import Finish, Prompt
from extraction.providers.llm_registry import llm_classes
from extraction.tests.providers.conftest import PROMPT, Make, Play
from sandbox.testing import RunningSandbox

VENDORS = sorted(llm_classes())

pytestmark = pytest.mark.parametrize("name", VENDORS)


def test_an_answer_follows_the_schema_and_tells_its_usage(name: str, make: Make) -> None:
    completion = make(name).complete(PROMPT)
    items = json.loads(completion.text)["postings"]
    assert [(item["id"], item["title"], item["tools"]) for item in items] == [
        ("p1", "Sales Manager", ["Salesforce"]),
        ("p2", "Data Analyst", ["Salesforce"]),
    ]
    assert completion.finish is Finish.STOP
    assert completion.model == llm_classes()[name].default_models[0]
    assert len(PROMPT.user) / 8 < completion.tokens_in < len(PROMPT.user)
    assert len(completion.text) / 8 < completion.tokens_out < len(completion.text)


def test_an_answer_that_is_cut_off_says_so(name: str, make: Make) -> None:
    short = Prompt(PROMPT.system, PROMPT.user, PROMPT.schema, 10)
    completion = make(name).complete(short)
    assert (completion.finish, completion.tokens_out) == (Finish.LENGTH, 10)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 529])
def test_a_busy_server_may_be_asked_again(name: str, status: int, make: Make, play: Play) -> None:
    llm = make(name)
    play(name, str(status))
    with pytest.raises(ProviderError, match=f"{name} answered {status}") as caught:
        llm.complete(PROMPT)
    assert caught.value.retryable
    assert caught.value.retry_after is None


@pytest.mark.parametrize(("kind", "least", "most"), [("429-retry-after", 7, 7), ("429-retry-date", 5, 9), ("503-retry-after", 7, 7)])
def test_the_wait_that_a_server_asks_for_is_passed_on(name: str, kind: str, least: float, most: float, make: Make, play: Play) -> None:
    llm = make(name)
    play(name, kind, seconds=7)
    with pytest.raises(ProviderError) as caught:
        llm.complete(PROMPT)
    assert least <= (caught.value.retry_after or 0) <= most


@pytest.mark.parametrize(("status", "advice"), [(401, "_API_KEY"), (403, "_API_KEY"), (404, "_BASE_URL")])
def test_what_will_never_work_is_not_asked_again(name: str, status: int, advice: str, make: Make, play: Play) -> None:
    llm = make(name)
    play(name, str(status))
    with pytest.raises(ProviderError, match=f"{name} answered {status}.*{name.upper()}{advice}") as caught:
        llm.complete(PROMPT)
    assert not caught.value.retryable


@pytest.mark.parametrize("kind", ["cut-length", "cut-chunked", "invalid-json", "html", "empty", "reset"])
def test_a_body_that_cannot_be_read_may_be_asked_for_again(name: str, kind: str, make: Make, play: Play) -> None:
    llm = make(name)
    play(name, kind)
    with pytest.raises(ProviderError) as caught:
        llm.complete(PROMPT)
    assert caught.value.retryable
    assert name in str(caught.value)


def test_one_call_is_one_request(name: str, make: Make, play: Play, models: RunningSandbox) -> None:
    llm = make(name)
    llm.complete(PROMPT)  # a vendor may look at its model once
    before = models.control()["requests"][name]
    play(name, "503")
    with pytest.raises(ProviderError):
        llm.complete(PROMPT)
    assert models.control()["requests"][name] == before + 1


def test_a_server_that_is_silent_for_too_long_is_given_up(name: str, make: Make, play: Play) -> None:
    llm = make(name, timeout_s=0.3)
    play(name, "slow", seconds=5)
    asked = time.monotonic()
    with pytest.raises(ProviderError, match=r"sent nothing for 0\.3 s") as caught:
        llm.complete(PROMPT)
    assert caught.value.retryable
    assert time.monotonic() - asked < 4.5


def test_a_redirect_is_not_followed(name: str, make: Make, play: Play) -> None:
    llm = make(name)
    play(name, "redirect-private")
    with pytest.raises(ProviderError, match="302") as caught:
        llm.complete(PROMPT)
    assert not caught.value.retryable


def test_nobody_there(name: str, make: Make) -> None:
    llm = make(name, base_url="http://127.0.0.1:9/v1")
    with pytest.raises(ProviderError, match=f"{name} at http://127.0.0.1:9/v1 does not answer.*{name.upper()}_BASE_URL") as caught:
        llm.complete(PROMPT)
    assert caught.value.retryable
    probe = llm.probe()
    assert not probe.ok
    assert "does not answer" in probe.message


def test_no_password_of_an_address_in_a_message(name: str, make: Make) -> None:
    probe = make(name, base_url="http://me:secret@127.0.0.1:9/v1").probe()
    assert "http://127.0.0.1:9/v1" in probe.message
    assert "secret" not in probe.message


@pytest.mark.parametrize("kind", ["schema-ignored", "fenced", "empty-text", "ids-swapped", "id-missing", "id-twice", "invented"])
def test_what_a_model_writes_is_not_judged_here(name: str, kind: str, make: Make, play: Play) -> None:
    llm = make(name)
    healthy = llm.complete(PROMPT)
    play(name, kind)
    completion = llm.complete(PROMPT)
    assert completion.finish is Finish.STOP
    assert completion.text != healthy.text
    assert completion.tokens_in == healthy.tokens_in


def test_a_prompt_that_was_cut_shows_in_the_count(name: str, make: Make, play: Play) -> None:
    llm = make(name)
    whole = llm.complete(PROMPT).tokens_in
    play(name, "prompt-cut")
    assert llm.complete(PROMPT).tokens_in < whole * 0.6


def test_the_probe_finds_the_model(name: str, make: Make) -> None:
    probe = make(name).probe()
    assert probe.ok
    assert probe.model in probe.message
    assert not probe.thinking


def test_the_probe_names_what_is_missing(name: str, make: Make) -> None:
    probe = make(name, model="nothing-like-it").probe()
    assert not probe.ok
    assert "nothing-like-it" in probe.message


@pytest.mark.parametrize("kind", ["401", "503", "html", "empty", "invalid-json", "reset"])
def test_the_probe_never_raises(name: str, kind: str, make: Make, play: Play) -> None:
    llm = make(name)
    play(name, kind)
    probe = llm.probe()
    assert not probe.ok
    assert name in probe.message
