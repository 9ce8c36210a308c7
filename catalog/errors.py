"""Errors of the catalogue.

CatalogError
├── CannotAnswerError       a search that the search index cannot answer, so that PostgreSQL does
├── CompletionError         a language model did not answer, or not in the form that was asked for
├── CorrectionError         a correction of a field that has none, or to a value that it cannot have
├── CurationError           a verdict or merge that contradicts the vocabulary
├── CursorError             a page's cursor that was not made here, or not for this order
├── ExportBusyError         as many exports as there may be are under way
├── ExportCutError          an export took longer than it may
├── ExportFieldError        an export of a column that there is not
├── ExportUnavailableError  an export in a format whose library is not installed
├── IndexBusyError          somebody else writes to the search index
├── SavedSearchError        a search that cannot be saved: its filters, its name, or too many
└── UnknownSkillError       facts name a skill that the vocabulary's tables do not have
"""

from __future__ import annotations


class CatalogError(Exception):
    """Base of everything that the catalogue raises on purpose. `retryable`: the same call may succeed later."""

    retryable = False


class CannotAnswerError(CatalogError):
    """A search that the search index cannot answer, so that PostgreSQL does; the message says what it cannot tell."""


class CompletionError(CatalogError):
    """A language model did not answer, or not in the form that was asked for; the message is for an operator."""


class CorrectionError(CatalogError):
    """A correction of a field that cannot be corrected, or to a value that it cannot have; the message says which can."""


class CurationError(CatalogError):
    """A verdict or merge that contradicts the vocabulary; the message names the skill in the way."""


class CursorError(CatalogError):
    """A page's cursor that was not made here, or not for this order."""


class ExportBusyError(CatalogError):
    """As many exports as there may be at once are under way."""

    retryable = True


class ExportCutError(CatalogError):
    """An export took longer than it may, so that what was sent is not all of it."""


class ExportFieldError(CatalogError):
    """An export of a column that there is not; the message names those that there are."""


class ExportUnavailableError(CatalogError):
    """An export in a format whose library is not installed; the message names it."""


class IndexBusyError(CatalogError):
    """Somebody else writes to the search index."""

    retryable = True


class SavedSearchError(CatalogError):
    """A search that cannot be saved; `field` (subject, query, name) is what is wrong with it and the message says why."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class UnknownSkillError(CatalogError):
    """Facts name a skill that the vocabulary's tables do not have: import the vocabulary they were made with."""
