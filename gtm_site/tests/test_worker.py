from __future__ import annotations

import django_rq
import psycopg
import pytest
from django.conf import settings
from django.db import connection

from gtm_site import status
from gtm_site.worker import TaskWorker


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
