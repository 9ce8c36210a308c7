from __future__ import annotations

import django_rq
import pytest
from django.conf import settings

from extraction import services
from extraction.models import PendingExtraction

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def queue():
    queue = django_rq.get_queue(settings.DEAD_LETTER_QUEUES["extract"])
    queue.empty()
    yield queue
    queue.empty()


def dead(posting_id: int) -> PendingExtraction:
    return PendingExtraction.objects.create(posting_id=posting_id, tier=1, content_hash="h", state="dead", error="because")


def test_the_mirror_follows_the_table(queue):
    first, second = dead(1), dead(2)
    PendingExtraction.objects.create(posting_id=3, tier=1, content_hash="h")
    assert services.dead_letters_mirror() == 2
    assert set(queue.job_ids) == {f"dead-extraction-{first.pk}", f"dead-extraction-{second.pk}"}
    assert services.dead_letters_mirror() == 0
    services.dead_retry(posting_ids=[1])
    assert services.dead_letters_mirror() == 1
    assert queue.job_ids == [f"dead-extraction-{second.pk}"]


def test_a_mirror_that_was_lost_comes_back(queue):
    dead(1)
    services.dead_letters_mirror()
    queue.empty()
    assert services.dead_letters_mirror() == 1
    assert queue.count == 1
