"""Makes documents of postings: cleaned text, sections and language, which every provider reads.

Many at a time and step by step, not posting by posting: what one step needs stays in the processor's caches that way.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from extraction.document import Document
from extraction.language import detect_language
from extraction.sections import split_sections
from extraction.text import clean_html, clean_plain
from ingestion.ats.base import Posting


class Received(NamedTuple):
    """A posting with what its source knows: the employer's name and the board, `(source_type, source_key)`."""

    posting: Posting
    company_name: str
    source_type: str
    source_key: str


def documents_from(received: Sequence[Received]) -> list[Document]:
    """The documents of postings, in their order."""
    return _documents(received, [clean_html(item.posting.description_html) for item in received])


def document_of_text(posting: Posting, text: str, *, company_name: str, source_type: str, source_key: str) -> Document:
    """The same for text that is not HTML; it replaces the posting's description."""
    return _documents([Received(posting, company_name, source_type, source_key)], [clean_plain(text)])[0]


def _documents(received: Sequence[Received], texts: Sequence[str]) -> list[Document]:
    sections = list(map(split_sections, texts))
    languages = [detect_language(text, item.posting.language) for item, text in zip(received, texts, strict=True)]
    return [
        Document(item.posting, text, parts, item.company_name, item.source_type, item.source_key, language)
        for item, text, parts, language in zip(received, texts, sections, languages, strict=True)
    ]
