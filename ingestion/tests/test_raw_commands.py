from __future__ import annotations

import io
import json
import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from ingestion import storage
from ingestion.ats.registry import adapter
from ingestion.models import OutboundRequest, RawObject, RawPosting, Source
from ingestion.services.raw import raw_objects_delete
from ingestion.tests.factories import MOMENT, greenhouse_body, greenhouse_job, make_source, store_body

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def ingest(*arguments: str) -> str:
    out = io.StringIO()
    call_command("ingest", *arguments, stdout=out)
    return " ".join(out.getvalue().split())


@pytest.fixture
def board(raw_folder: Path) -> Source:
    source = make_source()
    store_body(source, greenhouse_body(greenhouse_job(1), greenhouse_job(2)))
    for day in (1, 2):
        store_body(source, greenhouse_body(greenhouse_job(1, title="Lead [x]")), MOMENT + day * DAY)
    return source


def test_history_tells_what_changed_and_when(board: Source):
    text = ingest("history", "greenhouse", "Acme", "1")
    assert "/title Engineer 1 Lead [x]" in text
    assert "2026-08-02 00:00" in text
    assert "closed from 2026-08-02 00:00 and still is" in ingest("history", "greenhouse", "acme", "2")


def test_history_as_json_holds_whole_values(board: Source):
    told = json.loads(ingest("history", "greenhouse", "acme", "1", "--json"))
    assert [version["changes"] for version in told["versions"]] == [
        [],
        [{"pointer": "/title", "before": "Engineer 1", "after": "Lead [x]"}],
    ]
    assert told["versions"][1]["valid_until"] is None


@pytest.mark.parametrize(("names", "words"), [(("acme", "9"), "has no posting 9"), (("beta", "1"), "is not a known board")])
def test_history_says_what_is_unknown(board: Source, names: tuple[str, str], words: str):
    with pytest.raises(CommandError, match=words):
        ingest("history", "greenhouse", *names)


def test_reparse_counts_what_it_did(board: Source, monkeypatch: pytest.MonkeyPatch):
    make_source("never-read")
    assert "1 boards: 2 same" in ingest("reparse")
    monkeypatch.setattr(type(adapter("greenhouse")), "version", 2)
    assert "0 boards" in ingest("reparse", "--type", "lever")
    assert "1 boards: 2 changed" in ingest("reparse", "--source", "greenhouse/acme")


def test_reparse_fails_where_raw_bytes_are_lost(board: Source, raw_folder: Path):
    for path in raw_folder.rglob("*.zst"):
        path.unlink()
    with pytest.raises(CommandError, match="2 postings are lost"):
        ingest("reparse")


def test_integrity_of_sound_storage(board: Source):
    assert "every raw object is there with its checksum" in ingest("integrity")


def test_integrity_reports_and_repairs(board: Source, raw_folder: Path):
    current = RawPosting.objects.select_related("raw_object").get(source_job_id="1").raw_object
    (raw_folder / storage.name_of(current.sha256)).write_bytes(b"garbage")
    with pytest.raises(CommandError, match="1 raw objects or rows are damaged"):
        ingest("integrity")
    assert "1 boards are due now, for 1 open postings" in ingest("integrity", "--repair")
    store_body(board, greenhouse_body(greenhouse_job(1, title="Lead [x]", updated_at="now")), MOMENT + 3 * DAY)
    assert "every raw object is there" in ingest("integrity", "--repair")
    assert not RawObject.objects.filter(pk=current.pk).exists()


def test_integrity_reports_and_repairs_pointers_that_lead_nowhere(board: Source):
    raw_objects_delete([RawPosting.objects.get(source_job_id="1").raw_object_id])
    with pytest.raises(CommandError, match="1 raw objects or rows are damaged"):
        ingest("integrity")
    said = ingest("integrity", "--repair")
    assert "1 postings and 0 old versions point to raw objects that have no row" in said
    assert "1 boards are due now, for 1 open postings" in said
    store_body(board, greenhouse_body(greenhouse_job(1, title="Lead [x]", updated_at="now")), MOMENT + 3 * DAY)
    assert "every raw object is there" in ingest("integrity", "--repair")


def test_integrity_says_what_nobody_can_bring_back(board: Source, raw_folder: Path):
    first = RawPosting.objects.select_related("raw_object").get(source_job_id="2").raw_object
    (raw_folder / storage.name_of(first.sha256)).unlink()
    with pytest.raises(CommandError, match="2 raw objects or rows are damaged"):
        ingest("integrity", "--repair")


def test_integrity_deletes_orphans_only_when_told(board: Source, raw_folder: Path):
    orphan = raw_folder / storage.name_of(storage.keep(b"nobody knows").sha256)
    old = (timezone.now() - 2 * DAY).timestamp()
    os.utime(orphan, (old, old))
    assert "1 objects have no row" in ingest("integrity")
    assert "1 orphans stay" in ingest("integrity", "--delete-orphans", "--grace-hours", "72")
    assert "1 orphans deleted" in ingest("integrity", "--delete-orphans")
    assert not orphan.exists()


def test_retention_shows_first_and_deletes_when_told(raw_folder: Path):
    moment = timezone.now() - 91 * DAY
    OutboundRequest.objects.create(host="h:1", purpose="list", url="http://h:1/", worker="w", started_at=moment)
    assert "rows of the politeness ledger 90 1" in ingest("retention")
    assert OutboundRequest.objects.exists()
    assert "deleted: 1 requests" in ingest("retention", "--apply")
    assert not OutboundRequest.objects.exists()
    assert "nothing is old enough" in ingest("retention")
