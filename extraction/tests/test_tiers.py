from __future__ import annotations

import json
import uuid
from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.models import Job, Skill
from catalog.services import skill_register_name
from extraction import services, tiers
from extraction.claims import MAX_ATTEMPTS, SINGLY_AFTER
from extraction.errors import ProviderError, SpendCapReached, WorkPaused
from extraction.improve import identity_for
from extraction.llm.answer import TOKENS_PER_POSTING
from extraction.llm.prompt import fixed_tokens
from extraction.models import CurrentExtraction, Extraction, LLMCall, PendingExtraction
from extraction.providers.llm import Finish
from extraction.tests.conftest import greenhouse_payload
from extraction.tests.llms import ScriptedLLM, answered, asked_of, completion, in_turn, item, sizes
from extraction.tier_queue import tier1_fill, tier2_fill
from ingestion.services import run_create, run_pause, run_resume, run_start

pytestmark = pytest.mark.usefixtures("vocabulary")


@pytest.fixture
def published(read_board):
    """A board of five postings that rules have published."""
    rows = read_board([greenhouse_payload(n) for n in range(5)])
    services.pending_fill()
    services.pending_extract()
    return rows


def end_waits() -> None:
    PendingExtraction.objects.exclude(lease_until=None).update(lease_until=timezone.now() - timedelta(seconds=1))


def improve(llm, tier=1):
    tiers.tier_fill(llm=llm, tier=tier)
    return services.pending_improve(tier=tier, llm=llm)


def waiting(tier=1):
    return PendingExtraction.objects.waiting(tier).count()


def test_tier_1_improves_what_is_published_newest_first(published, settings):
    settings.TIER1_BATCH_SIZE = 2
    llm = ScriptedLLM()
    assert Job.objects.count() == 5
    assert improve(llm) == (5, None)
    assert set(CurrentExtraction.objects.values_list("tier", flat=True)) == {1}
    assert Extraction.objects.filter(tier=1, provider="ollama", model="scripted").count() == 5
    first = [title for prompt in llm.prompts[:1] for title in asked_of(prompt).values()]
    assert any("Senior Account Executive 4" in text for text in first)
    assert waiting() == 0
    job = Job.objects.get(posting_id=published[0].pk)
    assert (job.tier, job.provider, job.seniority_level, job.salary_max_usd) == (1, "ollama", "senior", 150_000)


def test_the_same_content_is_never_asked_about_twice(published, read_board):
    llm = ScriptedLLM()
    improve(llm)
    assert improve(llm) == (0, None)
    assert len(llm.prompts) == 1
    read_board([greenhouse_payload(n, title="Another title") for n in range(5)])
    services.pending_fill()
    services.pending_extract()
    assert set(CurrentExtraction.objects.values_list("tier", flat=True)) == {0}
    improve(llm)
    assert len(llm.prompts) == 2
    read_board([greenhouse_payload(n) for n in range(5)])
    services.pending_fill()
    services.pending_extract()
    assert improve(llm).done == 5  # from what is stored
    assert len(llm.prompts) == 2
    assert set(CurrentExtraction.objects.values_list("tier", flat=True)) == {1}


def test_a_new_vocabulary_makes_the_record_anew_of_the_stored_answer(published):
    llm = ScriptedLLM()
    improve(llm)

    skill = Skill.objects.create(name="sequences", kind="skill", category="sales")
    skill_register_name(skill=skill)
    assert improve(llm) == (5, None)
    assert len(llm.prompts) == 1
    assert skill.pk in Job.objects.get(posting_id=published[0].pk).skill_ids
    assert Extraction.objects.filter(tier=1).count() == 10
    assert tiers.tier_fill(llm=llm, tier=1) == 0


def test_content_that_changed_while_the_model_thought_is_not_published_over(published, read_board):
    def changes_meanwhile(prompt):
        read_board([greenhouse_payload(n, title="Staff Data Engineer") for n in range(5)])
        services.pending_fill()
        services.pending_extract()
        return answered(prompt)

    improve(ScriptedLLM(changes_meanwhile))
    assert set(Job.objects.values_list("title", "tier")) == {("Staff Data Engineer", 0)}
    assert Extraction.objects.filter(tier=1).count() == 0
    assert tier1_fill(identity_for(ScriptedLLM(), 1, services.rules_provider())) == 5


def test_a_higher_tier_is_never_replaced_by_a_lower_one(published):
    llm = ScriptedLLM()
    tiers.tier_fill(llm=llm, tier=1)
    CurrentExtraction.objects.update(tier=2)
    assert services.pending_improve(tier=1, llm=llm) == (0, None)
    assert llm.prompts == []
    assert waiting() == 0
    assert set(Job.objects.values_list("tier", flat=True)) == {0}


