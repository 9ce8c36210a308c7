"""A search as plain values: what the filters make of an address, and what every search backend answers. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from django.db.models import TextChoices

MAX_TEXT_LENGTH = 300
"""Characters that may be typed into a search, for its words or as a sentence."""

_MOST_VALUES = 200


class Sort(TextChoices):
    RELEVANCE = "relevance", "Most relevant"
    NEWEST = "newest", "Newest"
    SALARY = "salary", "Highest salary"


class Op(StrEnum):
    """How a condition compares. A column of several values (`skill_ids`, `places`) has a value when one of its members is it."""

    ANY = "any"  # has one of the values; of no values: no job
    ALL = "all"  # has each of the values (columns of several values only)
    AT_LEAST = "at_least"  # the one value or more
    BELOW = "below"  # less than the one value
    PRESENT = "present"  # not null; a column of several values: not empty. No values


@dataclass(frozen=True, slots=True)
class Condition:
    """What a job must have (or, `excluded`, must not) in a column of `Job`. A job whose column is null has nothing in it.

    `name`: the parameter that it comes from, which is also the facet's whose choice it is.
    """

    name: str
    column: str
    op: Op
    values: tuple[Any, ...] = ()
    excluded: bool = False


@dataclass(frozen=True, slots=True)
class Search:
    """Jobs that meet all conditions and the text (words, "phrases", OR, -minus), in an order that ends with the newest id.

    `resembling`: jobs whose title or company looks like the text, instead of those that have its words. `sort` is
    relevance only where there is a text.
    """

    text: str = ""
    conditions: tuple[Condition, ...] = ()
    sort: Sort = Sort.NEWEST
    resembling: bool = False

    @property
    def is_long(self) -> bool:
        """Whether it is too large to keep: a part of a company's name may stand for tens of thousands of ids."""
        return sum(len(condition.values) for condition in self.conditions) > _MOST_VALUES

    def chooses(self, name: str) -> bool:
        """Whether a value of this facet is chosen."""
        return any(condition.name == name for condition in self.conditions)

    def without(self, name: str) -> Search:
        """The same search less what one parameter asks for."""
        return replace(self, conditions=tuple(condition for condition in self.conditions if condition.name != name))
