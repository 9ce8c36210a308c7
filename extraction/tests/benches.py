"""What tests measure."""

from pathlib import Path

from catalog.vocabulary.vocabulary_csv import read_vocabulary
from extraction.evaluate.answers import Bench
from extraction.evaluate.run import bench_of
from extraction.providers.rules import RulesProvider
from extraction.rules.skills import Matcher


def rules_bench(folder: Path) -> Bench:
    """Tier 0 as it stands; it needs no database."""
    return bench_of(folder, RulesProvider(Matcher(read_vocabulary())))
