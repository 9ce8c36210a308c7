"""Invented boards, any number of them, the same for the same seed."""

from __future__ import annotations

from datetime import date

from sandbox.generate.board import BodyCache, GeneratedBoard
from sandbox.generate.names import identities, sizes


def generated_boards(count: int, postings: int | None, seed: int, reference: date) -> list[GeneratedBoard]:
    """`count` boards with `postings` postings in all (None: 32.5 a board); nothing is written yet."""
    if not count:
        return []
    cache = BodyCache()
    members = zip(identities(count, seed), sizes(count, postings, seed), strict=True)
    return [GeneratedBoard(identity, size, seed, reference, cache) for identity, size in members]
