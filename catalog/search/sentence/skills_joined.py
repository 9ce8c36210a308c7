"""Which skills are all wanted, which are alternatives, and which are not: "Snowflake, dbt or Airflow". Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from catalog.search.sentence.parts import JOINTS, Kind, Part
from catalog.search.sentence.reading import Said


def skills_joined(said: Sequence[Said]) -> Iterator[tuple[Part, str]]:
    """Every skill with its parameter: `skill`, `skill_any` or `skill_not`.

    A comma stands for the next "and" or "or" of its list. Skills that "or" joins are alternatives; "and" parts them from others.
    Known limit: there is one list of alternatives (`skill_any`); of two, "(A or B) and (C or D)", it holds all four.
    """
    for run in _lists(said):
        for one, is_choice in zip(run, _choices(run), strict=True):
            yield one.part, "skill_not" if one.negated else "skill_any" if is_choice else "skill"


def _lists(said: Sequence[Said]) -> Iterator[list[Said]]:
    """Skills that follow each other with nothing between but what joins them."""
    run: list[Said] = []
    for one in said:
        if run and (one.part.kind is not Kind.SKILL or one.joint not in JOINTS or one.negated != run[-1].negated):
            yield run
            run = []
        if one.part.kind is Kind.SKILL:
            run.append(one)
    if run:
        yield run


def _choices(run: Sequence[Said]) -> list[bool]:
    """Whether "or" stands on one side of each."""
    joints: list[Kind] = []
    following = Kind.AND
    for one in reversed(run[1:]):
        following = following if one.joint is Kind.COMMA else one.joint or Kind.AND
        joints.insert(0, following)
    either_side = [*joints, Kind.AND], [Kind.AND, *joints]
    return [Kind.OR in pair for pair in zip(*either_side, strict=True)]
