"""What a provider is: one extractor of postings (rules, a local LLM, a paid LLM). No Django, no database.

A provider is one class in one file of this package, found by being there (language models: `extraction.providers.llm_registry`).
It reads a `Document` and answers a `Result`, or raises `ProviderError`, nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Any, ClassVar, Protocol

from extraction.document import Document
from extraction.evidence import Evidence
from extraction.rules.skills import SkillMatch
from extraction.schema import ExtractionDetails, JobExtractedV1


class FieldSource(StrEnum):
    """Where a value comes from, best first: the ATS's own field, the title, the text."""

    STRUCTURED = "structured"
    TITLE = "title"
    TEXT = "text"


@dataclass(slots=True, unsafe_hash=True)  # see `extraction.evidence`
class FieldEvidence:
    """Why a field of the record has its value: one entry per field that states something.

    Stored and shown as `{source, rule, tier, confidence, spans: [{quote, pointer, start, end}]}`.
    """

    source: FieldSource
    rule: str
    tier: int
    confidence: float
    spans: tuple[Evidence, ...]

    def document(self) -> dict[str, Any]:
        """The same as plain values, which are written as JSON in a fifth of the time that objects take."""
        return {
            "source": self.source,
            "rule": self.rule,
            "tier": self.tier,
            "confidence": self.confidence,
            "spans": [{"quote": span.quote, "pointer": span.pointer, "start": span.start, "end": span.end} for span in self.spans],
        }


@dataclass(frozen=True, slots=True)
class Usage:
    """What a call cost, in tokens as the vendor counted them and in US dollars. Rules cost nothing."""

    tokens_in: int = 0
    tokens_out: int = 0
    cost_usd: Decimal = Decimal(0)


@dataclass(unsafe_hash=True)  # see `extraction.evidence`
class Result:
    """One posting extracted. `evidence` maps a field's name (spec E1) to where its value stands."""

    record: JobExtractedV1
    details: ExtractionDetails
    evidence: Mapping[str, FieldEvidence]
    skills: tuple[SkillMatch, ...] = ()
    """Where the vocabulary's terms are named in the text, every mention."""
    title_skills: tuple[SkillMatch, ...] = ()
    """The same for the title; offsets count inside the title."""
    usage: Usage = field(default_factory=Usage)

    @cached_property
    def evidence_document(self) -> dict[str, Any]:
        """`evidence` in the form that is stored and shown."""
        return {name: entry.document() for name, entry in self.evidence.items()}


class Provider(Protocol):
    """The whole contract of an extractor."""

    name: ClassVar[str]
    """Key of the provider, stored with every Extraction: `[a-z0-9_]+`."""
    tier: ClassVar[int]
    """0 rules, 1 local LLM, 2 paid LLM."""

    @property
    def version(self) -> str:
        """Changes whenever the same posting might be answered differently (rules, vocabulary, model, prompt)."""

    def extract(self, documents: Sequence[Document]) -> list[Result]:
        """The records of postings, in their order. Raises ProviderError for the first that fails."""
