from __future__ import annotations

from datetime import timedelta

import django_rq
import pytest
from django.conf import settings
from django.utils import timezone

from extraction import services, tiers
from extraction.claims import MAX_ATTEMPTS
from extraction.models import LLMCall, PendingExtraction
from extraction.tests.conftest import greenhouse_payload
from extraction.tests.llms import ScriptedLLM, answered, completion, sizes

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def queue():
    queue = django_rq.get_queue(settings.DEAD_LETTER_QUEUES["extract"])
    queue.empty()
    yield queue
    queue.empty()


def dead(posting_id: int) -> PendingExtraction:
    return PendingExtraction.objects.create(posting_id=posting_id, tier=1, content_hash="h", state="dead", error="because")


def test_the_mirror_follows_the_table(queue):
    first, second = dead(1), dead(2)
    PendingExtraction.objects.create(posting_id=3, tier=1, content_hash="h")
    assert services.dead_letters_mirror() == 2
    assert set(queue.job_ids) == {f"dead-extraction-{first.pk}", f"dead-extraction-{second.pk}"}
    assert services.dead_letters_mirror() == 0
    services.dead_retry(posting_ids=[1])
    assert services.dead_letters_mirror() == 1
    assert queue.job_ids == [f"dead-extraction-{second.pk}"]


def test_a_mirror_that_was_lost_comes_back(queue):
    dead(1)
    services.dead_letters_mirror()
    queue.empty()
    assert services.dead_letters_mirror() == 1
    assert queue.count == 1


def end_waits() -> None:
    PendingExtraction.objects.exclude(lease_until=None).update(lease_until=timezone.now() - timedelta(seconds=1))


def improve(llm: ScriptedLLM) -> int:
    tiers.tier_fill(llm=llm, tier=1)
    return services.pending_improve(tier=1, llm=llm).done


@pytest.fixture
def published(read_board, vocabulary):
    """Two postings that rules have published."""
    rows = read_board([greenhouse_payload(n) for n in range(2)])
    services.pending_fill()
    services.pending_extract()
    return rows


@pytest.fixture
def died_of_bad_answers(published):
    """The same two, after a model that wrote nonsense about them."""
    improve(ScriptedLLM(nonsense))
    assert PendingExtraction.objects.dead().count() == 2
    return published


def nonsense(prompt):
    return completion("no idea", prompt)


def test_a_retry_asks_again_where_the_answer_was_no_good(died_of_bad_answers):
    llm = ScriptedLLM()
    services.dead_retry()
    assert improve(llm) == 2
    assert sum(sizes(llm.prompts)) == 2


def move_clock(by: timedelta) -> None:
    LLMCall.objects.update(started_at=timezone.now() + by, ended_at=timezone.now() + by)


def test_bad_answers_that_a_clock_ahead_wrote_down_are_asked_again(died_of_bad_answers):
    move_clock(timedelta(hours=1))
    llm = ScriptedLLM()
    services.dead_retry()
    assert improve(llm) == 2
    assert sum(sizes(llm.prompts)) == 2


def test_a_retry_that_was_killed_pays_nothing_twice(died_of_bad_answers):
    singles: list[int] = []

    def one_answer_then_the_end(prompt):
        if sizes([prompt]) != [1]:
            return nonsense(prompt)
        singles.append(1)
        if len(singles) == 1:
            return answered(prompt)
        raise KeyboardInterrupt  # nobody catches it, as nobody catches a kill: the answer is stored, no record is written

    services.dead_retry()
    with pytest.raises(KeyboardInterrupt):
        improve(ScriptedLLM(one_answer_then_the_end))
    end_waits()
    llm = ScriptedLLM()
    assert improve(llm) == 2
    assert sizes(llm.prompts) == [1]


def test_a_retry_of_what_died_of_something_else_takes_the_stored_answer(published, monkeypatch):
    llm = ScriptedLLM()
    tiers.tier_fill(llm=llm, tier=1)
    with monkeypatch.context() as patch:
        patch.setattr(services, "_write", lambda *args, **kwargs: (_ for _ in ()).throw(MemoryError))
        for _ in range(MAX_ATTEMPTS):
            with pytest.raises(MemoryError):
                services.pending_improve(tier=1, llm=llm)
            end_waits()
    assert services.pending_improve(tier=1, llm=llm).done == 0
    assert PendingExtraction.objects.dead().count() == 2
    services.dead_retry()
    assert services.pending_improve(tier=1, llm=llm).done == 2
    assert len(llm.prompts) == 1


@pytest.mark.parametrize("behind", [timedelta(0), timedelta(hours=1)], ids=["clock right", "clock behind"])
def test_postings_of_the_same_words_share_the_answer_of_a_retry(read_board, vocabulary, behind):
    first, second = read_board([greenhouse_payload(n, title="Account Executive") for n in range(2)])
    services.pending_fill()
    services.pending_extract()
    improve(ScriptedLLM(nonsense))
    llm = ScriptedLLM()
    for posting in (first, second):
        services.dead_retry(posting_ids=[posting.pk])
        assert services.pending_improve(tier=1, llm=llm).done == 1
        move_clock(-behind)
    assert len(llm.prompts) == 1
