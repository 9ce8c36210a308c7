"""Language models behind the sentence search, over the sandbox's interfaces."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache

from catalog.errors import CompletionError
from catalog.search.sentence.model import answer_schema, understand
from extraction.models import LLMCall
from gtm_site.sentence import complete
from sandbox.testing import RunningSandbox, running_sandbox

pytestmark = pytest.mark.django_db(transaction=True)

PROVIDERS = ("ollama", "openai", "anthropic")
SENTENCE = "remote jobs over 100k"
BY_RULES = {"remote": ["remote"], "min_comp": ["100000"]}


@pytest.fixture(scope="module")
def vendors() -> Iterator[RunningSandbox]:
    with running_sandbox(generate=1, postings=1) as sandbox:
        yield sandbox


@pytest.fixture(params=PROVIDERS)
def provider(request: pytest.FixtureRequest, vendors: RunningSandbox, settings: Any) -> Iterator[str]:
    places = vendors.environment()
    settings.LLM_BASE_URLS = {name: places[f"{name.upper()}_BASE_URL"] for name in PROVIDERS}
    settings.LLM_API_KEYS = dict.fromkeys(PROVIDERS, "test")
    settings.SENTENCE_PROVIDER, settings.SENTENCE_COMPLETE = request.param, "gtm_site.sentence.complete"
    settings.SENTENCE_TIMEOUT_S = 60.0
    cache.clear()
    yield request.param
    vendors.control(faults=[], latency_ms=0)


def test_a_model_is_asked_once_for_a_sentence_and_written_down(provider: str) -> None:
    schema = answer_schema(SENTENCE)
    answer = complete(schema, f"{SENTENCE}\nAnd what to do.")
    assert answer.keys() == schema["properties"].keys()
    assert complete(schema, f"{SENTENCE}\nAnd what to do.") == answer
    call = LLMCall.objects.get()
    assert (call.provider, call.purpose, call.state) == (provider, "sentence", "answered")


def test_an_answer_that_says_nothing_leaves_the_reading_of_the_rules(provider: str) -> None:
    found = understand(SENTENCE)
    assert LLMCall.objects.filter(state="answered").count() == 1
    assert (found.reader, dict(found.parameters)) == ("rules", BY_RULES)


@pytest.mark.parametrize("kind", ["503", "reset", "invalid-json", "schema-ignored", "length", "refusal", "empty-text"])
def test_whatever_goes_wrong_the_rules_read_it(provider: str, vendors: RunningSandbox, kind: str) -> None:
    vendors.control(faults=[{"kind": kind, "rate": 1, "host": provider}])
    assert dict(understand(SENTENCE).parameters) == BY_RULES


@pytest.mark.parametrize("kind", ["slow", "drip"])
def test_nobody_waits_longer_than_the_timeout(provider: str, vendors: RunningSandbox, settings: Any, kind: str) -> None:
    settings.SENTENCE_TIMEOUT_S = 0.5
    vendors.control(faults=[{"kind": kind, "rate": 1, "host": provider, "seconds": 4}])
    with pytest.raises(CompletionError, match=r"SENTENCE_TIMEOUT_S|sent nothing|silent|longer"):
        complete(answer_schema(SENTENCE), SENTENCE)


def test_the_calls_of_a_day_are_counted(provider: str, settings: Any) -> None:
    settings.SENTENCE_CALLS_PER_DAY = 0
    with pytest.raises(CompletionError, match="SENTENCE_CALLS_PER_DAY"):
        complete(answer_schema(SENTENCE), SENTENCE)
    assert not LLMCall.objects.exists()


def test_the_same_sentence_again_is_no_call(provider: str, settings: Any) -> None:
    settings.SENTENCE_CALLS_PER_DAY = 1
    for _ in range(3):
        complete(answer_schema(SENTENCE), SENTENCE)
    with pytest.raises(CompletionError, match="SENTENCE_CALLS_PER_DAY"):
        complete(answer_schema(SENTENCE), "another sentence")


@pytest.mark.parametrize("provider", ["openai", "anthropic"], indirect=True)
def test_no_call_is_sent_that_the_spend_cap_does_not_hold(provider: str, settings: Any) -> None:
    settings.LLM_SPEND_CAP_USD = 0
    with pytest.raises(CompletionError, match="LLM_SPEND_CAP_USD"):
        complete(answer_schema(SENTENCE), SENTENCE)
    assert not LLMCall.objects.filter(state="answered").exists()
