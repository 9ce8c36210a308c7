"""Names of companies that do not exist, the keys of their boards, and their sizes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from random import Random
from statistics import NormalDist

from sandbox.boards import Host
from sandbox.generate.text import phrases

# Board sizes as 495 recorded boards have them: median 10, mean 32, the largest about 420.
_SIZES = NormalDist(mu=2.3, sigma=1.5)
_LARGEST = 420
DEFAULT_MEAN = 32.5


@dataclass(frozen=True)
class Identity:
    """Who a board belongs to. `domain` ends in .example, which nobody can own."""

    number: int
    host: Host
    key: str
    name: str
    domain: str


@cache
def identities(count: int, seed: int) -> tuple[Identity, ...]:
    """The first `count` companies of a seed; company k is the same whatever the count."""
    return tuple(_identity(number, seed) for number in range(count))


def _identity(number: int, seed: int) -> Identity:
    rng = Random(f"{seed}/company/{number}")
    stem, name = _name(number, seed)
    draw = rng.random()
    host: Host = "greenhouse" if draw < 0.6 else "lever" if draw < 0.95 else "lever-eu"
    return Identity(number, host, _key(stem, name, rng, host), name, f"{stem.lower()}.example")


def _name(number: int, seed: int) -> tuple[str, str]:
    """(stem, full name). A stride through all combinations: no name comes twice before all were used."""
    stock = phrases("companies")
    heads, tails, kinds = stock["heads"], stock["tails"], stock["kinds"]
    pairs = len(heads) * len(tails)
    place = (number * _stride(pairs) + seed * 7919) % pairs
    stem = heads[place // len(tails)] + tails[place % len(tails)]
    lap = number // pairs
    kind = kinds[(place + lap) % len(kinds)] if lap else kinds[place % len(kinds)] if place % 3 == 0 else ""
    return stem + (kind.replace(" ", "") if lap else ""), f"{stem} {kind}".strip()


def _stride(size: int) -> int:
    """A step that visits every number below `size` before repeating one."""
    step = int(size * 0.618)
    while math.gcd(step, size) != 1:
        step += 1
    return step


def _key(stem: str, name: str, rng: Random, host: Host) -> str:
    """Mostly the stem in lower case; sometimes a suffix, capitals, or a space that URLs must encode."""
    draw = rng.random()
    if draw < 0.08:
        return f"{stem.lower()}{rng.choice(('inc', 'careers', 'jobs', 'hq'))}"
    if draw < 0.14 and host != "greenhouse":
        return stem
    if draw < 0.16 and " " in name:
        return name if host != "greenhouse" else name.lower()
    if draw < 0.20:
        return f"{stem.lower()}-{rng.choice(('2', 'eu', 'external'))}"
    return stem.lower()


def sizes(count: int, postings: int | None, seed: int) -> list[int]:
    """Postings of each board: many small boards, few large ones, adding up to `postings`."""
    total = round(count * DEFAULT_MEAN) if postings is None else postings
    order = list(range(count))
    Random(f"{seed}/sizes").shuffle(order)
    weights = [min(_LARGEST, math.exp(_SIZES.inv_cdf((place + 0.5) / count))) for place in order]
    exact = [weight * total / sum(weights) for weight in weights]
    whole = [int(size) for size in exact]
    by_rest = sorted(range(count), key=lambda index: whole[index] - exact[index])
    for index in by_rest[: total - sum(whole)]:
        whole[index] += 1
    return whole
