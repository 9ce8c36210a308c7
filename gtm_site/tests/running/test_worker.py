from __future__ import annotations

import signal
from collections.abc import Iterator

import django_rq
import psycopg
import pytest
import structlog
from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection
from django_rq.workers import get_worker

from gtm_site import status
from gtm_site.running.worker import TaskWorker


@pytest.fixture(autouse=True)
def signals_as_before() -> Iterator[None]:
    """A worker of RQ answers signals itself, and leaves it so when its work is done."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.django_db(transaction=True)
def test_a_task_after_the_server_dropped_the_connection_gets_a_new_one():
    connection.ensure_connection()
    (pid,) = connection.cursor().execute("SELECT pg_backend_pid()").fetchone()
    database = connection.settings_dict
    with psycopg.connect(host=database["HOST"], user=database["USER"], dbname=database["NAME"], autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [pid])
    queue = django_rq.get_queue(settings.CONTROL_QUEUE)
    queue.empty()
    task = queue.enqueue(status.downstream_counts)
    TaskWorker([queue], connection=queue.connection).work(burst=True)
    assert task.return_value() == {"postings": {"extracted": 0}, "jobs": 0}


@pytest.mark.parametrize(
    ("queues", "said"), [(["control", "discover"], "one queue a worker, not 2"), (["dlq.scrape"], "only mirrors the dead letters")]
)
def test_queues_that_no_worker_may_listen_to(queues: list[str], said: str):
    found = [django_rq.get_queue(name) for name in queues]
    with pytest.raises(CommandError, match=said):
        TaskWorker(found, connection=found[0].connection)


def test_it_is_what_the_command_starts():
    assert type(get_worker("control")) is TaskWorker


@pytest.mark.parametrize(("name", "loaded"), [("scrape.lever", ["ingestion.tasks"]), ("discover", ["ingestion.tasks"]), ("control", [])])
def test_the_tasks_of_ingestion_are_loaded_before_the_first_comes(name: str, loaded: list[str], monkeypatch: pytest.MonkeyPatch):
    imported: list[str] = []
    monkeypatch.setattr("gtm_site.running.worker.import_module", imported.append)
    queue = django_rq.get_queue(name)
    TaskWorker([queue], connection=queue.connection)
    assert imported == loaded


def bound() -> dict[str, str]:
    return dict(structlog.contextvars.get_contextvars())


@pytest.mark.django_db(transaction=True)
def test_log_lines_of_a_task_carry_its_id_and_those_of_its_run():
    queue = django_rq.get_queue(settings.CONTROL_QUEUE)
    queue.empty()
    names = {"run_id": "one", "trace_id": "two"}
    task = queue.enqueue_call(bound, meta={**names, "other": "three"}, result_ttl=60)
    TaskWorker([queue], connection=queue.connection).work(burst=True)
    assert task.return_value() == {"task_id": task.id, **names}
    assert bound() == {}
