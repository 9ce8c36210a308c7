"""Fits the calibration table to verdicts, and tells by cross-validation how it does on rows it has not seen."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from extraction.calibration import Bin, Calibration, Rate
from extraction.evaluate.metrics import mean
from extraction.evaluate.verdicts import Verdict

SHRINKAGE_ROWS = 5
"""A bin's own rows count against so many imagined ones that are right as often as those of the bin around it."""
MIN_BIN_ROWS = 8
"""Narrower bins of fewer rows are left out: they would say more about single rows than about the rule."""
STALE_DIFFERENCE, STALE_ROWS = 0.05, 30
"""A committed table is stale when a bin of so many rows has moved so far."""
FOLDS, REPEATS = 5, 8
"""One draw of folds may be lucky: errors are means over several."""
_SEED = 20240229


def fit(verdicts: Sequence[Verdict]) -> Calibration:
    """Rates of all bins, from the field's mean down to single values, each shrunk towards the bin around it."""
    by_field: dict[str, list[bool]] = defaultdict(list)
    by_bin: dict[Bin, list[bool]] = defaultdict(list)
    for verdict in verdicts:
        by_field[verdict.field].append(verdict.right)
        for found in _bins(verdict.bin):
            by_bin[found].append(verdict.right)
    rates: dict[Bin, Rate] = {}
    for found in sorted(by_bin, key=_width):
        around = rates[found.wider].probability if found.origin else mean(by_field[found.field])
        rates[found] = _shrunk(by_bin[found], around)
    return Calibration({found: rate for found, rate in rates.items() if not found.origin or rate.rows >= MIN_BIN_ROWS})


def _bins(found: Bin) -> Iterator[Bin]:
    """A finding's bins, each once."""
    yield from dict.fromkeys((found, found.wider, found.wider.wider))


def _width(found: Bin) -> int:
    return bool(found.origin) + bool(found.value)


def _shrunk(right: Sequence[bool], around: float) -> Rate:
    """Never surer than the rows allow: however few they are, all of them right leave room for a wrong one."""
    rows = len(right) + SHRINKAGE_ROWS
    doubt = 1 / (rows + 1)
    return Rate(min(max((sum(right) + SHRINKAGE_ROWS * around) / rows, doubt), 1 - doubt), len(right))


def cross_validated(verdicts: Sequence[Verdict], repeat: int = 0) -> Iterator[tuple[Verdict, float]]:
    """Every verdict with the probability that a table fitted without its fold gives it. Folds keep employers together.

    Each `repeat` draws other folds.
    """
    fold_of = folds_of((verdict.group for verdict in verdicts), repeat)
    for fold in range(FOLDS):
        calibration = fit([verdict for verdict in verdicts if fold_of[verdict.group] != fold])
        for verdict in verdicts:
            if fold_of[verdict.group] == fold:
                yield verdict, calibration.probability(verdict.bin, verdict.confidence)


def folds_of(groups: Iterable[str], repeat: int = 0) -> Mapping[str, int]:
    """Group -> fold, the same every time."""
    shuffled = sorted(set(groups))
    random.Random(_SEED + repeat).shuffle(shuffled)
    return {group: index % FOLDS for index, group in enumerate(shuffled)}


def stale_bins(committed: Calibration, fitted: Calibration) -> list[str]:
    """How a table differs from what the rows say now, where that matters; rules that it does not know are named too."""
    differences = []
    for found, rate in fitted.rates.items():
        known = committed.rates.get(found)
        if known is None and not found.origin:
            differences.append(f"{found.field} by {found.rule}: not in the table ({rate.rows} rows)")
        elif known and rate.rows >= STALE_ROWS and abs(known.probability - rate.probability) > STALE_DIFFERENCE:
            differences.append(f"{' '.join(found)}: {known.probability:.3f} in the table, {rate.probability:.3f} now ({rate.rows} rows)")
    return differences
