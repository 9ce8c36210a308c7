from __future__ import annotations

import pytest

from extraction.experiments.compare import EXAMPLES, Change, Side, change_of, compare


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        ("Berlin", "Berlin", Change.SAME),
        (None, "Berlin", Change.FILLED),
        ("unknown", "senior", Change.FILLED),
        ("senior", "unknown", Change.EMPTIED),
        ("senior", "staff", Change.CHANGED),
        (None, "unknown", Change.SAME),
        (["SQL", "Gong"], ["gong", "sql"], Change.SAME),
        (["SQL"], ["SQL", "Gong"], Change.CHANGED),
        ([], ["SQL"], Change.FILLED),
        (0, None, Change.EMPTIED),
    ],
)
def test_what_becomes_of_a_field(before, after, change):
    assert change_of(before, after) is change


def placed(**fields):
    return {name: {"spans": [{"quote": quote, "pointer": None, "start": 0, "end": 3}]} for name, quote in fields.items()}


def test_fields_are_counted_with_their_places():
    before = Side({"role_title": "Seller", "salary_min_usd": 90_000, "remote_type": "unknown"}, placed(salary="90k"))
    after = Side({"role_title": "Seller", "salary_min_usd": 95_000, "remote_type": "remote"}, placed(remote_type="any", role_title="Sel"))
    diffs = {diff.name: diff for diff in compare([(7, before, after)])}
    salary, remote, title = diffs["salary_min_usd"], diffs["remote_type"], diffs["role_title"]
    assert (salary.changes[Change.CHANGED], salary.grounded_before, salary.grounded_after) == (1, 1, 0)
    assert (remote.changes[Change.FILLED], remote.stated_before, remote.stated_after, remote.grounded_after) == (1, 0, 1, 1)
    assert (title.differing, title.grounded_before, title.grounded_after) == (0, 0, 1)
    (example,) = remote.examples
    assert (example.posting_id, example.before, example.after) == (7, "unknown", "remote")


def test_what_differs_most_comes_first_with_some_examples():
    pairs = [(n, Side({"job_summary": "a"}, {}), Side({"job_summary": "b"}, {})) for n in range(EXAMPLES + 5)]
    first, *_ = compare(pairs)
    assert (first.name, first.differing, len(first.examples)) == ("job_summary", EXAMPLES + 5, EXAMPLES)


def test_no_pairs_make_no_changes():
    assert all(diff.differing == 0 for diff in compare([]))
