"""Discovery at the size of the real index: 10,000 boards in several crawls, with a process that is killed on the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings as configured
from django.core.cache import cache
from django.db import connection
from django.db.models import Sum

from ingestion.models import CrawlProgress, FrontierUrl, Sighting, Source
from sandbox.captures import dead_token
from sandbox.testing import RunningSandbox, running_sandbox

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

BOARDS = 10_000
# The whole process: interpreter, Django, drivers, and one page of captures at a time.
MOST_MB = 220
# Prints the highest resident size when the command has ended: kB on Linux, where a process counts what its parent held
# among its own in `ru_maxrss` and therefore reads its high-water mark; bytes on macOS.
_PROGRAM = """
import re, resource
from pathlib import Path
from django.core.management import execute_from_command_line
execute_from_command_line(["manage.py", "ingest", "discover"])
status = Path("/proc/self/status")
peak = re.search(r"VmHWM:\\s+(\\d+)", status.read_text())[1] if status.exists() else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print("peak", peak)
"""


@contextmanager
def discovering(sandbox: RunningSandbox, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """`manage.py ingest discover` over the tests' database in a process of its own, killed in the end."""
    database = connection.settings_dict
    services = {
        "DJANGO_SETTINGS_MODULE": "gtm_site.settings",
        "POSTGRES_URL": f"postgresql://{database['USER']}@/{database['NAME']}?host={quote(database['HOST'])}",
        "REDIS_URL": configured.REDIS_URL,
        "GTM_STATE_DIR": str(folder),
        "CDX_SPACING_MS": "0",
    }
    environment = {**os.environ, **sandbox.environment(), **services}
    argv = [sys.executable, "-c", _PROGRAM]
    with subprocess.Popen(
        argv, cwd=configured.BASE_DIR, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def pages_read() -> int:
    return CrawlProgress.objects.aggregate(n=Sum("next_page"))["n"] or 0


def boards(sandbox: RunningSandbox) -> set[tuple[str, str]]:
    """What is to be found: keys folded, each once for an ATS, those of the index's dead boards too."""
    hosts = sandbox.boards()
    dead = {host: [dead_token(host, number, seed=1) for number in range(-(-len(keys) // 15))] for host, keys in hosts.items()}
    return {(host.partition("-")[0], key.casefold()) for host, keys in hosts.items() for key in [*keys, *dead[host]]}


def page_requests(sandbox: RunningSandbox) -> Counter[str]:
    return Counter(line["path"] for line in sandbox.requests() if "&page=" in line["path"])


def test_every_board_is_found_once_although_the_process_is_killed(tmp_path: Path, until: Callable[..., None]):
    with running_sandbox(generate=BOARDS, postings=BOARDS, arguments=["--cdx-block-lines=600"]) as sandbox:
        cache.clear()
        with discovering(sandbox, tmp_path) as process:
            until(lambda: process.poll() is not None or pages_read() >= 5, "five pages of the index")
            assert process.poll() is None, "it ended by itself"
            process.send_signal(signal.SIGKILL)
            process.wait()
        read, found = pages_read(), Source.objects.count()
        assert 0 < found < BOARDS
        with discovering(sandbox, tmp_path) as process:
            output, _ = process.communicate(timeout=300)
        assert process.returncode == 0
        assert set(Source.objects.values_list("source_type", "source_key")) == boards(sandbox)
        asked = page_requests(sandbox)
        assert len(asked) > read
        assert sum(asked.values()) - len(asked) <= 1  # the page that was under way when the process was killed
    captures = CrawlProgress.objects.aggregate(n=Sum("captures"))["n"]
    assert captures > 4 * BOARDS
    assert not CrawlProgress.objects.filter(finished_at=None).exists()
    assert Sighting.objects.values("crawl").distinct().count() == 4
    assert Sighting.objects.filter(is_first=True).count() == Source.objects.count()
    assert FrontierUrl.objects.values("source", "source_job_id").distinct().count() == FrontierUrl.objects.count() > BOARDS
    peak_mb = int(output.rpartition("peak ")[2]) / (2**20 if sys.platform == "darwin" else 2**10)
    print(f"{captures:,} captures, {len(asked)} pages, peak {peak_mb:.0f} MB")
    assert peak_mb < MOST_MB
