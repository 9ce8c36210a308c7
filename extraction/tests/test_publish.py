"""The bridge to the catalogue: how changes of status are cut into transactions."""

from __future__ import annotations

import pytest
from django.utils import timezone

from catalog.facts import JobStatus
from extraction.publish import NEIGHBOURS, STATUS_BATCH_LEAST, STATUS_BATCH_MOST, batches_apart


def statuses(count: int) -> list[JobStatus]:
    now = timezone.now()
    return [JobStatus(pk, now, None, None, 0) for pk in range(count)]


@pytest.mark.parametrize("count", [0, 1, STATUS_BATCH_LEAST, 20 * STATUS_BATCH_LEAST, 20 * STATUS_BATCH_MOST])
def test_every_status_is_in_one_batch_of_a_bounded_size(count: int):
    batches = [[one.posting_id for one in batch] for batch in batches_apart(statuses(count))]
    assert sorted(pk for batch in batches for pk in batch) == list(range(count))
    assert all(0 < len(batch) <= STATUS_BATCH_MOST for batch in batches)


def test_neighbours_are_written_in_different_transactions():
    count = NEIGHBOURS * STATUS_BATCH_LEAST
    for batch in batches_apart(statuses(count)):
        assert {one.posting_id % NEIGHBOURS for one in batch} == {batch[0].posting_id % NEIGHBOURS}


def test_a_few_are_written_at_once():
    assert len(list(batches_apart(statuses(STATUS_BATCH_LEAST)))) == 1
