"""Tiers 1 and 2 through the official clients, against the vendors' interfaces and their ways to fail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from catalog.models import Job
from extraction import services, tiers
from extraction.llm.batching import most_calls
from extraction.llm.llms import build
from extraction.models import CurrentExtraction, Extraction, LLMCall, PendingExtraction
from extraction.providers.llm import LLM
from extraction.tests.conftest import greenhouse_payload
from sandbox.testing import RunningSandbox, running_sandbox

pytestmark = pytest.mark.usefixtures("vocabulary")

MODELS = {"ollama": (1, "qwen3:4b-instruct"), "openai": (2, "gpt-4.1"), "anthropic": (2, "claude-sonnet-4-6")}
POSTINGS = 3


@pytest.fixture(scope="module")
def shared_vendors() -> Iterator[RunningSandbox]:
    with running_sandbox(generate=1, postings=1) as sandbox:
        yield sandbox


@pytest.fixture
def vendors(shared_vendors: RunningSandbox, settings: Any) -> Iterator[RunningSandbox]:
    addresses = shared_vendors.environment()
    settings.LLM_BASE_URLS = {name: addresses[f"{name.upper()}_BASE_URL"] for name in MODELS}
    settings.LLM_API_KEYS = dict.fromkeys(MODELS, "test")
    settings.TIER1_PROVIDER = "rules"
    yield shared_vendors
    shared_vendors.control(faults=[], latency_ms=0)


@pytest.fixture(params=MODELS)
def llm(request: pytest.FixtureRequest, vendors: RunningSandbox) -> LLM:
    tier, model = MODELS[request.param]
    return build(request.param, tier, model)


@pytest.fixture
def improve(read_board: Callable[..., Any]) -> Callable[[LLM], Any]:
    read_board([greenhouse_payload(n) for n in range(POSTINGS)])
    services.pending_fill()
    services.pending_extract()
    Extraction.objects.update(needs_tier2=True)

    def once(llm: LLM) -> Any:
        PendingExtraction.objects.exclude(lease_until=None).update(lease_until=timezone.now() - timedelta(seconds=1))
        tiers.tier_fill(llm=llm, tier=MODELS[llm.name][0])
        return services.pending_improve(tier=MODELS[llm.name][0], llm=llm)

    return once


def play(vendors: RunningSandbox, kind: str, host: str, **more: Any) -> None:
    vendors.control(faults=[{"kind": kind, "rate": 1, "host": host, **more}])


def calls_a_posting() -> int:
    return max(Counter(posting_id for call in LLMCall.objects.all() for posting_id in call.posting_ids).values())


def doubtful_facts() -> dict[int, list[Any]]:
    """What models like to make up, as it stands in the catalogue now."""
    names = ("salary_min_usd", "salary_max_usd", "job_summary", "skills_raw", "tools_raw")
    standing = CurrentExtraction.objects.select_related("extraction")
    return {row.posting_id: [row.extraction.record[name] for name in names] for row in standing}


def test_every_interface_improves_records(llm, improve):
    tier = MODELS[llm.name][0]
    assert improve(llm) == (POSTINGS, None)
    assert CurrentExtraction.objects.filter(tier=tier).count() == POSTINGS
    assert Job.objects.filter(provider=llm.name, tier=tier).count() == POSTINGS
    assert calls_a_posting() == 1
    details = Extraction.objects.filter(tier=tier).first().details
    assert details["answer_located"] > 0
    assert details["answer"]["title"].startswith("Senior Account Executive")


GOES_WRONG_ONCE = (
    "thinking", "thinking-unopened", "thinking-endless", "schema-ignored", "fenced", "ids-swapped", "id-missing", "id-twice", "length",
    "refusal", "empty-text",
)  # fmt: skip


PAID = {kind: name for kind, name in zip(GOES_WRONG_ONCE, ("openai", "anthropic") * 6, strict=False) if kind != "refusal"}


@pytest.mark.parametrize(("kind", "llm"), [*((kind, "ollama") for kind in GOES_WRONG_ONCE), *PAID.items()], indirect=["llm"])
def test_what_goes_wrong_once_costs_no_posting(kind, llm, improve, vendors):
    play(vendors, kind, llm.name, times=1)
    improve(llm)
    assert CurrentExtraction.objects.filter(tier=MODELS[llm.name][0]).count() == POSTINGS
    assert not PendingExtraction.objects.exists()
    assert calls_a_posting() <= most_calls(POSTINGS)


GOES_WRONG_ALWAYS = ("thinking-endless", "schema-ignored", "ids-swapped", "length", "refusal", "empty-text")


@pytest.mark.parametrize(
    ("kind", "llm"),
    [*((kind, "ollama") for kind in GOES_WRONG_ALWAYS), *zip(GOES_WRONG_ALWAYS, ("openai", "anthropic") * 3, strict=True)],
    indirect=["llm"],
)
def test_what_always_goes_wrong_is_given_up_after_a_bounded_number_of_calls(kind, llm, improve, vendors):
    play(vendors, kind, llm.name)
    done = improve(llm).done
    dead = PendingExtraction.objects.dead()
    assert (dead.count(), PendingExtraction.objects.count()) == (POSTINGS - done, POSTINGS - done)
    # Of a pack the first two are swapped, of those one by one each is under an id that nobody asked about.
    assert done == (POSTINGS - 2 if (kind, llm.name) == ("ids-swapped", "ollama") else 0)
    assert all(row.error.startswith(f"invalid output from {llm.name}") for row in dead)
    assert Job.objects.filter(tier=0).count() == POSTINGS - done
    assert calls_a_posting() <= most_calls(POSTINGS)


def test_a_busy_or_broken_server_only_delays(llm, improve, vendors):
    waiting = PendingExtraction.objects.waiting(MODELS[llm.name][0])
    for kind in ("429", "529", "503", "500", "reset", "cut-length", "cut-chunked", "invalid-json"):
        play(vendors, kind, llm.name)
        done, stopped_by = improve(llm)
        assert (kind, done, stopped_by.retryable, waiting.count()) == (kind, 0, True, POSTINGS)
    assert set(LLMCall.objects.values_list("state", flat=True)) == {"failed"}
    vendors.control(faults=[])
    assert improve(llm) == (POSTINGS, None)


def test_a_prompt_that_the_server_cuts_is_noticed_and_split(improve, vendors):
    llm = build("ollama", 1, "qwen3:4b-instruct")
    play(vendors, "prompt-cut", "ollama", times=1)
    improve(llm)
    assert CurrentExtraction.objects.filter(tier=1).count() == POSTINGS
    assert LLMCall.objects.count() > 1


def test_nothing_that_a_model_invents_becomes_a_fact(llm, improve, vendors):
    before = doubtful_facts()
    play(vendors, "invented", llm.name)
    improve(llm)
    assert CurrentExtraction.objects.filter(tier=MODELS[llm.name][0]).count() == POSTINGS
    assert doubtful_facts() == before
    details = Extraction.objects.filter(tier=MODELS[llm.name][0]).first().details
    assert details["answer_located"] < details["answer_stated"]


@pytest.mark.parametrize("name", ["openai", "anthropic"])
def test_a_batch_interface_is_submitted_polled_and_resumed(name, improve, vendors, settings):
    settings.TIER2_BATCH = True
    llm = build(name, 2, MODELS[name][1])
    stops = []
    while (result := improve(llm)).stopped_by is not None:
        stops.append(str(result.stopped_by))
        llm = build(name, 2, MODELS[name][1])  # as after a restart
        assert len(stops) < 500
    assert result.done == POSTINGS
    assert stops[0] == f"a batch of {POSTINGS} prompts was sent to {name}"
    assert LLMCall.objects.exclude(batch_id="").count() == LLMCall.objects.count() == POSTINGS
    assert set(PendingExtraction.objects.values_list("state", flat=True)) == set()
    direct = LLMCall.objects.first()
    assert direct.cost_usd > 0


def test_what_a_batch_could_not_answer_is_asked_directly(improve, vendors, settings):
    settings.TIER2_BATCH = True
    llm = build("openai", 2, "gpt-4.1")
    play(vendors, "batch-expired", "openai", times=1)
    for _ in range(500):
        if improve(llm).stopped_by is None:
            break
    assert CurrentExtraction.objects.filter(tier=2).count() == POSTINGS
    assert LLMCall.objects.filter(state="failed").exclude(batch_id="").count() == LLMCall.objects.filter(batch_id="").count() > 0
