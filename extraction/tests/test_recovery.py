"""kill -9 in the middle of extraction: the end is the same, nothing is done twice."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import psutil
import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from catalog.models import Job
from extraction import services
from extraction.models import CurrentExtraction, Extraction, PendingExtraction
from extraction.tests.conftest import greenhouse_payload

POSTINGS = 400
MANY = 1_600
WORKER = """
import django
django.setup()
from django.conf import settings
settings.STORAGES["raw"]["OPTIONS"]["location"] = {folder!r}
from extraction import services
services.pending_extract(batch=10)
"""


def database_url() -> str:
    database = connection.settings_dict
    return f"postgresql://{database['USER']}@/{database['NAME']}?host={quote(database['HOST'])}"


def start_worker(folder: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", WORKER.format(folder=folder)], env={**os.environ, "POSTGRES_URL": database_url()})


def start_command(folder: Path) -> subprocess.Popen[bytes]:
    """`manage.py extract` over the tests' database, with the raw objects linked into a state folder of its own."""
    state = folder.parent / "state"
    state.mkdir(exist_ok=True)
    if not (state / "raw").exists():
        (state / "raw").symlink_to(folder)
    environment = {**os.environ, "POSTGRES_URL": database_url(), "REDIS_URL": settings.REDIS_URL, "GTM_STATE_DIR": str(state)}
    return subprocess.Popen([sys.executable, "manage.py", "extract", "--processes", "2"], cwd=settings.BASE_DIR, env=environment)


@pytest.mark.django_db(transaction=True)
def test_kill_9_while_extracting(read_board, raw_folder, vocabulary):
    read_board([greenhouse_payload(n) for n in range(POSTINGS)])
    services.pending_fill()
    kills = 0
    while kills < 3 and services.pending_count() > 50:
        worker = start_worker(str(raw_folder))
        before = services.pending_count()
        while services.pending_count() == before and worker.poll() is None:
            time.sleep(0.01)
        worker.kill()
        worker.wait()
        kills += 1
        PendingExtraction.objects.exclude(lease_until=None).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert kills >= 2
    services.pending_extract()
    assert services.pending_count() == 0
    assert Job.objects.count() == CurrentExtraction.objects.count() == Extraction.objects.count() == POSTINGS


@pytest.mark.django_db(transaction=True)
def test_kill_9_of_the_command_leaves_nothing_behind_and_the_next_call_finishes(read_board, raw_folder, vocabulary):
    read_board([greenhouse_payload(n) for n in range(MANY)])
    command = start_command(raw_folder)
    try:
        while not Extraction.objects.exists():
            assert command.poll() is None
            time.sleep(0.01)
        family = psutil.Process(command.pid).children(recursive=True)
        assert len(family) >= 2
    finally:
        command.kill()
        command.wait()
    _, alive = psutil.wait_procs(family, timeout=20)
    assert alive == []
    left = services.pending_count()
    assert left
    # The dead command's leases end in a second instead of half a minute; the next call must wait for them.
    PendingExtraction.objects.exclude(lease_until=None).update(lease_until=timezone.now() + timedelta(seconds=1))
    second = start_command(raw_folder)
    assert second.wait(120) == 0
    assert services.pending_count() == 0
    assert Job.objects.count() == CurrentExtraction.objects.count() == Extraction.objects.count() == MANY
