"""What one query gave, as it travels from a site to the parent."""

from __future__ import annotations

from dataclasses import dataclass, field

# Milliseconds: wall, CPU.
Spent = tuple[float, float]


@dataclass
class Sample:
    """Of one query: what each work took by peer and part, how many jobs match, and who counted otherwise."""

    kind: str
    spent: dict[tuple[str, str], Spent] = field(default_factory=dict)
    matches: int = 0
    # Share of the 25 best by full ranking that bounded ranking shows; None where the full ranking was not asked.
    overlap: float | None = None
    # Counts that are not those of tantivy alone: of the product, which must not be, and of peers.
    miscounts: list[str] = field(default_factory=list)
    peer_counts: list[str] = field(default_factory=list)
