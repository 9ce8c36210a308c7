from __future__ import annotations

from decimal import Decimal

import pytest

from extraction.llm.cost import FREE, Price, cost_of, estimate

OPENAI = Price(Decimal("3.00"), Decimal("12.00"))
ANTHROPIC = Price(Decimal("3.00"), Decimal("15.00"))


@pytest.mark.parametrize(
    ("price", "tokens_in", "tokens_out", "cost"),
    [
        (OPENAI, 1_000_000, 1_000_000, "15.000000"),
        (ANTHROPIC, 1_000_000, 1_000_000, "18.000000"),
        (OPENAI, 2_000, 500, "0.012000"),
        (OPENAI, 0, 0, "0.000000"),
        (FREE, 10_000_000, 10_000_000, "0.000000"),
    ],
)
def test_tokens_have_a_price(price, tokens_in, tokens_out, cost):
    assert cost_of(price, tokens_in=tokens_in, tokens_out=tokens_out) == Decimal(cost)


def test_a_batch_is_half_price():
    assert cost_of(OPENAI, tokens_in=2_000, tokens_out=500, batch=True) == Decimal("0.006")


def test_parts_of_the_smallest_amount_are_rounded_up():
    assert cost_of(Price(Decimal("0.10"), Decimal(0)), tokens_in=1, tokens_out=0) == Decimal("0.000001")


def test_an_estimate_is_calls_times_averages():
    found = estimate(ANTHROPIC, calls=1000, average_in=2_100.5, average_out=400)
    assert (found.calls, found.tokens_in, found.tokens_out) == (1000, 2_100_500, 400_000)
    assert found.cost_usd == Decimal("12.3015")


def test_an_estimate_of_nothing_is_nothing():
    assert estimate(OPENAI, calls=0, average_in=0, average_out=0).cost_usd == 0
