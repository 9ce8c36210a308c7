"""kill -9 in the middle of a language model's batch: no posting twice or never, nothing paid again."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from catalog.models import Job
from extraction import services, tiers
from extraction.models import CurrentExtraction, Extraction, LLMCall, PendingExtraction
from extraction.tests.conftest import greenhouse_payload
from extraction.tests.llms import ScriptedLLM
from extraction.tests.test_recovery import database_url, killed_in_the_end

POSTINGS = 24
SIZE = 6
# A worker whose model writes down every call that reaches it, and takes a while to answer.
WORKER = """
import time
import django
django.setup()
from django.conf import settings
settings.STORAGES["raw"]["OPTIONS"]["location"] = {folder!r}
settings.TIER1_BATCH_SIZE = {size}
from extraction import services
from extraction.tests.llms import ScriptedLLM, answered, asked_of

def script(prompt):
    with open({log!r}, "a") as file:
        file.write(" ".join(sorted(asked_of(prompt))) + chr(10))
    time.sleep({thinks})
    return answered(prompt)

services.pending_improve(tier={tier}, llm=ScriptedLLM(script, name={provider!r}))
"""


def start_worker(folder: Path, log: Path, *, tier: int, provider: str, thinks: float = 0.2) -> subprocess.Popen[bytes]:
    code = WORKER.format(folder=str(folder), log=str(log), size=SIZE, tier=tier, provider=provider, thinks=thinks)
    return subprocess.Popen([sys.executable, "-c", code], env={**os.environ, "POSTGRES_URL": database_url()})


def end_leases() -> None:
    PendingExtraction.objects.exclude(lease_until=None).update(lease_until=timezone.now() - timedelta(seconds=1))


def answered_calls() -> int:
    return LLMCall.objects.filter(state="answered").count()


@pytest.mark.parametrize(("tier", "provider"), [(1, "ollama"), (2, "openai")])
@pytest.mark.django_db(transaction=True)
def test_kill_9_during_a_batch(read_board, raw_folder, vocabulary, tmp_path, tier, provider, until):
    read_board([greenhouse_payload(n) for n in range(POSTINGS)])
    services.pending_fill()
    services.pending_extract()
    Extraction.objects.update(needs_tier2=True)
    tiers.tier_fill(llm=ScriptedLLM(name=provider), tier=tier)
    assert services.pending_count(tier=tier) == POSTINGS
    log = tmp_path / "calls.txt"
    for stored in (1, 3):
        with killed_in_the_end(start_worker(raw_folder, log, tier=tier, provider=provider)) as worker:
            until(lambda worker=worker, stored=stored: worker.poll() is not None or answered_calls() >= stored, f"answer {stored}")
        end_leases()
    assert services.pending_count(tier=tier)
    with killed_in_the_end(start_worker(raw_folder, log, tier=tier, provider=provider, thinks=0)) as worker:
        assert worker.wait(120) == 0
    assert services.pending_count(tier=tier) == 0
    assert Extraction.objects.filter(tier=tier).values("posting_id").distinct().count() == POSTINGS
    assert Extraction.objects.filter(tier=tier).count() == CurrentExtraction.objects.filter(tier=tier).count() == POSTINGS
    assert Job.objects.filter(tier=tier).count() == POSTINGS
    # What reached the model more than once is only what it was busy with when its worker was killed.
    reached = Counter(log.read_text().splitlines())
    unanswered = LLMCall.objects.exclude(state="answered").count()
    assert sum(reached.values()) - len(reached) <= unanswered
    assert unanswered <= 2
    answered = Counter(LLMCall.objects.filter(state="answered").values_list("prompt_hash", flat=True))
    assert set(answered.values()) == {1}
