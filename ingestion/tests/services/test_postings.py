from __future__ import annotations

from pathlib import Path

import pytest

from ingestion import storage
from ingestion.errors import RawObjectDamagedError
from ingestion.models import RawPosting
from ingestion.services import PostingUnreadable, posting_payload, postings_load
from ingestion.services.raw import raw_objects_delete
from ingestion.tests.factories import greenhouse_body, greenhouse_job, make_source, store_body

pytestmark = pytest.mark.django_db


def test_postings_come_back_in_the_order_asked_for_each_object_read_once(raw_folder: Path, monkeypatch: pytest.MonkeyPatch):
    store_body(make_source("acme"), greenhouse_body(*(greenhouse_job(n) for n in range(5))))
    store_body(make_source("beta"), greenhouse_body(greenhouse_job(7, content="&lt;b&gt;7&lt;/b&gt;")))
    reads: list[str] = []
    read = storage.read
    monkeypatch.setattr(storage, "read", lambda sha256: reads.append(sha256) or read(sha256))
    ids = list(RawPosting.objects.order_by("-pk").values_list("pk", flat=True))
    loaded = postings_load([*ids, 10**9])
    assert [row.pk for row, _ in loaded] == ids
    assert [posting.source_job_id for _, posting in loaded] == [row.source_job_id for row, _ in loaded]
    assert loaded[0][1].description_html == "<b>7</b>"
    assert loaded[0][0].source.company_name == "Acme"
    assert len(reads) == 2


def test_a_damaged_object_spoils_only_its_own_postings(raw_folder: Path):
    store_body(make_source("acme"), greenhouse_body(greenhouse_job(1)))
    store_body(make_source("beta"), greenhouse_body(greenhouse_job(2)))
    broken, whole = RawPosting.objects.select_related("raw_object").order_by("pk")
    (raw_folder / storage.name_of(broken.raw_object.sha256)).unlink()
    (_, why), (_, posting) = postings_load([broken.pk, whole.pk])
    assert isinstance(why, PostingUnreadable)
    assert "not in storage" in why
    assert posting.source_job_id == "2"


def test_a_pointer_that_leads_nowhere_spoils_only_its_own_posting(raw_folder: Path):
    store_body(make_source("acme"), greenhouse_body(greenhouse_job(1)))
    store_body(make_source("beta"), greenhouse_body(greenhouse_job(2)))
    lost, whole = RawPosting.objects.order_by("pk")
    raw_objects_delete([lost.raw_object_id])
    (_, why), (_, posting) = postings_load([lost.pk, whole.pk])
    assert isinstance(why, PostingUnreadable)
    assert posting.source_job_id == "2"
    with pytest.raises(RawObjectDamagedError, match=f"lost-{lost.raw_object_id} is not in storage"):
        posting_payload(lost.pk)


def test_an_index_that_does_not_exist_is_said(raw_folder: Path):
    store_body(make_source(), greenhouse_body(greenhouse_job(1)))
    RawPosting.objects.update(raw_index=9)
    ((_, why),) = postings_load([RawPosting.objects.get().pk])
    assert "has no item 9" in why


def test_the_payload_is_what_was_received(raw_folder: Path):
    store_body(make_source(), greenhouse_body(greenhouse_job(1), greenhouse_job(2, extra={"kept": [1]})))
    assert posting_payload(RawPosting.objects.get(source_job_id="2").pk) == greenhouse_job(2, extra={"kept": [1]})
