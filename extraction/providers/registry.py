"""The providers: every class in this package that states a `name` and a `tier`, found by being there."""

from __future__ import annotations

import inspect
import pkgutil
import re
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import cast

from extraction import providers
from extraction.providers.base import Provider

NOT_PROVIDERS = {"base", "registry"}


class DuplicateProviderError(RuntimeError):
    """Two providers claim one name."""


@cache
def provider_classes() -> Mapping[str, type[Provider]]:
    """Name -> provider class, in alphabetical order of their files. Each class says in its constructor what it needs."""
    found: dict[str, type[Provider]] = {}
    for module in sorted(pkgutil.iter_modules(providers.__path__), key=lambda m: m.name):
        if module.name in NOT_PROVIDERS or module.ispkg:
            continue
        for _, member in inspect.getmembers(import_module(f"{providers.__name__}.{module.name}"), inspect.isclass):
            if member.__module__.endswith(f".{module.name}") and {"name", "tier"} <= vars(member).keys():
                register(found, cast("type[Provider]", member))
    return MappingProxyType(found)


def register(found: dict[str, type[Provider]], member: type[Provider]) -> None:
    """Add a class under its name. Raises ValueError for a bad name, DuplicateProviderError for one that is taken."""
    if not re.fullmatch(r"[a-z0-9_]+", member.name):
        raise ValueError(f"{member.__qualname__}: name {member.name!r} must be made of a-z, 0-9 and _")
    if member.name in found:
        raise DuplicateProviderError(f"{member.__qualname__} and {found[member.name].__qualname__} are both {member.name!r}")
    found[member.name] = member
