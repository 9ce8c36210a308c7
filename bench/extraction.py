"""What tier 0 costs: CPU per posting of our line beside the least that reading a posting can cost.

    reference = orjson, html.unescape, nh3, selectolax (lexbor), a hash, one skill look-up
    ours      = adapter, cleaned text, sections, language, every rule, skills, the validated record with its evidence

Both read the same bytes in the same run, one after the other, share by share; no share is read twice, so that what the rules
remember (titles, places, sentences of a board) helps them as it does in real use and not more. Figures are CPU
times: on a busy machine both rise, therefore believe the ratio. Recorded boards are read where GTM_DATA_DIR holds them,
otherwise generated ones.

Rules that `make compile` compiled are measured as they are, and interpreted beside it, in a process of its own. The look-up of
skills in the reference is ours too, but runs interpreted always: a yardstick must not shrink with what it measures.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.util import module_from_spec, spec_from_file_location
from itertools import chain, islice
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import orjson

from bench.floor import Body, measure_parse
from catalog.vocabulary.values import SkillTerm, Vocabulary
from catalog.vocabulary.vocabulary_csv import read_vocabulary
from extraction.collector import rare_collections
from extraction.compiled import OFF, PLACE, PROJECT, is_compiled
from extraction.document import Document
from extraction.documents import Received, documents_from
from extraction.providers.rules import RulesProvider
from extraction.rules.skill_cues import cue_phrases
from extraction.rules.skill_index import SkillIndex
from extraction.rules.skills import Matcher
from ingestion.ats.registry import adapter
from sandbox.boards import Moment
from sandbox.generate import generated_boards
from sandbox.generate.board import WHOLE

RESULTS = Path(__file__).parent / "results" / "extraction.json"
VOCABULARY_SIZES = (1_500, 30_000)
BATCH = 400
"""Postings of one claim (`extraction.services.BATCH`)."""
_GENERATED_A_BOARD = 30


class Board(NamedTuple):
    """Postings of one board: the ATS, the board's key and the postings as the ATS sent them."""

    source_type: str
    key: str
    payloads: Sequence[Any]

    def body(self) -> Body:
        """The postings as one response of the ATS."""
        wrapped = {"jobs": self.payloads} if self.source_type == "greenhouse" else self.payloads
        return Body(self.key, orjson.dumps(wrapped))


@dataclass(frozen=True)
class Round:
    """CPU microseconds a posting in one share of the postings."""

    reference: float
    ours: float


def recorded_boards(folder: Path) -> list[Board]:
    """The whole boards below `<folder>/ats`; empty where there are none."""
    found = []
    for source_type in ("greenhouse", "lever"):
        for path in sorted((folder / "ats" / source_type).glob("*.json")):
            answer = orjson.loads(path.read_bytes())
            found.append(Board(source_type, path.stem.lower(), answer if isinstance(answer, list) else answer["jobs"]))
    return found


