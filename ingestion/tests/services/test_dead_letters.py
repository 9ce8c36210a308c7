"""The table of dead letters is the truth; the queue mirrors it."""

from __future__ import annotations

from typing import Any

import django_rq
import pytest
from django.conf import settings
from redis import ConnectionError as RedisConnectionError

from ingestion.models import DeadLetter
from ingestion.services import dead_letter_prune, dead_letters_mirror
from ingestion.tests.factories import make_source

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def mirror() -> Any:
    queue = django_rq.get_queue(settings.DEAD_LETTER_QUEUES["scrape"])
    queue.delete(delete_jobs=True)
    yield queue
    queue.delete(delete_jobs=True)


@pytest.fixture
def letter() -> DeadLetter:
    return DeadLetter.objects.create(source=make_source(), kind="busy", message="503", attempts=6)


def test_an_emptied_redis_gets_its_mirror_back(mirror: Any, letter: DeadLetter):
    assert dead_letters_mirror() == 1
    assert mirror.job_ids == [f"dead-letter-{letter.pk}"]
    mirror.connection.flushdb()
    assert (dead_letters_mirror(), dead_letters_mirror()) == (1, 0)
    assert mirror.job_ids == [f"dead-letter-{letter.pk}"]


def test_letters_that_were_closed_while_redis_was_away_leave_it(mirror: Any, letter: DeadLetter, monkeypatch: pytest.MonkeyPatch):
    def away(*args: Any) -> None:
        raise RedisConnectionError("away")

    dead_letters_mirror()
    with monkeypatch.context() as patch:
        for name in ("get_queue", "get_connection"):
            patch.setattr(f"ingestion.services.dead_letters.django_rq.{name}", away)
        assert (dead_letters_mirror(), dead_letter_prune(letter_ids=[letter.pk])) == (0, 1)
    assert mirror.job_ids == [f"dead-letter-{letter.pk}"]
    assert dead_letters_mirror() == 1
    assert mirror.job_ids == []
