"""Raw storage on a real S3 server (rclone's), and what is said when something is wrong with it."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ingestion import pipeline, storage
from ingestion.errors import (
    RawObjectDamagedError,
    RawStorageAwayError,
    RawStorageError,
    RawStorageMissingError,
    RawStorageRefusedError,
)
from ingestion.models import DeadLetter, OutboundRequest, RawObject, RawPosting, Run, RunEvent, Source
from ingestion.services import run_create
from ingestion.services.integrity import names_without_row, objects_check
from ingestion.services.parking import parked_runs_resume
from ingestion.services.postings import posting_payload
from ingestion.tests.factories import make_source
from ingestion.tests.s3 import BUCKET, S3Server, raw_storage, running_s3
from sandbox.testing import RunningSandbox

BODY = b'{"jobs":[]}' * 1000


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with running_s3(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture
def configure(settings: Any, s3: S3Server) -> Callable[..., None]:
    """Keep raw objects there, with other options where a test says so."""

    def apply(url: str = s3.url, **changes: Any) -> None:
        settings.S3_ENDPOINT = url
        settings.STORAGES = {**settings.STORAGES, "raw": raw_storage(url, **changes)}

    apply()
    return apply


def test_bytes_come_back_and_are_kept_once(configure: Callable[..., None], s3: S3Server):
    first, second = storage.keep(BODY), storage.keep(BODY)
    assert (first.is_new, second.is_new, first) == (True, False, second)
    assert storage.read(first.sha256) == BODY
    assert (s3.root / BUCKET / storage.name_of(first.sha256)).stat().st_size == first.stored_size
    assert storage.name_of(first.sha256) in {name.name for name in storage.stored_names()}
    storage.delete(storage.name_of(first.sha256))
    assert not storage.exists(first.sha256)
    with pytest.raises(RawObjectDamagedError, match="not in storage"):
        storage.read(first.sha256)


def test_a_body_of_many_parts_comes_back(configure: Callable[..., None]):
    import random

    body = random.Random(1).randbytes(17 * 2**20)
    assert storage.read(storage.keep(body).sha256) == body


def test_damage_in_the_bucket_is_noticed(configure: Callable[..., None], s3: S3Server):
    kept = storage.keep(b"to be cut" * 999)
    path = s3.root / BUCKET / storage.name_of(kept.sha256)
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(RawObjectDamagedError):
        storage.read(kept.sha256)


def test_the_probe_leaves_nothing(configure: Callable[..., None]):
    storage.check()
    assert not [name for name in storage.stored_names() if name.name.startswith("probe/")]


ACTIONS: dict[str, Callable[[], Any]] = {
    "keep": lambda: storage.keep(b"x"),
    "read": lambda: storage.read("0" * 64),
    "check": storage.check,
    "list": lambda: list(storage.stored_names()),
}


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("wrong", [{"secret_key": "another"}, {"access_key": "another"}], ids=["secret", "key"])
def test_wrong_keys_are_said(configure: Callable[..., None], action: str, wrong: dict[str, str]):
    configure(**wrong)
    with pytest.raises(RawStorageRefusedError, match="check S3_ACCESS_KEY, S3_SECRET_KEY"):
        ACTIONS[action]()


@pytest.mark.parametrize("action", ["keep", "check", "list"])
def test_a_missing_bucket_is_said(configure: Callable[..., None], action: str):
    configure(bucket_name="no-such-bucket")
    with pytest.raises(RawStorageMissingError, match="no bucket 'no-such-bucket': create it or set S3_BUCKET"):
        ACTIONS[action]()


@pytest.mark.parametrize("action", ACTIONS)
def test_a_server_that_is_down_is_said(configure: Callable[..., None], action: str):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        configure(f"http://127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(RawStorageAwayError, match="start it or check S3_ENDPOINT"):
            ACTIONS[action]()


def test_a_server_that_does_not_answer_is_said(configure: Callable[..., None]):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(8)
        configure(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout_s=0.1)
        with pytest.raises(RawStorageAwayError, match="does not answer in time"):
            storage.check()


@pytest.fixture
def source(full_boards: list[str]) -> Source:
    return make_source(full_boards[0])


def queued_run() -> Run:
    run = run_create(kind="fetch", parameters={"queued": True})
    pipeline.fetch_start(run_id=run.pk)
    return run


def read_slice(run: Run) -> Run:
    pipeline.fetch_one_slice(source_type="greenhouse", run_id=run.pk)
    run.refresh_from_db()
    return run


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("wrong", [{"secret_key": "another"}, {"bucket_name": "no-such-bucket"}], ids=["keys", "bucket"])
def test_a_run_is_parked_and_goes_on_when_storage_works(
    source: Source, generated: RunningSandbox, use: Callable[..., None], configure: Callable[..., None], wrong: dict[str, str]
):
    use(generated)
    configure(**wrong)
    run = read_slice(queued_run())
    assert (run.state, run.parked_on) == ("paused", "raw storage")
    assert run.message.endswith("It goes on by itself when raw storage works again.")
    assert parked_runs_resume() == 0
    assert not OutboundRequest.objects.exists()
    configure()
    assert parked_runs_resume() == 1
    run.refresh_from_db()
    assert (run.state, run.parked_on, run.message) == ("running", "", "")
    assert read_slice(run).state == "done"
    assert list(RunEvent.objects.filter(run=run).values_list("state", flat=True)) == ["queued", "running", "paused", "running", "done"]
    posting = RawPosting.objects.first()
    assert posting is not None
    assert posting_payload(posting.pk)
    assert {one.problem for one in objects_check()} == {""}


@pytest.mark.django_db(transaction=True)
def test_storage_that_goes_down_under_way_loses_nothing(
    generated: RunningSandbox,
    use: Callable[..., None],
    full_boards: list[str],
    s3: S3Server,
    configure: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
):
    use(generated)
    configure()
    for key in full_boards[:12]:
        make_source(key)
    keep, kept = storage.keep, []

    def keep_a_few(body: bytes) -> storage.StoredRaw:
        if len(kept) == 4:
            s3.stop()
        kept.append(len(body))
        return keep(body)

    with monkeypatch.context() as patch:
        patch.setattr(storage, "keep", keep_a_few)
        run = read_slice(queued_run())
    assert (run.state, run.parked_on) == ("paused", "raw storage")
    assert "cannot be reached" in run.message
    assert not DeadLetter.objects.exists()
    assert not Source.objects.exclude(state__in=["discovered", "valid", "empty"]).exists()
    assert not Source.objects.exclude(lease_token=None).exists()
    read_before = Source.objects.exclude(last_read_at=None).count()
    assert read_before < 12
    s3.start()
    assert parked_runs_resume() == 1
    assert read_slice(run).state == "done"
    stage = run.stages.get()
    assert (stage.done, stage.failed) == (12, 0)
    assert {one.problem for one in objects_check()} == {""}
    assert not RawObject.objects.filter(damaged_at__isnull=False).exists()
    assert RawPosting.objects.open().count() == sum(Source.objects.values_list("open_postings", flat=True))


@pytest.mark.django_db(transaction=True)
def test_storage_that_goes_down_between_reading_and_storing_loses_nothing(
    generated: RunningSandbox,
    use: Callable[..., None],
    full_boards: list[str],
    configure: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
):
    use(generated)
    configure()
    for key in full_boards[:4]:
        make_source(key)

    def refuse(**_: object) -> None:
        raise RawStorageAwayError("the S3 server cannot be reached")

    with monkeypatch.context() as patch:
        patch.setattr("ingestion.storing.boards_store", refuse)
        run = read_slice(queued_run())
    assert (run.state, run.parked_on) == ("paused", "raw storage")
    assert not Source.objects.exclude(lease_token=None).exists()
    assert not Source.objects.exclude(last_read_at=None).exists()
    assert parked_runs_resume() == 1
    assert read_slice(run).state == "done"
    assert Source.objects.exclude(last_read_at=None).count() == 4


@pytest.mark.django_db
def test_names_in_the_bucket_are_held_against_the_rows(configure: Callable[..., None]):
    kept = storage.keep(b"without a row")
    assert kept.sha256 in {name.sha256 for name in names_without_row()}


def test_only_storage_errors_come_out(configure: Callable[..., None]):
    configure("http://nowhere.invalid:1")
    with pytest.raises(RawStorageError):
        storage.check()
