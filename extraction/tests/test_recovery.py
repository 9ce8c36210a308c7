"""kill -9 in the middle of extraction: the end is the same, nothing is done twice."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
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


@contextmanager
def killed_in_the_end(process: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.django_db(transaction=True)
def test_kill_9_while_extracting(read_board, raw_folder, vocabulary, until):
    read_board([greenhouse_payload(n) for n in range(POSTINGS)])
    services.pending_fill()
    kills = 0
    while kills < 3 and services.pending_count() > 50:
        before = services.pending_count()
        with killed_in_the_end(start_worker(str(raw_folder))) as worker:
            until(
                lambda worker=worker, before=before: worker.poll() is not None or services.pending_count() < before, "a batch of the worker"
            )
        kills += 1
        PendingExtraction.objects.exclude(lease_until=None).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert kills >= 2
    services.pending_extract()
    assert services.pending_count() == 0
    assert Job.objects.count() == CurrentExtraction.objects.count() == Extraction.objects.count() == POSTINGS


@pytest.mark.django_db(transaction=True)
def test_kill_9_of_the_command_leaves_nothing_behind_and_the_next_call_finishes(read_board, raw_folder, vocabulary, until):
    read_board([greenhouse_payload(n) for n in range(MANY)])
    with killed_in_the_end(start_command(raw_folder)) as command:
        until(lambda: command.poll() is not None or Extraction.objects.exists(), "the command's first records")
        family = psutil.Process(command.pid).children(recursive=True)
        assert len(family) >= 2
    _, alive = psutil.wait_procs(family, timeout=20)
    assert alive == []
    left = services.pending_count()
    assert left
    # The dead command's leases end in a second instead of half a minute; the next call must wait for them.
    PendingExtraction.objects.exclude(lease_until=None).update(lease_until=timezone.now() + timedelta(seconds=1))
    with killed_in_the_end(start_command(raw_folder)) as second:
        assert second.wait(300) == 0
    assert services.pending_count() == 0
    assert Job.objects.count() == CurrentExtraction.objects.count() == Extraction.objects.count() == MANY
