"""Promote an experiment or roll it back: publish its extractions, or those that stood before it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone
from pydantic import TypeAdapter

from catalog.services import jobs_publish
from extraction import publish, store
from extraction.errors import ExtractionError
from extraction.models import Experiment, ExperimentEvent, ExperimentItem, Extraction, PendingExtraction
from extraction.providers.base import FieldEvidence, Result
from extraction.publish import Extracted
from extraction.schema import ExtractionDetails, JobExtractedV1
from extraction.services import postings_extract, rules_provider
from extraction.store import Identity
from ingestion.models import PostingSeen

BATCH = 100
_EVIDENCE = TypeAdapter(dict[str, FieldEvidence])
Advance = Callable[[int], None]


class DecisionError(ExtractionError):
    """The experiment is not in a state in which this can be decided; the message says which."""


class Move(NamedTuple):
    """One posting's way from one extraction to another."""

    posting_id: int
    standing_id: int
    target: Extraction


def experiment_promote(experiment: Experiment, *, by: str = "", reason: str = "", advance: Advance = lambda count: None) -> ExperimentEvent:
    """Publish the experiment's extractions where what it was compared with still stands. Raises DecisionError."""
    if experiment.state not in (Experiment.State.DONE, Experiment.State.ROLLED_BACK):
        raise DecisionError(f"only a finished experiment can be promoted; this one is {experiment.get_state_display()}")
    return _decide(experiment, ExperimentEvent.Action.PROMOTE, Experiment.State.PROMOTED, by, reason, advance)


def experiment_roll_back(
    experiment: Experiment, *, by: str = "", reason: str = "", advance: Advance = lambda count: None
) -> ExperimentEvent:
    """Publish what stood before, where the experiment's extraction still stands. Raises DecisionError."""
    if experiment.state != Experiment.State.PROMOTED:
        raise DecisionError(f"only a promoted experiment can be rolled back; this one is {experiment.get_state_display()}")
    return _decide(experiment, ExperimentEvent.Action.ROLL_BACK, Experiment.State.ROLLED_BACK, by, reason, advance)


def _decide(
    experiment: Experiment,
    action: ExperimentEvent.Action,
    state: Experiment.State,
    by: str,
    reason: str,
    advance: Advance,
) -> ExperimentEvent:
    """A hundred postings a transaction: killed in between, the same decision taken again publishes the rest."""
    event = ExperimentEvent(experiment=experiment, action=action, by=by[:150], reason=reason[:500])
    items = experiment.items.exclude(after=None).select_related("before", "after").order_by("posting_id")
    for start in range(0, items.count(), BATCH):
        moves = [_move(item, action) for item in items[start : start + BATCH]]
        published = _publish(experiment, moves)
        event.published += published
        event.left += len(moves) - published
        advance(len(moves))
    experiment.state = state
    with transaction.atomic():
        experiment.save(update_fields=["state"])
        event.save()
    return event


def _move(item: ExperimentItem, action: ExperimentEvent.Action) -> Move:
    before, after = item.before, item.after
    assert after is not None
    if action == ExperimentEvent.Action.PROMOTE:
        return Move(item.posting_id, before.pk, after)
    return Move(item.posting_id, after.pk, before)


def _publish(experiment: Experiment, moves: Sequence[Move]) -> int:
    """Publish the targets of postings that nobody works on and that still stand as they stood; how many.

    Mentions of skills are matched anew, with the vocabulary of now: they follow the curators, not an extraction.
    """
    extracted, _ = postings_extract([move.posting_id for move in moves], rules_provider())
    read = {item.row.pk: item for item in extracted}
    with transaction.atomic():
        chosen = {
            move.posting_id: (move.target, _as_stored(read[move.posting_id], move.target))
            for move in _movable(moves)
            if move.posting_id in read and _fits(read[move.posting_id], move.target)
        }
        publication = store.publication_next()
        seen = dict(PostingSeen.objects.filter(posting_id__in=chosen).values_list("posting_id", "last_seen_at"))
        jobs_publish(
            facts=[
                publish.job_facts(item, _identity(target), target.pk, publication, seen.get(posting_id, item.row.first_seen_at))
                for posting_id, (target, item) in chosen.items()
            ]
        )
        _point(experiment, [target for target, _ in chosen.values()])
    return len(chosen)


def _point(experiment: Experiment, targets: Sequence[Extraction]) -> None:
    """Make the targets what stands, group by group of those that were made alike."""
    groups: dict[Identity, list[Extraction]] = {}
    for target in targets:
        groups.setdefault(_identity(target), []).append(target)
    for identity, group in groups.items():
        store.current_point(
            identity=identity,
            hashes={target.posting_id: target.content_hash for target in group},
            extraction_ids={target.posting_id: target.pk for target in group},
            now=timezone.now(),
            decided_by=experiment.pk,
        )


def _movable(moves: Sequence[Move]) -> list[Move]:
    """Those whose posting no worker holds, locked; and what stands for them, locked too, is what the decision is about."""
    ids = [move.posting_id for move in moves]
    held = PendingExtraction.objects.filter(posting_id__in=ids).select_for_update()
    busy = {row.posting_id for row in held if row.lease_until and row.lease_until > timezone.now()}
    standing = store.standing_lock(ids)
    return [
        move
        for move in moves
        if move.posting_id not in busy and move.posting_id in standing and standing[move.posting_id].extraction_id == move.standing_id
    ]


def _fits(item: Extracted, target: Extraction) -> bool:
    """Whether the posting still reads as it did: same content, and every highlight stands where it stood."""
    text = item.document.text
    spans = target.record.get("highlights", [])
    return item.row.content_hash == target.content_hash and all(
        text[span["start_char"] : span["end_char"]] == span["text"] for span in spans
    )


def _as_stored(item: Extracted, target: Extraction) -> Extracted:
    """The posting with the record, details and evidence of an extraction, and the skills that are matched now."""
    stored = Result(
        record=JobExtractedV1.model_validate(target.record),
        details=ExtractionDetails.model_validate(target.details),
        evidence=_EVIDENCE.validate_python(target.evidence),
        skills=item.result.skills,
        title_skills=item.result.title_skills,
    )
    return replace(item, result=stored)


def _identity(extraction: Extraction) -> Identity:
    return Identity(extraction.provider, extraction.model, extraction.prompt_version, extraction.tier)
