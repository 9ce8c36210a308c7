"""Batches, over every vendor that has them."""

from __future__ import annotations

from typing import cast

import pytest

from extraction.errors import ProviderError
from extraction.providers.llm import BatchLLM, BatchState, Prompt
from extraction.providers.llm_registry import llm_classes
from extraction.tests.providers.conftest import PROMPT, Make, Play
from sandbox.testing import RunningSandbox

pytestmark = pytest.mark.parametrize("name", [name for name, vendor in llm_classes().items() if hasattr(vendor, "submit")])


def batching(make: Make, name: str, *, fresh: bool = False) -> BatchLLM:
    llm = make(name, fresh=fresh)
    assert isinstance(llm, BatchLLM)
    return cast(BatchLLM, llm)


def test_a_batch_is_submitted_polled_and_read_by_another_process(name: str, make: Make) -> None:
    batch_id = batching(make, name).submit([(f"call-{number}", PROMPT) for number in range(3)])
    resumed = batching(make, name, fresh=True)
    assert resumed.poll(batch_id).state is BatchState.RUNNING
    answer = resumed.poll(batch_id)
    assert answer.state is BatchState.ENDED
    assert sorted(answer.completions) == ["call-0", "call-1", "call-2"]
    assert not answer.failures
    assert set(answer.completions.values()) == {make(name).complete(PROMPT)}
    assert resumed.poll(batch_id) == answer


@pytest.mark.parametrize("kind", ["batch-expired", "500", "529", "429"])
def test_a_part_of_a_batch_may_fail_and_be_asked_again(name: str, kind: str, make: Make, models: RunningSandbox) -> None:
    llm = batching(make, name)
    models.control(faults=[{"kind": kind, "rate": 0.5, "host": name, "board": "item"}])
    asked = [f"{kind}-{number}" for number in range(20)]
    batch_id = llm.submit([(custom_id, PROMPT) for custom_id in asked])
    llm.poll(batch_id)
    answer = llm.poll(batch_id)
    assert sorted([*answer.completions, *answer.failures]) == sorted(asked)
    assert answer.completions
    assert answer.failures
    assert all(error.retryable and name in str(error) for error in answer.failures.values())


def test_a_prompt_that_is_refused_is_not_asked_again(name: str, make: Make, play: Play) -> None:
    llm = batching(make, name)
    play(name, "404", board="item")
    batch_id = llm.submit([("call-1", PROMPT)])
    llm.poll(batch_id)
    assert not llm.poll(batch_id).failures["call-1"].retryable


def test_an_answer_of_a_batch_may_be_cut_off_or_refused(name: str, make: Make, play: Play) -> None:
    llm = batching(make, name)
    play(name, "refusal", board="item")
    batch_id = llm.submit([("call-1", Prompt(PROMPT.system, PROMPT.user, PROMPT.schema, 10))])
    llm.poll(batch_id)
    assert llm.poll(batch_id).completions["call-1"].finish == "refusal"


def test_a_batch_that_is_cancelled_says_so_of_every_prompt(name: str, make: Make) -> None:
    llm = batching(make, name)
    batch_id = llm.submit([("call-1", PROMPT), ("call-2", PROMPT)])
    llm.cancel(batch_id)
    answer = llm.poll(batch_id)
    assert answer.state is BatchState.ENDED
    assert sorted(answer.failures) == ["call-1", "call-2"]
    assert all(error.retryable for error in answer.failures.values())


def test_a_batch_that_nobody_knows(name: str, make: Make) -> None:
    with pytest.raises(ProviderError, match=f"{name} answered 404") as caught:
        batching(make, name).poll("batch_never")
    assert not caught.value.retryable


@pytest.mark.parametrize("kind", ["503", "cut-length", "html"])
def test_the_batch_interface_fails_like_the_other(name: str, kind: str, make: Make, play: Play) -> None:
    llm = batching(make, name)
    batch_id = llm.submit([("call-1", PROMPT)])
    play(name, kind)
    with pytest.raises(ProviderError) as submitting:
        llm.submit([("call-2", PROMPT)])
    with pytest.raises(ProviderError) as polling:
        llm.poll(batch_id)
    with pytest.raises(ProviderError) as cancelling:
        llm.cancel(batch_id)
    assert submitting.value.retryable
    assert polling.value.retryable
    assert cancelling.value.retryable
