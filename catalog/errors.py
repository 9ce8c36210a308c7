"""Errors of the catalogue.

CatalogError
├── CursorError             a page's cursor that was not made here, or not for this order
└── UnknownSkillError       facts name a skill that the vocabulary's tables do not have
"""

from __future__ import annotations


class CatalogError(Exception):
    """Base of everything that the catalogue raises on purpose. `retryable`: the same call may succeed later."""

    retryable = False


class CursorError(CatalogError):
    """A page's cursor that was not made here, or not for this order."""


class UnknownSkillError(CatalogError):
    """Facts name a skill that the vocabulary's tables do not have: import the vocabulary they were made with."""
