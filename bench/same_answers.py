"""Whether compiled rules answer as their sources do: every record, its evidence and its skills, both ways, byte by byte.

`make compile` asks it before any process can take them: rules that answer otherwise, or break, are not kept.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from bench.extraction import batches, invented_boards, recorded_boards
from catalog.vocabulary.vocabulary_csv import read_vocabulary
from extraction.compiled import HOME, OFF, PLACE, is_compiled
from extraction.providers.rules import RulesProvider
from extraction.rules.skills import Matcher


class Answers(NamedTuple):
    """How the rules ran, over how many postings, and a checksum of all that they answered."""

    rules: str
    postings: int
    checksum: str


def answers(postings: int, data: Path) -> Answers:
    """What this process answers to generated postings and to the recorded boards, where there are any."""
    provider, digest, read = RulesProvider(Matcher(read_vocabulary())), hashlib.sha256(), 0
    boards = invented_boards(postings, seed=5) + recorded_boards(data)
    for documents in batches(boards, [board.body() for board in boards]):
        for result in provider.extract(documents):
            digest.update(repr((result.record, result.details, result.evidence, result.skills, result.title_skills)).encode())
            read += 1
    return Answers("compiled" if is_compiled() else "interpreted", read, digest.hexdigest())


def answers_of_child(arguments: Sequence[str], home: Path | str) -> Answers:
    """The same of a process of its own, which takes the compiled rules of that folder."""
    environment = os.environ | {PLACE: str(home), "PYTHONHASHSEED": "0"}  # sets are written in the order of hashes
    command = [sys.executable, "-m", "bench.same_answers", *arguments, "--answer"]
    said = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout
    rules, postings, checksum = said.split()
    return Answers(rules, int(postings), checksum)


def build_parser() -> argparse.ArgumentParser:
    """Options of the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.same_answers", description=__doc__)
    parser.add_argument("--postings", type=int, default=1_000, help="generated postings (default 1,000)")
    data = Path(os.environ.get("GTM_DATA_DIR", "../shared/data"))
    parser.add_argument("--data", type=Path, default=data, help="folder with recorded boards")
    parser.add_argument("--answer", action="store_true", help="only say what this process answers")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """0 where both are the same, 1 where they differ, where one of them breaks, and where nothing is compiled."""
    given = sys.argv[1:] if arguments is None else arguments
    options = build_parser().parse_args(given)
    if options.answer:
        print(*answers(options.postings, options.data))
        return 0
    try:
        ours, theirs = (answers_of_child(given, home) for home in (HOME, OFF))
    except subprocess.CalledProcessError as error:
        print(f"same answers: the rules break: {error}", file=sys.stderr)
        return 1
    if (ours.rules, ours.checksum) == ("compiled", theirs.checksum):
        print(f"same answers: compiled and interpreted rules say the same of {ours.postings:,} postings")
        return 0
    differ = "they are not compiled" if ours.rules == "interpreted" else "compiled rules answer otherwise than their sources do"
    print(f"same answers: {differ}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
