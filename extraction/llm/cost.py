"""What language models cost: prices, and sums over them. Pure arithmetic in US dollars; no database, no network."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_UP, Decimal
from typing import Final

MILLION: Final = Decimal(1_000_000)
CENT_OF_A_CENT: Final = Decimal("0.000001")
"""The ledger's smallest amount. Rounded up: a sum of calls is never below what the vendor bills."""

BATCH_DISCOUNT: Final = Decimal("0.5")
"""OpenAI's and Anthropic's batch interfaces answer within 24 hours for half the price."""


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million tokens, of the prompt and of the answer."""

    usd_in: Decimal
    usd_out: Decimal

    @property
    def is_free(self) -> bool:
        return not (self.usd_in or self.usd_out)


FREE: Final = Price(Decimal(0), Decimal(0))


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a piece of work is expected to use: calls, tokens of all prompts and of all answers, US dollars."""

    calls: int
    tokens_in: int
    tokens_out: int
    cost_usd: Decimal


def cost_of(price: Price, *, tokens_in: int, tokens_out: int, batch: bool = False) -> Decimal:
    """What so many tokens cost; `batch`: through a batch interface."""
    full = (price.usd_in * tokens_in + price.usd_out * tokens_out) / MILLION
    return (full * BATCH_DISCOUNT if batch else full).quantize(CENT_OF_A_CENT, rounding=ROUND_UP)


def estimate(price: Price, *, calls: int, average_in: float, average_out: float, batch: bool = False) -> Estimate:
    """Calls x (average in + average out) at the prices (spec E8)."""
    tokens_in, tokens_out = round(calls * average_in), round(calls * average_out)
    return Estimate(calls, tokens_in, tokens_out, cost_of(price, tokens_in=tokens_in, tokens_out=tokens_out, batch=batch))
