"""A real Ollama, when `OLLAMA_HOST` says where one is: `OLLAMA_HOST=127.0.0.1:11434 pytest extraction/tests/test_real_ollama.py`.

Which of its models is asked: `TIER1_MODEL_NAME`, else what the product would take, else the first that it has.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

from extraction import services, tiers
from extraction.models import CurrentExtraction, Extraction, LLMCall, PendingExtraction
from extraction.providers.llm import Endpoint
from extraction.providers.ollama import Ollama
from extraction.tests.conftest import greenhouse_payload
from extraction.tier_queue import INVALID_OUTPUT
from ingestion.models import RawPosting

HOST = os.environ.get("OLLAMA_HOST", "")
POSTINGS = 3

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db,
    pytest.mark.usefixtures("vocabulary"),
    pytest.mark.skipif(not HOST, reason="set OLLAMA_HOST to the address of an Ollama that has a model"),
]


def endpoint(model: str) -> Endpoint:
    return Endpoint(HOST, model, timeout_s=1800, context_tokens=8192)


@pytest.fixture(scope="module")
def ollama() -> Ollama:
    there = Ollama(endpoint("none")).probe().models
    assert there, f"the Ollama at {HOST} does not answer, or has no model: `ollama pull qwen3:4b-instruct`"
    wanted = [os.environ.get("TIER1_MODEL_NAME", ""), *Ollama.default_models]
    return Ollama(endpoint(next((name for name in wanted if name in there), there[0])))


@pytest.fixture
def published(read_board: Callable[..., list[RawPosting]]) -> list[RawPosting]:
    rows = read_board([greenhouse_payload(n) for n in range(POSTINGS)])
    services.pending_fill()
    services.pending_extract()
    return rows


def test_the_probe_tells_its_context(ollama: Ollama) -> None:
    probe = ollama.probe()
    assert probe.ok, probe.message
    assert probe.context_tokens
    assert f"{probe.context_tokens:,} tokens" in probe.message


def test_a_model_that_it_has_not_is_said_with_what_to_do() -> None:
    probe = Ollama(endpoint("no-such-model:1b")).probe()
    assert not probe.ok
    assert "ollama pull no-such-model:1b" in probe.message


def test_every_posting_is_improved_or_escalated_and_nothing_is_invented(ollama: Ollama, published: list[RawPosting], settings: Any) -> None:
    settings.TIER1_BATCH_SIZE = 1
    assert tiers.tier_fill(llm=ollama, tier=1) == POSTINGS
    assert services.pending_improve(tier=1, llm=ollama).stopped_by is None
    improved = set(CurrentExtraction.objects.filter(tier=1).values_list("posting_id", flat=True))
    dead = dict(PendingExtraction.objects.dead().values_list("posting_id", "error"))
    assert improved | dead.keys() == {row.pk for row in published}
    assert not improved & dead.keys()
    assert all(reason.startswith(INVALID_OUTPUT) for reason in dead.values())
    documents = {item.row.pk: item.document for item in services.postings_extract(improved, services.rules_provider())[0]}
    for extraction in Extraction.objects.filter(tier=1):
        assert extraction.tokens_in > 0 < extraction.tokens_out
        document = documents[extraction.posting_id]
        words = f"{document.posting.title}\n{document.text}"
        for name, field in extraction.evidence.items():
            quotes = [span["quote"] for span in field["spans"]]
            assert field["tier"] == 0 or (quotes and all(quote in words for quote in quotes)), f"{name} stands nowhere in the posting"
    assert set(LLMCall.objects.values_list("state", "cost_usd")) == {("answered", 0)}
