"""The bridge to the catalogue: how changes of status are cut into transactions."""

from __future__ import annotations

from itertools import pairwise

import pytest

from extraction.publish import NEIGHBOURS, STATUS_BATCH_LEAST, STATUS_BATCH_MOST, batches_apart


def batches(count: int) -> list[list[int]]:
    """The ids of each batch; they come in no order from the database."""
    rows = [(pk,) for pk in reversed(range(count))]
    return [[pk for (pk,) in batch] for batch in batches_apart(rows)]


@pytest.mark.parametrize("count", [0, 1, STATUS_BATCH_LEAST, NEIGHBOURS * STATUS_BATCH_LEAST, 20 * STATUS_BATCH_MOST])
def test_every_status_is_in_one_batch_of_a_bounded_size(count: int):
    found = batches(count)
    assert sorted(pk for batch in found for pk in batch) == list(range(count))
    assert all(0 < len(batch) <= STATUS_BATCH_MOST for batch in found)


@pytest.mark.parametrize("count", [1_024, 10_000])
def test_no_two_of_16_neighbours_are_written_in_one_transaction(count: int):
    for batch in batches(count):
        assert all(later - earlier >= 16 for earlier, later in pairwise(sorted(batch)))


def test_a_few_are_written_at_once():
    assert len(batches(STATUS_BATCH_LEAST)) == 1
    assert len(batches(STATUS_BATCH_LEAST + 1)) == 2
