"""Writes of experiments: begin, run, decide."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.db import connection, transaction
from django.utils import timezone

from extraction import store
from extraction.errors import ExtractionError
from extraction.experiments.extractors import Extraction, Extractor
from extraction.experiments.report import experiment_report
from extraction.models import CurrentExtraction, Experiment, ExperimentItem
from ingestion.models import RawPosting

BATCH = 100
CHANGED = "its content has changed since the sample was drawn"


class EmptySampleError(ExtractionError):
    """Nothing stands that could be extracted again; the message says what to do first."""


def experiment_begin(*, extractor: Extractor, sample: int, seed: int, by: str = "") -> Experiment:
    """The unfinished experiment of the same extractor, sample and seed, else a new one with its sample drawn.

    `sample` postings (0: all) of those whose published extraction is of their present content; the same seed draws the same
    postings. Raises EmptySampleError.
    """
    identity = extractor.identity
    made_by = {"provider": identity.provider, "model": identity.model, "prompt_version": identity.prompt_version, "tier": identity.tier}
    unfinished = Experiment.objects.filter(state=Experiment.State.RUNNING, sample=sample, seed=seed, **made_by).first()
    if unfinished:
        return unfinished
    with transaction.atomic():
        experiment = Experiment.objects.create(sample=sample, seed=seed, by=by, **made_by)
        if not _draw(experiment):
            raise EmptySampleError("no posting is published yet: `manage.py extract` publishes what was fetched")
    return experiment


def experiment_run(
    experiment: Experiment,
    extractor: Extractor,
    *,
    advance: Callable[[int], None] = lambda count: None,
    keep_going: Callable[[], bool] = lambda: True,
) -> Experiment:
    """Extract what the sample still lacks, a hundred at a time, and report when nothing is left.

    May be ended at any time and called again: what is done stays done. An experiment that the spend cap or a silent server stops
    stays unfinished and says why.
    """
    while (posting_ids := _missing(experiment)) and keep_going():
        outcome = extractor.extract(posting_ids, experiment.pk)
        _keep(experiment, extractor, outcome)
        advance(len(posting_ids) - len(outcome.left))
        if outcome.stopped_by:
            experiment.message = str(outcome.stopped_by)[:1000]
            experiment.save(update_fields=["message"])
            return experiment
    if not posting_ids:
        _finish(experiment)
    return experiment


def sample_ids(*, sample: int, seed: int) -> list[int]:
    """The postings that an experiment with this sample and seed would draw now."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT posting_id FROM ({_sample_sql()}) AS drawn (posting_id, extraction_id)", [seed, sample])  # noqa: S608
        return [row[0] for row in cursor.fetchall()]


def _sample_sql() -> str:
    """A hash decides who is in a sample, so that it is the same on every machine."""
    current, posting = CurrentExtraction._meta.db_table, RawPosting._meta.db_table
    return f"""
        SELECT c.posting_id, c.extraction_id
        FROM {current} c JOIN {posting} p ON p.id = c.posting_id AND p.content_hash = c.content_hash
        ORDER BY hashint8extended(c.posting_id, %s), c.posting_id LIMIT NULLIF(%s, 0)
    """  # noqa: S608 - table names of our own models


def _draw(experiment: Experiment) -> int:
    """Fill the sample; its size."""
    sql = f"""
        INSERT INTO {ExperimentItem._meta.db_table} (experiment_id, posting_id, before_id, error)
        SELECT %s, posting_id, extraction_id, '' FROM ({_sample_sql()}) AS drawn (posting_id, extraction_id)
    """  # noqa: S608 - table names of our own models
    with connection.cursor() as cursor:
        cursor.execute(sql, [experiment.pk, experiment.seed, experiment.sample])
        return int(cursor.rowcount)


def _missing(experiment: Experiment) -> Sequence[int]:
    items = experiment.items.filter(after=None, error="").order_by("posting_id")
    return list(items.values_list("posting_id", flat=True)[:BATCH])


def _keep(experiment: Experiment, extractor: Extractor, outcome: Extraction) -> None:
    """Store what was extracted, beside what stands and without publishing it.

    A posting whose content has changed since the sample was drawn can no longer be compared.
    """
    extracted = {item.row.pk: item for item in outcome.extracted}
    items = {item.posting_id: item for item in experiment.items.filter(posting_id__in=[*extracted, *outcome.failures])}
    hashes = dict(experiment.items.filter(posting_id__in=list(extracted)).values_list("posting_id", "before__content_hash"))
    same = {pk: item for pk, item in extracted.items() if item.row.content_hash == hashes[pk]}
    failures = dict(outcome.failures) | dict.fromkeys(extracted.keys() - same.keys(), CHANGED)
    results = {pk: item.result for pk, item in same.items()}
    with transaction.atomic():
        ids = store.extractions_write(
            identity=extractor.identity, hashes={pk: hashes[pk] for pk in same}, results=results, run_id=experiment.pk, now=timezone.now()
        )
        for posting_id, extraction_id in ids.items():
            items[posting_id].after_id = extraction_id
        for posting_id, reason in failures.items():
            items[posting_id].error = reason[:1000]
        ExperimentItem.objects.bulk_update(items.values(), ["after", "error"])


def _finish(experiment: Experiment) -> None:
    experiment.report = experiment_report(experiment)
    experiment.state, experiment.message = Experiment.State.DONE, ""
    experiment.ended_at = timezone.now()
    experiment.save()
