"""Sentences from templates: `[one|another]` is a choice, `{slot}` is filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import orjson

_PHRASES = Path(__file__).parent / "phrases"
_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_SLOT = re.compile(r"\{(\w+)\}")
_A_VOWEL = re.compile(r"\b([Aa]) (?=[aeioAEIO])")


@cache
def phrases(name: str) -> dict[str, Any]:
    """The stock of one file of `phrases/`, by its name without the ending."""
    stock: dict[str, Any] = orjson.loads((_PHRASES / f"{name}.json").read_bytes())
    return stock


@dataclass
class Writer:
    """Fills templates for one posting. A slot is a fixed text, or a pool drawn from without repeating.

    `english`: an "a" before a slot becomes "an" where the filling asks for it.
    """

    rng: Random
    fixed: Mapping[str, str]
    pools: Mapping[str, Sequence[str]]
    english: bool = True
    _left: dict[str, list[str]] = field(default_factory=dict)

    def write(self, template: str) -> str:
        """The template with its choices made and its slots filled; KeyError names an unknown slot."""
        # Half of all templates have no choice or no slot, and few an article before one: checks spare regex runs.
        if "[" in template:
            template = _CHOICE.sub(lambda match: self.rng.choice(match[1].split("|")), template)
        if "{" not in template:
            return template
        written = _SLOT.sub(lambda match: self._fill(match[1]), template)
        article = self.english and ("a {" in template or "A {" in template)
        return _A_VOWEL.sub(r"\1n ", written) if article else written

    def pick(self, templates: Sequence[str], count: int) -> list[str]:
        """That many different templates, written, in random order (all of them when there are fewer)."""
        return [self.write(item) for item in self.rng.sample(templates, min(count, len(templates)))]

    def _fill(self, slot: str) -> str:
        if slot in self.fixed:
            return self.fixed[slot]
        left = self._left.get(slot)
        if not left:
            left = self._left[slot] = list(self.pools[slot])
        return left.pop(int(self.rng.random() * len(left)))
