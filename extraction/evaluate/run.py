"""Measures a provider on every labelled file of a folder."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalog.vocabulary.vocabulary_csv import read_vocabulary
from extraction.evaluate.answers import MAPS_NAME, ODD_ROW, Answer, Bench, Measurable, oddity, read_maps
from extraction.evaluate.metrics import Metrics, bootstrap
from extraction.evaluate.rows import Skipped, read_rows, skip_file
from extraction.evaluate.scorers import SCORERS, Scorer

SAMPLE_FOLDER = Path(__file__).parent.parent / "data" / "sample_gold"
"""A small set written by hand for this project, measured where the labelled data is not at hand."""

Advance = Callable[[int], None]

_ROWS_AT_ONCE = 100


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
        """`{"main": value, "main_metric": its name, "n": rows, ...each metric, "skipped": lines, "scored": rows, "interval_95": {...}}`."""
        main_metric, main = next(iter(self.metrics.items()), (None, None))
        intervals = {name: list(interval) for name, interval in self.intervals.items()}
        measured = {"main": main, "main_metric": main_metric, "n": self.rows, **self.metrics}
        return {**measured, "skipped": self.skipped, "scored": self.scored, "interval_95": intervals}


def bench_of(folder: Path, provider: Measurable) -> Bench:
    """A provider beside the vocabulary of the project's own file and the folder's label maps."""
    return Bench(provider, read_vocabulary(), read_maps(folder, SAMPLE_FOLDER))


@dataclass(frozen=True, slots=True)
class AnsweredFile:
    """A labelled file with the provider's answers; `skipped` names the lines without one."""

    path: Path
    scorer: Scorer
    answers: Sequence[Answer]
    skipped: Sequence[Skipped]


def labelled_files(folder: Path, only: Collection[str] = ()) -> list[Path]:
    """The files that a scorer knows, in the order of the scorers; `only` names some of them by their stems.

    Raises FileNotFoundError for a folder that is not there.
    """
    if not folder.is_dir():
        raise FileNotFoundError(f"no folder {folder}")
    paths = (folder / f"{stem}.jsonl" for stem in SCORERS if not only or stem in only)
    return [path for path in paths if path.is_file()]


def answer_file(path: Path, bench: Bench, *, limit: int | None = None, advance: Advance = lambda rows: None) -> AnsweredFile:
    """Extract the first `limit` rows of a file, a hundred at a time; `advance` is told how many rows are done."""
    labelled = read_rows(path)
    answers: list[Answer] = []
    skipped = list(labelled.skipped)
    rows = labelled.rows[:limit]
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        part = rows[start : start + _ROWS_AT_ONCE]
        answered, odd = bench.answers(part)
        answers += answered
        skipped += [Skipped(path, line, reason) for line, reason in odd]
        advance(len(part))
    return AnsweredFile(path, SCORERS[path.stem], answers, skipped)


def skip_unknown(folder: Path) -> Iterator[FileReport | Skipped]:
    """What no scorer knows, named and counted under its stem, or under its whole name where the stem could be another file's."""
    for path in sorted(folder.iterdir()):
        if path.name == MAPS_NAME or path.suffix == ".md" or (path.suffix == ".jsonl" and path.stem in SCORERS):
            continue
        skipped, lines = skip_file(path)
        yield skipped
        yield FileReport(path.stem if path.suffix == ".jsonl" else path.name, 0, 0, lines, {}, {})


def observations_of(scorer: Scorer, answers: Sequence[Answer], bench: Bench) -> tuple[list[tuple[Answer, Any]], list[tuple[int, str]]]:
    """What the scorer observes of rows that its metric scores, and (line, reason) of rows that have not the form of their file."""
    observed: list[tuple[Answer, Any]] = []
    odd: list[tuple[int, str]] = []
    for answer in answers:
        try:
            found = scorer.observe(answer, bench)
        except ODD_ROW as error:
            odd.append((answer.line, oddity(error)))
            continue
        if found is not None:
            observed.append((answer, found))
    return observed, odd


def file_report(answered: AnsweredFile, bench: Bench) -> Iterator[FileReport | Skipped]:
    """The lines that were skipped, then the file's metrics."""
    observed, odd = observations_of(answered.scorer, answered.answers, bench)
    skipped = [*answered.skipped, *(Skipped(answered.path, line, reason) for line, reason in odd)]
    yield from skipped
    scored = [found for _, found in observed]
    metrics = answered.scorer.summarise(scored)
    intervals = bootstrap(scored, answered.scorer.summarise)
    yield FileReport(answered.path.stem, len(answered.answers) - len(odd), len(scored), len(skipped), metrics, intervals)
