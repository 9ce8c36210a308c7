"""The vocabulary of skills as a plain value: what `data/skills.csv` holds and the matcher is built from. No Django."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SkillKind = Literal["skill", "tool"]


@dataclass(frozen=True, slots=True)
class SkillTerm:
    """One canonical skill or tool.

    `aliases` are further surface forms. `ambiguous` holds those forms (name or alias, as written) that are also
    ordinary words, so that they need exact case and context. `domain` is the vendor's web domain, "" if none.
    """

    name: str
    kind: SkillKind
    category: str
    aliases: tuple[str, ...] = ()
    ambiguous: frozenset[str] = frozenset()
    domain: str = ""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All terms and the version they make (a short checksum: same terms, same version)."""

    terms: tuple[SkillTerm, ...]
    version: str
