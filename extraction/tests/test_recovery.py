"""kill -9 in the middle of extraction: the end is the same, nothing is done twice."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.db import connection
from django.utils import timezone

from catalog.models import Job
from extraction import services
from extraction.models import CurrentExtraction, Extraction, PendingExtraction
from extraction.tests.conftest import greenhouse_payload

POSTINGS = 400
WORKER = """
import django
django.setup()
from django.conf import settings
settings.STORAGES["raw"]["OPTIONS"]["location"] = {folder!r}
from extraction import services
services.pending_extract(batch=10)
"""


def start_worker(folder: str) -> subprocess.Popen[bytes]:
    database = connection.settings_dict
    url = f"postgresql://{database['USER']}@/{database['NAME']}?host={quote(database['HOST'])}"
    return subprocess.Popen([sys.executable, "-c", WORKER.format(folder=folder)], env={**os.environ, "POSTGRES_URL": url})


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
