"""The adapters: every class in this package that states a `source_type`, found by being there."""

from __future__ import annotations

import inspect
import pkgutil
import re
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import Any

from ingestion import ats
from ingestion.ats.base import Adapter

# Everything that `Adapter` states.
_CONTRACT = sorted(name for name in {*Adapter.__annotations__, *vars(Adapter)} if not name.startswith("_"))


class DuplicateAdapterError(RuntimeError):
    """Two adapters claim one source type."""


class IncompleteAdapterError(TypeError):
    """An adapter lacks parts of the contract; the message names them."""


class UnknownSourceTypeError(LookupError):
    """No adapter reads this ATS; the message names those there are."""


@cache
def adapters() -> Mapping[str, Adapter]:
    """source_type -> adapter, in alphabetical order."""
    found: dict[str, Adapter] = {}
    for module in sorted(pkgutil.iter_modules(ats.__path__), key=lambda m: m.name):
        for _, member in inspect.getmembers(import_module(f"{ats.__name__}.{module.name}"), inspect.isclass):
            source_type = vars(member).get("source_type")
            if isinstance(source_type, str) and member.__module__.endswith(f".{module.name}"):
                register(found, source_type, member)
    return MappingProxyType(found)


def adapter(source_type: str) -> Adapter:
    """The adapter of this ATS. Raises UnknownSourceTypeError."""
    try:
        return adapters()[source_type]
    except KeyError:
        known = ", ".join(adapters())
        raise UnknownSourceTypeError(f"no adapter for source type {source_type!r}: known are {known}") from None


def regions(reader: Adapter) -> list[str]:
    """The regions that have a base URL of their own, "" for all others: `eu` by a setting named `<SOURCE_TYPE>_EU_BASE_URL`."""
    prefix = f"{reader.source_type}_".upper()
    return [name.removeprefix(prefix).removesuffix("BASE_URL").strip("_").lower() for name in reader.base_urls]


def register(found: dict[str, Adapter], source_type: str, member: type[Any]) -> None:
    """Add the adapter to those found so far. Raises ValueError, DuplicateAdapterError and IncompleteAdapterError."""
    if not re.fullmatch(r"[a-z0-9_]+", source_type):
        raise ValueError(f"{member.__qualname__}: source_type {source_type!r} must be made of a-z, 0-9 and _")
    if source_type in found:
        raise DuplicateAdapterError(f"{member.__qualname__} and {type(found[source_type]).__qualname__} are both {source_type!r}")
    if lacking := [name for name in _CONTRACT if not hasattr(member, name)]:
        raise IncompleteAdapterError(f"{member.__qualname__} lacks {', '.join(lacking)}: ingestion.ats.base.Adapter says what each is")
    found[source_type] = member()
