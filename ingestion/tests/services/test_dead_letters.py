"""The table of dead letters is the truth; the queue mirrors it."""

from __future__ import annotations

from typing import Any

import django_rq
import pytest
from django.conf import settings
from redis import ConnectionError as RedisConnectionError

from ingestion.errors import ServerBusyError
from ingestion.models import DeadLetter
from ingestion.services import dead_letter_prune, dead_letters_mirror
from ingestion.services.dead_letters import dead_letter_write
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


def test_only_the_newest_are_mirrored(mirror: Any, letter: DeadLetter, monkeypatch: pytest.MonkeyPatch):
    """What is written in an outage while there is no more room comes with the next upkeep, which makes room."""
    monkeypatch.setattr("ingestion.services.dead_letters._MOST", 2)
    dead_letters_mirror()
    newer = [DeadLetter.objects.create(source=make_source(f"other-{n}"), kind="busy", message="503", attempts=6) for n in range(2)]
    assert dead_letters_mirror() == 3
    assert set(mirror.job_ids) == {f"dead-letter-{one.pk}" for one in newer}
    assert dead_letter_prune(letter_ids=[letter.pk, newer[0].pk]) == 2
    assert mirror.job_ids == [f"dead-letter-{newer[1].pk}"]


def test_a_full_mirror_takes_no_more(mirror: Any, letter: DeadLetter, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("ingestion.services.dead_letters._MOST", 1)
    dead_letters_mirror()
    newer = dead_letter_write(source_id=make_source("other").pk, error=ServerBusyError("503"), raw_object_id=None, run_id=None)
    assert mirror.job_ids == [f"dead-letter-{letter.pk}"]
    assert dead_letters_mirror() == 2
    assert mirror.job_ids == [f"dead-letter-{newer.pk}"]


def test_upkeep_puts_a_bounded_number_right_at_once(mirror: Any, letter: DeadLetter, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("ingestion.services.dead_letters._A_TURN", 1)
    DeadLetter.objects.create(source=make_source("other"), kind="busy", message="503", attempts=6)
    assert [dead_letters_mirror() for _ in range(3)] == [1, 1, 0]
    DeadLetter.objects.all().delete()
    assert [dead_letters_mirror() for _ in range(3)] == [1, 1, 0]
    assert mirror.job_ids == []