def invented_boards(postings: int, seed: int) -> list[Board]:
    """Generated boards with that many postings in all."""
    boards = generated_boards(max(1, postings // _GENERATED_A_BOARD), postings, seed, date(2026, 9, 1))
    greenhouse = [
        Board("greenhouse", b.key, orjson.loads(b.greenhouse_body(Moment(), WHOLE))["jobs"]) for b in boards if b.host == "greenhouse"
    ]
    lever = [Board("lever", b.key, orjson.loads(b.lever_body(Moment(), 0, None))) for b in boards if b.host != "greenhouse"]
    return greenhouse + lever


def shares(boards: Sequence[Board], number: int) -> list[list[Board]]:
    """The boards in `number` shares of the same kind: each holds a stretch of every board."""
    return [[Board(b.source_type, b.key, _stretch(b.payloads, index, number)) for b in boards] for index in range(number)]


def _stretch(payloads: Sequence[Any], index: int, number: int) -> Sequence[Any]:
    return payloads[len(payloads) * index // number : len(payloads) * (index + 1) // number]


def batches(boards: Sequence[Board], bodies: Sequence[Body]) -> Iterator[list[Document]]:
    """The postings of the boards' responses as the rules read them, as many at once as the product takes."""
    received = _received(boards, bodies)
    while some := list(islice(received, BATCH)):
        yield documents_from(some)


def _received(boards: Sequence[Board], bodies: Sequence[Body]) -> Iterator[Received]:
    for board, body in zip(boards, bodies, strict=True):
        reader = adapter(board.source_type)
        for payload in reader.split(body.payload, reader.list_request(board.key)).payloads:
            yield Received(reader.parse(payload), board.key, board.source_type, board.key)


def reference_index(vocabulary: Vocabulary) -> SkillIndex:
    """The index of the skills, as its source has it."""
    spec = spec_from_file_location("bench.skill_index_as_written", PROJECT / "extraction" / "rules" / "skill_index.py")
    if spec is None or spec.loader is None:
        raise ImportError("the source of the index is not there")
    module = sys.modules[spec.name] = module_from_spec(spec)
    spec.loader.exec_module(module)
    written: type[SkillIndex] = module.SkillIndex
    return written(vocabulary.terms, cue_phrases())


def measure_round(boards: Sequence[Board], provider: RulesProvider, index: SkillIndex) -> Round:
    """One share by the reference and by our line."""
    postings = sum(len(board.payloads) for board in boards)
    bodies = [board.body() for board in boards]
    reference = _reference_seconds(bodies, index)
    begin = time.process_time()
    for documents in batches(boards, bodies):
        provider.extract(documents)
    ours = time.process_time() - begin
    return Round(reference / postings * 1e6, ours / postings * 1e6)


def _reference_seconds(bodies: Sequence[Body], index: SkillIndex) -> float:
    seconds, rows = measure_parse(bodies)
    begin = time.process_time()
    for row in rows:
        index.find(row.text)
    return seconds + time.process_time() - begin


def vocabulary_of(terms: int, known: Vocabulary, named: Collection[str], seed: int = 1) -> Vocabulary:
    """A vocabulary of that many terms: first those that the texts name, so that every size finds the same, then others.

    What is missing is invented of two words of the known names each, so that the automaton walks into it without a find.
    """
    first = sorted(known.terms, key=lambda term: term.name not in named)[:terms]
    words = sorted({word for term in known.terms for word in term.name.split() if word.isalpha()})
    choose = random.Random(seed)
    invented = (
        SkillTerm(name=f"{choose.choice(words)} {choose.choice(words)} {number}", kind="tool", category="crm") for number in range(terms)
    )
    return Vocabulary(terms=(*first, *islice(invented, terms - len(first))), version=str(terms))


def measure_matchers(read: Sequence[Document], known: Vocabulary) -> dict[int, float]:
    """CPU microseconds a posting of finding skills, by the number of terms; medians of five passes in turn."""
    named = {match.term.name for found in Matcher(known).match_all(read) for match in found}
    matchers = {terms: Matcher(vocabulary_of(terms, known, named)) for terms in VOCABULARY_SIZES}
    passes = [{terms: _matcher_cost(matcher, read) for terms, matcher in matchers.items()} for _ in range(5)]
    return {terms: median(each[terms] for each in passes) for terms in matchers}


def _matcher_cost(matcher: Matcher, read: Sequence[Document]) -> float:
    begin = time.process_time()
    for start in range(0, len(read), BATCH):
        matcher.match_all(read[start : start + BATCH])
    return (time.process_time() - begin) / len(read) * 1e6


def measure(boards: Sequence[Board], rounds: int) -> dict[str, Any]:
    """Every figure, in microseconds of CPU a posting unless its name says otherwise. The first share only warms up."""
    vocabulary = read_vocabulary()
    provider, index = RulesProvider(Matcher(vocabulary)), reference_index(vocabulary)
    warming, *measured = shares(boards, rounds + 1)
    gc.freeze()  # both as workers do
    with rare_collections():
        measure_round(warming, provider, index)
        found = [measure_round(share, provider, index) for share in measured]
    read = list(chain.from_iterable(batches(measured[0], [board.body() for board in measured[0]])))
    matchers = measure_matchers(read, vocabulary)
    ours = median(each.ours for each in found)
    return {
        "postings": sum(len(board.payloads) for share in measured for board in share),
        "reference_us": round(median(each.reference for each in found)),
        "ours_us": round(ours),
        "ratio": round(median(each.ours / each.reference for each in found), 2),
        "postings_per_cpu_second": round(1e6 / ours),
        "skills_us_by_terms": {str(terms): round(cost) for terms, cost in matchers.items()},
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def interpreted(arguments: Sequence[str]) -> dict[str, Any]:
    """Ratio and cost of the same run in a process that takes no compiled rules."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "interpreted.json"
        command = [sys.executable, "-m", "bench.extraction", *arguments, "--output", str(output)]
        subprocess.run(command, env=os.environ | {PLACE: OFF}, stdout=subprocess.DEVNULL, check=True)
        found = orjson.loads(output.read_bytes())
    return {name: found[name] for name in ("reference_us", "ours_us", "ratio", "postings_per_cpu_second", "peak_memory_mb")}


def build_parser() -> argparse.ArgumentParser:
    """Options of the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.extraction", description=__doc__.split("\n\n")[0])
    parser.add_argument("--rounds", type=int, default=7, help="shares that are measured, each once (default 7)")
    parser.add_argument("--postings", type=int, help="generate that many postings instead of reading recorded boards")
    parser.add_argument("--seed", type=int, default=1, help="of the generated postings (default 1)")
    parser.add_argument(
        "--data", type=Path, default=Path(os.environ.get("GTM_DATA_DIR", "../shared/data")), help="folder with recorded boards"
    )
    parser.add_argument("--output", type=Path, default=RESULTS, help="where the figures go as JSON")
    return parser


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print a table, write the JSON."""
    options = build_parser().parse_args(arguments)
    recorded = [] if options.postings else recorded_boards(options.data)
    boards = recorded or invented_boards(options.postings or 1_000, options.seed)
    conditions = {
        "rules": "compiled" if is_compiled() else "interpreted",
        "input": "recorded boards" if recorded else f"generated postings, seed {options.seed}",
        "rounds": options.rounds,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    result = measure(boards, options.rounds)
    if is_compiled():
        result["interpreted"] = interpreted(sys.argv[1:] if arguments is None else arguments)
    result["conditions"] = conditions
    for name, value in result.items():
        print(f"{name:<26}{json.dumps(value)}")
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
