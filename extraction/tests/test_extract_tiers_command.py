from __future__ import annotations

from datetime import timedelta

import django_rq
import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command

from extraction import queues, services, tasks, tiers
from extraction.errors import ProviderError
from extraction.llm.llms import Choice
from extraction.management.commands import extract as command
from extraction.models import CurrentExtraction
from extraction.providers.llm import Probe
from extraction.tests.conftest import greenhouse_payload
from extraction.tests.llms import ScriptedLLM

pytestmark = pytest.mark.usefixtures("vocabulary")


@pytest.fixture(autouse=True)
def rested():
    cache.clear()
    for name in ("extract_t1", "extract_t2"):
        django_rq.get_queue(name).empty()
    yield
    cache.clear()


@pytest.fixture
def published(read_board):
    rows = read_board([greenhouse_payload(n) for n in range(3)])
    services.pending_fill()
    services.pending_extract()
    return rows


@pytest.fixture
def chosen(monkeypatch):
    """Let a scripted model serve tier 1."""

    def choose_it(llm, *, ok=True):
        choice = Choice(1, llm, "tier 1: a script", Probe(ok, "scripted", "a script"))
        monkeypatch.setattr(tiers, "choose", lambda tier: choice)
        monkeypatch.setattr(command, "choose", lambda tier: choice)
        return llm

    return choose_it


def test_the_command_improves_says_by_whom_and_what_is_left(published, chosen, capsys):
    chosen(ScriptedLLM())
    call_command("extract", tier=1)
    out = capsys.readouterr().out
    assert "tier 1: a script" in out
    assert "3 postings improved" in out
    assert "0 wait; 0 dead letters" in out
    assert CurrentExtraction.objects.filter(tier=1).count() == 3


def test_the_command_says_what_stopped_it(published, chosen):
    chosen(ScriptedLLM(lambda prompt: ProviderError("busy", retryable=True)))
    with pytest.raises(CommandError, match=r"stopped: busy\. What is left is done by the next call"):
        call_command("extract", tier=1)


def test_the_command_says_what_to_do_without_a_model(published, chosen):
    chosen(None)
    with pytest.raises(CommandError, match=r"manage\.py models"):
        call_command("extract", tier=1)


def test_queued_work_is_left_to_the_workers(published, chosen, capsys):
    llm = chosen(ScriptedLLM())
    call_command("extract", tier=1, queued=True)
    assert "3 postings wait; the workers of extract_t1 take them" in capsys.readouterr().out
    assert llm.prompts == []


def test_a_task_queues_and_works_off_what_waits(published, chosen):
    chosen(ScriptedLLM())
    assert tasks.improve_pending(1) == 3
    assert not tiers.rests(1)
    assert tasks.improve_pending(1) == 0
    assert tiers.rests(1)


def test_a_worker_without_a_model_rests_and_touches_nothing(published, chosen):
    chosen(None)
    assert tasks.improve_pending(1) == 0
    assert tiers.rests(1)
    assert services.pending_count(tier=1) == 0


def test_a_model_that_does_not_answer_leaves_its_work_waiting(published, chosen):
    llm = chosen(ScriptedLLM(), ok=False)
    assert tasks.improve_pending(1) == 0
    assert llm.prompts == []


def test_a_busy_server_is_left_alone_as_long_as_it_asks(published, chosen, monkeypatch):
    rests = []
    monkeypatch.setattr(tiers, "_rest", lambda tier, time: rests.append(time))
    chosen(ScriptedLLM(lambda prompt: ProviderError("busy", retryable=True, retry_after=77)))
    tasks.improve_pending(1)
    assert rests == [timedelta(seconds=77)]


@pytest.mark.django_db(transaction=True)
def test_tasks_are_put_for_tiers_that_are_on_and_not_at_rest(settings):
    settings.TIER1_PROVIDER, settings.TIER2_PROVIDER, settings.LLM_WORKERS = "auto", "disabled", {1: 2, 2: 2}
    assert queues.tiers_enqueue() == 2
    assert queues.tiers_enqueue() == 0
    assert django_rq.get_queue("extract_t2").count == 0
    django_rq.get_queue("extract_t1").empty()
    cache.set("extraction:rest:tier1", 1)
    assert queues.tiers_enqueue() == 0
