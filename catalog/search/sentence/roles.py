"""Occupations of a sentence: their functions, and the words to look for. Pure.

"senior data product managers" is one occupation of several parts: the last one says the function, the others narrow it by
their words. Occupations joined by "or" and "and" are alternatives: their functions and words add up.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, product

from catalog.search.sentence.meanings import HEADS
from catalog.search.sentence.parts import Kind, Part
from catalog.search.sentence.reading import Said
from catalog.search.sentence.search_text import Alternative
from catalog.search.sentence.words import fold, singular

# Where titles say "manager" of people who lead nobody: here a search for managers is one for the word.
_MANAGERS_OF_THINGS = frozenset({"revops", "marketing", "product", "customer_success", "operations"})
_MANAGER = (("seniority", "manager"),)


def with_managers_of_things(said: Sequence[Said]) -> list[Said]:
    """The same, "manager" as a part of the occupation where it does not tell the level."""
    return [
        replace(one, part=replace(one.part, kind=Kind.ROLE, filters=(), words=("manager",))) if _is_of_things(one, before) else one
        for before, one in zip([None, *said], said, strict=False)
    ]


def _is_of_things(one: Said, before: Said | None) -> bool:
    follows = before is not None and one.joint is None and one.part.filters == _MANAGER
    return follows and before is not None and function_of([before.part]) in _MANAGERS_OF_THINGS


def occupations(said: Sequence[Said]) -> list[list[Part]]:
    """Parts of one occupation each, negated ones left out; a level may stand between ("data engineering manager")."""
    groups: list[list[Part]] = []
    goes_on = False
    for one in said:
        goes_on = goes_on and one.joint is None
        if one.part.kind is Kind.ROLE and not one.negated:
            groups[-1:] = [[*groups[-1], one.part]] if goes_on else [*groups[-1:], [one.part]]
            goes_on = True
        else:
            goes_on = goes_on and one.part.family == "seniority"
    return groups


def function_of(parts: Sequence[Part]) -> str:
    """The last part that has a function says it; "" if none has one."""
    return next((value for part in reversed(parts) for name, value in part.filters if name == "function"), "")


def functions_of(groups: Sequence[Sequence[Part]]) -> list[str]:
    """The function of each occupation; none when one of them has no function, since the filter would exclude its jobs."""
    functions = [function_of(parts) for parts in groups]
    return functions if all(functions) else []


def alternatives(groups: Sequence[Sequence[Part]]) -> list[Alternative]:
    """The ways in which jobs may name one of these occupations; none when one of them is a whole function and that is a filter."""
    ways = [list(_ways(_with_head(groups, index))) for index in range(len(groups))]
    if not functions_of(groups):
        ways = [way or [(singular(fold(parts[-1].text)),)] for way, parts in zip(ways, groups, strict=True)]
    return list(dict.fromkeys(chain.from_iterable(ways))) if all(ways) else []


def _with_head(groups: Sequence[Sequence[Part]], index: int) -> Sequence[Part]:
    """What the last of a list is called, all are called: "pricing or deal desk analysts"."""
    last = groups[-1][-1]
    is_shared = index < len(groups) - 1 and len(groups[-1]) > 1 and not HEADS.isdisjoint(last.words)
    return [*groups[index], last] if is_shared else groups[index]


def _ways(parts: Sequence[Part]) -> Iterator[Alternative]:
    """Every combination of the parts' words; a part without words narrows by its own name unless it says the function."""
    function = function_of(parts)
    needed = [part.words or (() if ("function", function) in part.filters else (part.text,)) for part in parts]
    if any(needed):
        yield from product(*(words for words in needed if words))
