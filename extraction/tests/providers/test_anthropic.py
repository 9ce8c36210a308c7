from __future__ import annotations

import pytest

from extraction.errors import ProviderError
from extraction.providers.anthropic import Anthropic
from extraction.providers.llm import Endpoint, Finish
from extraction.tests.providers.conftest import PROMPT, Make, Play


def test_bounds_that_the_interface_refuses_are_not_sent(make: Make) -> None:
    assert make("anthropic").complete(PROMPT).finish is Finish.STOP


def test_a_refusal_is_an_answer(make: Make, play: Play) -> None:
    play("anthropic", "refusal")
    assert make("anthropic").complete(PROMPT).finish is Finish.REFUSAL


def test_overload_is_told_apart_from_our_own_haste(make: Make, play: Play) -> None:
    play("anthropic", "529")
    with pytest.raises(ProviderError, match="529: it is overloaded"):
        make("anthropic").complete(PROMPT)


def test_no_key_for_the_public_address() -> None:
    llm = Anthropic(Endpoint(Anthropic.base_url, "claude-sonnet-4-6"))
    with pytest.raises(ProviderError, match="set ANTHROPIC_API_KEY, or ANTHROPIC_BASE_URL") as caught:
        llm.complete(PROMPT)
    assert not caught.value.retryable


def test_custom_ids_follow_the_vendors_rule(make: Make) -> None:
    llm = make("anthropic")
    assert isinstance(llm, Anthropic)
    with pytest.raises(ProviderError, match="custom_id") as caught:
        llm.submit([("no spaces please", PROMPT)])
    assert not caught.value.retryable
