from __future__ import annotations

import os
import threading
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ingestion import storage
from ingestion.errors import RawObjectDamagedError
from ingestion.models import RawObject, RawPosting, Source
from ingestion.services.integrity import (
    Dangling,
    damaged_forget,
    names_without_row,
    objects_check,
    objects_repair,
    orphan_delete,
    pointers_check,
    pointers_repair,
)
from ingestion.services.postings import posting_payload
from ingestion.services.raw import raw_objects_add, raw_objects_delete
from ingestion.services.versions import posting_history
from ingestion.tests.factories import MOMENT, greenhouse_body, greenhouse_job, make_source, store_body

DAY = timedelta(days=1)
pytestmark = pytest.mark.django_db


def path_of(folder: Path, sha256: str) -> Path:
    return folder / storage.name_of(sha256)


def age(path: Path, by: timedelta = 2 * DAY) -> None:
    moment = (timezone.now() - by).timestamp()
    os.utime(path, (moment, moment))


@pytest.fixture
def board(raw_folder: Path) -> Source:
    """Posting 1 is in the first raw object, posting 2 in the second; posting 3 is closed and in the first."""
    source = make_source()
    store_body(source, greenhouse_body(greenhouse_job(1), greenhouse_job(2), greenhouse_job(3)))
    for day in (1, 2):
        store_body(source, greenhouse_body(greenhouse_job(1), greenhouse_job(2, title="Lead")), MOMENT + day * DAY)
    return source


def test_sound_storage_has_no_problem(board: Source):
    checked = list(objects_check())
    assert [one.problem for one in checked] == ["", ""]
    assert list(names_without_row()) == []


@pytest.mark.parametrize(("damage", "problem"), [(None, "not in storage"), (b"", "checksum"), (b"garbage", "unpacked"), (-20, "checksum")])
def test_every_damage_is_found(board: Source, raw_folder: Path, damage: bytes | int | None, problem: str):
    first, second = RawObject.objects.order_by("pk")
    path = path_of(raw_folder, first.sha256)
    if damage is None:
        path.unlink()
    else:
        path.write_bytes(damage if isinstance(damage, bytes) else path.read_bytes()[:damage])
    found = {one.sha256: one.problem for one in objects_check()}
    assert problem in found[first.sha256]
    assert found[second.sha256] == ""


def damaged_first(raw_folder: Path) -> RawObject:
    first = RawObject.objects.order_by("pk")[0]
    path_of(raw_folder, first.sha256).write_bytes(b"garbage")
    return first


def test_a_repair_reads_the_board_again_and_heals_what_is_open(board: Source, raw_folder: Path):
    first = damaged_first(raw_folder)
    before = {row["source_job_id"]: row for row in RawPosting.objects.values()}
    repair = objects_repair(damaged=[one for one in objects_check() if one.problem], now=MOMENT + 3 * DAY)
    assert (repair.sources, repair.postings, repair.lost_postings, repair.lost_versions) == (1, 1, 1, 1)
    board.refresh_from_db()
    assert (board.read_digest, board.next_check_at) == ("", MOMENT + 3 * DAY)
    assert not path_of(raw_folder, first.sha256).exists()
    result = store_body(board, greenhouse_body(greenhouse_job(2, title="Lead"), greenhouse_job(1)), MOMENT + 4 * DAY)
    assert +Counter(result.counts) == {"unchanged": 2}
    after = {row["source_job_id"]: row for row in RawPosting.objects.values()}
    assert posting_payload(after["1"]["id"])["title"] == "Engineer 1"
    moved = {"raw_object_id", "raw_index"}
    assert {k: v for k, v in after["1"].items() if k not in moved} == {k: v for k, v in before["1"].items() if k not in moved}
    assert posting_history(RawPosting.objects.get(source_job_id="2"))[1].unreadable
    with pytest.raises(RawObjectDamagedError):
        posting_payload(after["3"]["id"])


def test_the_same_bytes_again_make_the_object_whole(board: Source, raw_folder: Path):
    first = damaged_first(raw_folder)
    objects_repair(damaged=[one for one in objects_check() if one.problem])
    assert RawObject.objects.get(pk=first.pk).damaged_at
    store_body(board, greenhouse_body(greenhouse_job(1), greenhouse_job(2), greenhouse_job(3)), MOMENT + 4 * DAY)
    assert RawObject.objects.get(pk=first.pk).damaged_at is None
    assert [one.problem for one in objects_check()] == ["", ""]


def test_a_body_that_a_repair_takes_away_while_its_board_is_read_again_is_not_taken_for_stored(board: Source, raw_folder: Path):
    damaged = [one for one in objects_check() if not one.problem]
    bodies = [storage.keep(storage.read(one.sha256)) for one in damaged]
    objects_repair(damaged=damaged)
    with pytest.raises(RawObjectDamagedError, match="read its board again"), transaction.atomic():
        raw_objects_add(raws=bodies, now=timezone.now())
    assert not RawObject.objects.filter(damaged_at=None).exists()


