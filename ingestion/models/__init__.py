"""Tables of ingestion, by theme."""

from __future__ import annotations

from ingestion.models.postings import BadPayload, PostingAbsence, PostingSeen, PostingVersion, RawObject, RawPosting
from ingestion.models.requests import DeadLetter, OutboundRequest
from ingestion.models.runs import Run, RunEvent, RunStage
from ingestion.models.sources import CrawlProgress, FrontierUrl, Sighting, Source

__all__ = [
    "BadPayload",
    "CrawlProgress",
    "DeadLetter",
    "FrontierUrl",
    "OutboundRequest",
    "PostingAbsence",
    "PostingSeen",
    "PostingVersion",
    "RawObject",
    "RawPosting",
    "Run",
    "RunEvent",
    "RunStage",
    "Sighting",
    "Source",
]
