"""How much of the record tier 0 fills, field by field, on recorded boards: `python -m bench.quality`.

A field counts as filled when it says something: not null, not empty, not `unknown`.
"""

from __future__ import annotations

import argparse
import json
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from bench.extraction import batches, recorded_boards
from catalog.vocabulary.vocabulary_csv import read_vocabulary
from extraction.providers.rules import RulesProvider
from extraction.rules.skills import Matcher
from extraction.schema import JobExtractedV1

FIELDS = (
    "company_name", "company_domain", "role_title", "seniority_level", "job_function", "location_city", "location_state",
    "location_country", "remote_type", "employment_type", "salary_min_usd", "salary_max_usd", "job_summary",
    "key_functions_hired_for", "skills_raw", "tools_raw", "highlights",
)  # fmt: skip
_EMPTY: tuple[object, ...] = (None, "", [], "unknown")


def is_filled(record: JobExtractedV1, field: str) -> bool:
    """Whether the field says something."""
    return getattr(record, field) not in _EMPTY


def fill_rates(records: Iterable[JobExtractedV1]) -> dict[str, float]:
    """Share of the records that fill each field, 0..1; 0 for no records at all."""
    filled: Counter[str] = Counter()
    count = 0
    for record in records:
        count += 1
        filled.update(field for field in FIELDS if is_filled(record, field))
    return {field: filled[field] / count if count else 0.0 for field in FIELDS}


def measure(folder: Path) -> dict[str, dict[str, float]]:
    """Fill rates by board of the recorded data; raises FileNotFoundError where there are no boards."""
    boards = recorded_boards(folder)
    if not boards:
        raise FileNotFoundError(f"no recorded boards below {folder}/ats: set GTM_DATA_DIR or give --data")
    provider = RulesProvider(Matcher(read_vocabulary()))
    return {
        f"{board.source_type}/{board.key}": fill_rates(
            result.record for documents in batches([board], [board.body()]) for result in provider.extract(documents)
        )
        for board in boards
    }


def table_of(rates: dict[str, dict[str, float]]) -> str:
    """The rates as a Markdown table in percent, a line a field."""
    lines = [f"| field | {' | '.join(rates)} |", f"|---|{'---|' * len(rates)}"]
    lines += [f"| {field} | {' | '.join(f'{board[field]:.0%}' for board in rates.values())} |" for field in FIELDS]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table, and write the JSON where asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench.quality", description=__doc__.split("\n\n")[0])
    parser.add_argument(
        "--data", type=Path, default=Path(os.environ.get("GTM_DATA_DIR", "../shared/data")), help="folder with recorded boards"
    )
    parser.add_argument("--output", type=Path, metavar="FILE", help="also write the rates there as JSON")
    options = parser.parse_args(arguments)
    rates = measure(options.data)
    print(table_of(rates))
    if options.output:
        options.output.write_text(json.dumps(rates, indent=2) + "\n")


if __name__ == "__main__":
    main()