def test_what_the_model_never_answers_becomes_a_dead_letter_and_the_published_record_stays(published):
    llm = ScriptedLLM(lambda prompt: completion("I would rather not.", prompt))
    assert improve(llm) == (0, None)
    dead = PendingExtraction.objects.dead()
    assert dead.count() == 5
    assert all(row.error.startswith("invalid output from ollama scripted") for row in dead)
    assert Job.objects.filter(tier=0).count() == 5
    assert improve(llm) == (0, None)  # a dead letter stays one
    per_posting = Counter(posting_id for call in LLMCall.objects.all() for posting_id in call.posting_ids)
    assert set(per_posting.values()) == {3}


def test_tier_2_takes_what_tier_1_could_not_answer(published, settings):
    one = published[0].pk
    improve(ScriptedLLM(lambda prompt: completion("no", prompt) if "Executive 0" in prompt.user else answered(prompt)))
    assert list(PendingExtraction.objects.dead().values_list("posting_id", flat=True)) == [one]
    Extraction.objects.update(needs_tier2=False)
    paid = ScriptedLLM(name="openai")
    assert tier2_fill(identity_for(paid, 2, services.rules_provider()), after_tier1=True) == 1
    assert services.pending_improve(tier=2, llm=paid) == (1, None)
    assert sizes(paid.prompts) == [1]
    assert PendingExtraction.objects.count() == 0
    assert Job.objects.get(posting_id=one).tier == 2


def test_tier_2_takes_what_the_routing_rules_send_on_one_posting_a_call(published):
    Extraction.objects.filter(posting_id__in=[row.pk for row in published[:3]]).update(needs_tier2=True)
    Extraction.objects.filter(posting_id__in=[row.pk for row in published[3:]]).update(needs_tier2=False)
    paid = ScriptedLLM(name="openai")
    identity = identity_for(paid, 2, services.rules_provider())
    assert tier2_fill(identity, after_tier1=True) == 0
    assert tier2_fill(identity, after_tier1=False) == 3
    assert services.pending_improve(tier=2, llm=paid) == (3, None)
    assert sizes(paid.prompts) == [1, 1, 1]
    extraction = Extraction.objects.filter(tier=2).first()
    assert extraction.tokens_in > 0
    assert extraction.cost_usd > 0
    assert LLMCall.objects.filter(purpose="tier2").count() == 3


def test_closed_postings_wait_for_no_model(published, read_board):
    read_board([greenhouse_payload(0)])
    read_board([greenhouse_payload(0)])
    services.status_sync()
    assert tiers.tier_fill(llm=ScriptedLLM(), tier=1) == 1


def test_a_busy_server_costs_no_posting_and_is_asked_again_when_it_says(published):
    busy = ScriptedLLM(lambda prompt: ProviderError("busy", retryable=True, retry_after=40))
    done, stopped_by = improve(busy)
    assert done == 0
    assert str(stopped_by) == "busy"
    assert len(busy.prompts) == 1
    row = PendingExtraction.objects.first()
    assert (row.state, row.attempts, row.error) == ("waiting", 1, "busy")
    assert timedelta(seconds=30) < row.lease_until - timezone.now() <= timedelta(seconds=40)
    assert improve(busy) == (0, None)  # nothing is free yet
    end_waits()
    assert improve(ScriptedLLM()) == (5, None)


def test_the_waits_of_a_failing_claim_grow_and_end_in_dead_letters(published):
    busy = ScriptedLLM(lambda prompt: ProviderError("server error 500", retryable=True))
    waits = []
    while improve(busy).stopped_by:
        waits.append(round((PendingExtraction.objects.waiting(1).first().lease_until - timezone.now()).total_seconds()))
        end_waits()
    assert (waits[:3], waits[3], waits[-1]) == ([2, 4, 8], 16, 900)
    assert set(PendingExtraction.objects.values_list("state", "error")) == {("dead", "server error 500")}
    assert sizes(busy.prompts) == [5] * SINGLY_AFTER + [1] * 5 * (MAX_ATTEMPTS - SINGLY_AFTER)


def test_one_posting_that_brings_the_server_down_costs_only_itself(published):
    def falls_over(prompt):
        return ProviderError("the server died", retryable=True) if "Executive 2" in prompt.user else answered(prompt)

    llm = ScriptedLLM(falls_over)
    for _ in range(MAX_ATTEMPTS + 1):
        improve(llm)
        end_waits()
    (dead,) = PendingExtraction.objects.all()
    assert (dead.state, dead.posting_id) == ("dead", published[2].pk)
    assert CurrentExtraction.objects.filter(tier=1).count() == 4


def test_a_provider_that_takes_no_prompt_at_all_makes_no_dead_letters(published):
    llm = ScriptedLLM(lambda prompt: ProviderError("the key was refused", retryable=False))
    done, stopped_by = improve(llm)
    assert (done, str(stopped_by)) == (0, "the key was refused")
    assert PendingExtraction.objects.dead().count() == 0
    assert waiting() == 5