def test_pointers_that_lead_nowhere_are_found_and_mended_as_damage(board: Source):
    """Posting 1 is open, posting 3 closed, and posting 2 has a version there."""
    assert pointers_check() == Dangling(0, 0)
    first = RawObject.objects.order_by("pk")[0]
    hash_before = RawPosting.objects.get(source_job_id="1").content_hash
    raw_objects_delete([first.pk])
    assert pointers_check() == Dangling(2, 1)
    assert [step.unreadable for step in posting_history(RawPosting.objects.get(source_job_id="2"))][1].endswith("is not in storage")
    assert pointers_repair() == 1
    assert pointers_check() == Dangling(0, 0)
    repair = objects_repair(damaged=[one for one in objects_check() if one.problem], now=MOMENT + 3 * DAY)
    assert (repair.sources, repair.postings, repair.lost_postings, repair.lost_versions) == (1, 1, 1, 1)
    store_body(board, greenhouse_body(greenhouse_job(2, title="Lead"), greenhouse_job(1)), MOMENT + 4 * DAY)
    healed = RawPosting.objects.get(source_job_id="1")
    assert (posting_payload(healed.pk)["title"], healed.content_hash) == ("Engineer 1", hash_before)


def test_numbers_that_are_pointed_to_are_not_given_again(board: Source):
    RawPosting.objects.filter(source_job_id="1").update(raw_object_id=10**6)
    assert pointers_repair() == 1
    assert raw_objects_add(raws=[storage.keep(b"new")], now=MOMENT).popitem()[1] > 10**6


@pytest.mark.parametrize("state", ["gone", "blocked", "failed", "paused"])  # what fails has no digest, what is paused may
def test_a_repair_keeps_the_rest_of_invalid_boards_which_look_again_after_it(board: Source, raw_folder: Path, state: str):
    damaged_first(raw_folder)
    Source.objects.update(state=state)
    due = Source.objects.get().next_check_at
    assert objects_repair(damaged=[one for one in objects_check() if one.problem]).sources == 0
    assert Source.objects.values_list("next_check_at", "read_digest").get() == (due, "")


def test_damaged_rows_go_when_nothing_points_to_them(board: Source, raw_folder: Path):
    damaged_first(raw_folder)
    objects_repair(damaged=[one for one in objects_check() if one.problem])
    assert damaged_forget() == 0
    RawPosting.objects.all().delete()
    assert damaged_forget() == 1


def test_orphans_are_told_and_deleted_only_when_they_are_old_and_ours(board: Source, raw_folder: Path):
    orphan = storage.keep(b"nobody knows")
    draft = raw_folder / "ab" / "cd" / f".{'a' * 64}.zst.{'b' * 32}"
    draft.parent.mkdir(parents=True)
    draft.write_bytes(b"half")
    (raw_folder / "notes.txt").write_text("somebody's")
    found = {name.name: name for name in names_without_row()}
    assert set(found) == {storage.name_of(orphan.sha256), draft.relative_to(raw_folder).as_posix(), "notes.txt"}
    assert [orphan_delete(orphan=name) for name in found.values()] == [False] * 3
    for name in found:
        age(raw_folder / name)
    assert sorted(name.name for name in names_without_row() if not orphan_delete(orphan=name)) == ["notes.txt"]
    assert RawObject.objects.count() == 2
    assert [one.problem for one in objects_check()] == ["", ""]


def test_deleting_an_orphan_does_not_look_through_postings(raw_folder: Path):
    age(path_of(raw_folder, storage.keep(b"nobody knows").sha256))
    (orphan,) = names_without_row()
    with CaptureQueriesContext(connection) as captured:
        assert orphan_delete(orphan=orphan)
    assert [query["sql"] for query in captured if "ingestion_posting" in query["sql"] or "ingestion_rawposting" in query["sql"]] == []
    assert not RawObject.objects.exists()


def test_a_row_that_came_meanwhile_saves_the_orphan(raw_folder: Path):
    kept = storage.keep(b"late")
    age(path_of(raw_folder, kept.sha256))
    (orphan,) = names_without_row()
    raw_objects_add(raws=[kept], now=timezone.now())
    assert not orphan_delete(orphan=orphan)
    assert storage.read(kept.sha256) == b"late"


@pytest.mark.django_db(transaction=True)
def test_whoever_stores_bytes_that_are_being_deleted_is_told(raw_folder: Path, monkeypatch: pytest.MonkeyPatch):
    kept = storage.keep(b"contested")
    age(path_of(raw_folder, kept.sha256))
    (orphan,) = names_without_row()
    again = storage.keep(b"contested")
    assert not again.is_new
    deleted, go_on = threading.Event(), threading.Event()
    delete = storage.delete

    def slowly(name: str) -> None:
        delete(name)
        deleted.set()
        assert go_on.wait(20)

    monkeypatch.setattr(storage, "delete", slowly)

    def work() -> None:
        orphan_delete(orphan=orphan)
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    assert deleted.wait(20)
    threading.Timer(0.2, go_on.set).start()
    with pytest.raises(RawObjectDamagedError, match="read its board again"), transaction.atomic():
        raw_objects_add(raws=[again], now=timezone.now())
    thread.join(20)
    assert not RawObject.objects.exists()
    fresh = storage.keep(b"contested")
    raw_objects_add(raws=[fresh], now=timezone.now())
    assert storage.read(fresh.sha256) == b"contested"
