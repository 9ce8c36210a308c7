"""The gold score of an experiment: its extractor on labelled rows, beside the rules."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from catalog.vocabulary.vocabulary_csv import read_vocabulary
from extraction.evaluate.answers import Measurable
from extraction.evaluate.providers import ModelOverRules, rules_of
from extraction.evaluate.run import FileReport, answer_file, bench_of, file_report, labelled_files
from extraction.experiments.extractors import Extractor, LLMExtractor


def gold_scores(extractor: Extractor, folder: Path, rows: int) -> list[dict[str, Any]]:
    """`{file, metric, rows, rules, experiment}` for the first `rows` rows of each labelled file.

    Raises FileNotFoundError, and what stops a language model.
    """
    rules = rules_of()
    tried: Measurable = rules
    if isinstance(extractor, LLMExtractor):
        tried = ModelOverRules(extractor.llm, extractor.tier, rules, read_vocabulary(), extractor.system)
    return [scores for path in labelled_files(folder) for scores in _scores(path, folder, rules, tried, rows)]


def _scores(path: Path, folder: Path, rules: Measurable, tried: Measurable, rows: int) -> list[dict[str, Any]]:
    before = _measured(path, folder, rules, rows)
    after = before if tried is rules else _measured(path, folder, tried, rows)
    if not before.metrics:
        return []
    name, value = next(iter(before.metrics.items()))
    return [{"file": path.stem, "metric": name, "rows": before.scored, "rules": value, "experiment": after.metrics.get(name)}]


def _measured(path: Path, folder: Path, provider: Measurable, rows: int) -> FileReport:
    bench = bench_of(folder, provider)
    answered = answer_file(path, bench, limit=rows)
    return next(found for found in file_report(answered, bench) if isinstance(found, FileReport))
