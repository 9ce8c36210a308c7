"""Measures a provider on every labelled file of a folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from catalog.vocabulary_csv import read_vocabulary
from extraction.evaluate.answers import MAPS_NAME, Bench, read_maps
from extraction.evaluate.metrics import Metrics, bootstrap
from extraction.evaluate.rows import Skipped, read_rows, skip_file
from extraction.evaluate.scorers import SCORERS, Scorer
from extraction.providers.rules import RulesProvider
from extraction.rules.skills import Matcher

SAMPLE_FOLDER = Path(__file__).parent.parent / "data" / "sample_gold"
"""A small set written by hand for this project, measured where the labelled data is not at hand."""


@dataclass(frozen=True, slots=True)
class FileReport:
    """One file: rows read, rows that its metric scores, lines skipped, the metrics (main one first) and their intervals.

    A file that no scorer knows has no metrics: all its lines are skipped.
    """

    stem: str
    rows: int
    scored: int
    skipped: int
    metrics: Metrics
    intervals: Mapping[str, tuple[float, float]]

    def as_json(self) -> dict[str, Any]:
        """`{"main": value, "n": rows, "<metric>": value, ..., "skipped": lines, "scored": rows, "interval_95": {...}}`."""
        main = next(iter(self.metrics.values()), None)
        intervals = {name: list(interval) for name, interval in self.intervals.items()}
        return {"main": main, "n": self.rows, **self.metrics, "skipped": self.skipped, "scored": self.scored, "interval_95": intervals}


def rules_bench(folder: Path) -> Bench:
    """Tier 0 with the vocabulary of the project's own file and the folder's label maps."""
    vocabulary = read_vocabulary()
    matcher = Matcher(vocabulary)
    return Bench(RulesProvider(matcher), matcher, vocabulary, read_maps(folder, SAMPLE_FOLDER))


def evaluate_folder(folder: Path, bench: Bench) -> Iterator[FileReport | Skipped]:
    """Reports of all files and what was skipped, in the order of the scorers, unknown files last.

    Raises FileNotFoundError for a folder that is not there.
    """
    if not folder.is_dir():
        raise FileNotFoundError(f"no folder {folder}")
    for stem, scorer in SCORERS.items():
        path = folder / f"{stem}.jsonl"
        if path.is_file():
            yield from _evaluate_file(path, scorer, bench)
    for path in sorted(folder.iterdir()):
        if not _is_known(path):
            yield from _skip(path)


def _is_known(path: Path) -> bool:
    return path.name == MAPS_NAME or path.suffix == ".md" or (path.suffix == ".jsonl" and path.stem in SCORERS)


def _skip(path: Path) -> Iterator[FileReport | Skipped]:
    """Named, and counted under its stem, or under its whole name where the stem could be another file's."""
    skipped, lines = skip_file(path)
    yield skipped
    yield FileReport(path.stem if path.suffix == ".jsonl" else path.name, 0, 0, lines, {}, {})


def _evaluate_file(path: Path, scorer: Scorer, bench: Bench) -> Iterator[FileReport | Skipped]:
    labelled = read_rows(path)
    skipped = list(labelled.skipped)
    observations: list[Any] = []
    for number, row in labelled.rows:
        try:
            observations.append(scorer.observe(row, bench))
        except ValidationError:  # an invalid record is a fault of the provider, not of the row
            raise
        except (KeyError, TypeError, ValueError) as error:  # a row of another form than its file's
            skipped.append(Skipped(path, number, f"not a row of this file ({type(error).__name__}: {error})"))
    yield from skipped
    scored = [observation for observation in observations if observation is not None]
    metrics = scorer.summarise(scored)
    intervals = bootstrap(scored, scorer.summarise)
    yield FileReport(path.stem, len(observations), len(scored), len(skipped), metrics, intervals)
