"""What is told of parameters that nobody knows."""

import pytest

from catalog.parameter_names import left_out, unknown_name

KNOWN = ("skill", "state", "posted_after", "first_seen_after", "min_comp")


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("skil", "; did you mean skill?"),
        ("after", "; did you mean posted_after or first_seen_after?"),
        ("started_skill", "; there are skill, state"),
        ("colour", "; there are skill, state"),
    ],
)
def test_a_name_is_suggested_when_it_is_near(typed, told):
    assert told in unknown_name(typed, KNOWN)


def test_a_page_names_each_and_nothing_that_is_known():
    assert left_out(["skil", "skill", "x" * 99], KNOWN) == [
        "Left out “skil”: there is no such filter here; did you mean skill?",
        f"Left out “{'x' * 40}”: there is no such filter here.",
    ]


def test_a_page_passes_over_marks_of_links():
    assert left_out(["utm_source", "gclid", "fbclid"], KNOWN) == []


def test_a_page_names_few_of_many():
    told = left_out([f"x{n}" for n in range(650)], KNOWN)
    assert (len(told), told[-1]) == (4, "Left out 647 more that no filter here is called.")


def test_nothing_is_near_where_nothing_is_known():
    assert unknown_name("a", []) == "no such parameter; there are none"