def test_the_spend_cap_parks_the_work_and_what_was_paid_is_kept(published, monkeypatch):
    Extraction.objects.update(needs_tier2=True)
    script = in_turn(answered, answered, lambda prompt: SpendCapReached("LLM_SPEND_CAP_USD=1.00 is used up"))
    paid = ScriptedLLM(script, name="openai")
    tier2_fill(identity_for(paid, 2, services.rules_provider()), after_tier1=False)
    done, stopped_by = services.pending_improve(tier=2, llm=paid)
    assert done == 2
    assert isinstance(stopped_by, SpendCapReached)
    assert set(PendingExtraction.objects.values_list("state", "attempts")) == {("waiting", 0)}
    assert waiting(2) == 3
    end_waits()
    paid.script = answered
    assert services.pending_improve(tier=2, llm=paid) == (3, None)
    assert len(paid.prompts) == 6  # two answered, one capped, three after


@pytest.mark.parametrize(
    "damage",
    [
        lambda prompt: completion("<think>" + "hm " * 50, prompt),
        lambda prompt: completion("{" * 100, prompt),
        lambda prompt: completion('{"postings": 7}', prompt),
        lambda prompt: completion("", prompt, finish=Finish.REFUSAL),
        lambda prompt: completion('{"postings": [{"id": "', prompt, finish=Finish.LENGTH),
        lambda prompt: completion(answered(prompt).text, prompt, tokens_in=50),
        lambda prompt: completion(json.dumps({"postings": [item("ffffffff", "Title: Invented")]}), prompt),
        lambda prompt: completion(json.dumps({"postings": []}), prompt),
        lambda prompt: completion(json.dumps({"postings": [item(i, t) for i, t in asked_of(prompt).items()] * 2}), prompt),
    ],
    ids=["thinking", "brackets", "wrong shape", "refusal", "cut off", "prompt cut", "invented", "missing", "doubled"],
)
def test_whatever_comes_back_once_every_posting_is_answered_in_the_end(published, damage):
    llm = ScriptedLLM(in_turn(damage, answered))
    assert improve(llm) == (5, None)
    assert len(llm.prompts) > 1
    assert PendingExtraction.objects.count() == 0


def test_swapped_answers_are_noticed(published):
    def swapped(prompt):
        asked = asked_of(prompt)
        if len(asked) == 1:
            return answered(prompt)
        texts = [*list(asked.values())[1:], next(iter(asked.values()))]
        items = [item(key, text) for key, text in zip(asked, texts, strict=True)]
        return completion(json.dumps({"postings": items}), prompt)

    llm = ScriptedLLM(swapped)
    assert improve(llm) == (5, None)
    assert sizes(llm.prompts) == [5, 1, 1, 1, 1, 1]


def test_postings_with_the_same_words_are_asked_about_once(read_board):
    read_board([greenhouse_payload(n, title="Account Executive") for n in range(4)])
    services.pending_fill()
    services.pending_extract()
    llm = ScriptedLLM()
    assert improve(llm) == (4, None)
    assert sizes(llm.prompts) == [1]
    assert LLMCall.objects.get().tokens_in == pytest.approx(
        sum(Extraction.objects.filter(tier=1).values_list("tokens_in", flat=True)), abs=4
    )


def test_work_stops_when_told(published):
    llm = ScriptedLLM()
    tiers.tier_fill(llm=llm, tier=1)
    assert services.pending_improve(tier=1, llm=llm, keep_going=lambda: False) == (0, None)
    assert services.pending_improve(tier=1, llm=llm, seconds=0) == (0, None)
    assert waiting() == 5


def test_a_pause_is_noticed_between_two_calls(published, settings):
    run = run_create(kind="all")
    run_start(run_id=run.pk)
    settings.TIER1_BATCH_SIZE = 5
    llm = ScriptedLLM(context_tokens=fixed_tokens() + 2 * (TOKENS_PER_POSTING + 400))  # two postings a call
    tiers.tier_fill(llm=llm, tier=1)
    PendingExtraction.objects.update(run_id=run.pk)

    def pauses(prompt):
        run_pause(run_id=run.pk)
        return answered(prompt)

    llm.script = in_turn(pauses, answered)
    done, stopped_by = services.pending_improve(tier=1, llm=llm)
    assert (done, len(llm.prompts)) == (2, 1)
    assert isinstance(stopped_by, WorkPaused)
    assert services.pending_improve(tier=1, llm=llm) == (0, None)
    run_resume(run_id=run.pk)
    end_waits()
    assert services.pending_improve(tier=1, llm=llm) == (3, None)


def test_rules_that_were_queued_before_do_not_replace_a_better_record(published):
    PendingExtraction.objects.bulk_create(PendingExtraction(posting_id=row.pk, tier=0, content_hash=row.content_hash) for row in published)
    improve(ScriptedLLM())
    services.pending_extract()
    assert set(Job.objects.values_list("tier", flat=True)) == {1}
    assert PendingExtraction.objects.count() == 0


def test_what_an_experiment_decided_stays(published):
    tiers.tier_fill(llm=ScriptedLLM(), tier=1)
    CurrentExtraction.objects.update(decided_by=uuid.uuid4())
    services.pending_improve(tier=1, llm=ScriptedLLM())
    assert set(CurrentExtraction.objects.values_list("tier", flat=True)) == {0}
    assert tiers.tier_fill(llm=ScriptedLLM(), tier=1) == 0
