"""The language models there are: every class of this package that states `tiers`, found by being there.

Importing a vendor's file does not import its client, so that settings can ask who there is.
"""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import cast

from extraction import providers
from extraction.providers.llm import LLM

NOT_VENDORS = {"base", "rules"}
"""Extractors, whose tables take a while to read."""


@cache
def llm_classes() -> Mapping[str, type[LLM]]:
    """Name -> class, in alphabetical order. Raises ValueError for a class whose name is not that of its file."""
    found: dict[str, type[LLM]] = {}
    for file in sorted(module.name for module in pkgutil.iter_modules(providers.__path__)):
        if file in NOT_VENDORS:
            continue
        for _, member in inspect.getmembers(import_module(f"{providers.__name__}.{file}"), inspect.isclass):
            if member.__module__.endswith(f".{file}") and {"name", "tiers"} <= vars(member).keys():
                found[_checked_name(member, file)] = cast("type[LLM]", member)
    return MappingProxyType(found)


def names_of_tier(tier: int) -> tuple[str, ...]:
    """Who may be used for a tier."""
    return tuple(name for name, found in llm_classes().items() if tier in found.tiers)


def _checked_name(member: type, file: str) -> str:
    name = str(vars(member)["name"])
    if name != file:
        raise ValueError(f"{member.__qualname__}: its name {name!r} must be that of its file, {file!r}")
    return name
