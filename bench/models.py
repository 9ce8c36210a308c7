"""What comes of postings that a small real model answers, through each vendor's interface of the sandbox.

Everything between a posting and its record is the product's own: prompt, vendor's client, reading, one repetition, grounding,
merging. Counted are postings whose answer could be used, those that go on to the next tier since it never could, those whose record
asks for the next tier, and values of a model's that stand in no posting: there must be none. SmolLM2-135M's quality is worth nothing
and is not measured.

    python -m bench.models --postings 20 --vendor ollama --vendor openai --vendor anthropic
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.progress import track

from bench.extraction import batches, invented_boards
from catalog.vocabulary import Vocabulary
from catalog.vocabulary_csv import read_vocabulary
from extraction.answer import TOKENS_PER_POSTING, PostingAnswer, judged
from extraction.batching import Item, Outcome, Reply, Room, work_off
from extraction.document import Document
from extraction.merge import merge
from extraction.prompt import Shown, prompt_for, shown
from extraction.providers.base import FieldEvidence, Result, Usage
from extraction.providers.llm import LLM, Endpoint
from extraction.providers.llm_registry import llm_classes
from extraction.providers.rules import RulesProvider
from extraction.rules.skills import Matcher
from extraction.stated import stated_by
from sandbox.testing import RunningSandbox, running_sandbox

RESULTS = Path(__file__).parent / "results" / "models.json"
POSTING_TOKENS = 600
"""Of a posting as the model sees it: the small one reads about 20 tokens a second on a busy core."""
CONTEXT_TOKENS = 8192
TIMEOUT_S = 600.0
_LEAST_GENERATED = 300
"""About ten boards."""


@dataclass(frozen=True)
class Figures:
    """What came of the postings of one vendor.

    Values the model stated, of those the ones whose words were found in the posting, and fields of records that it filled;
    `invented` are such fields whose words are not where they are said to be.
    """

    vendor: str
    postings: int
    calls: int
    answered: int
    escalated: int
    asks_for_tier2: int
    values_stated: int
    values_located: int
    fields_taken: int
    invented: int
    tokens_in: int
    tokens_out: int
    seconds: float


class Counting:
    """A model that counts what it is asked; the contract of `LLM` is kept by passing everything on."""

    def __init__(self, llm: LLM) -> None:
        self.llm = llm
        self.calls = self.tokens_in = self.tokens_out = 0

    def reply(self, posting: Shown, complaint: str) -> Reply[PostingAnswer]:
        prompt = prompt_for([posting], complaint=complaint)
        completion = self.llm.complete(prompt)
        self.calls += 1
        self.tokens_in += completion.tokens_in
        self.tokens_out += completion.tokens_out
        return judged(completion, prompt, {posting.id: posting.title})


def documents(number: int, seed: int = 1) -> list[Document]:
    """So many generated postings, of different boards."""
    boards = invented_boards(max(number * 4, _LEAST_GENERATED), seed)
    found = [document for some in batches(boards, [board.body() for board in boards]) for document in some]
    return found[:: max(1, len(found) // number)][:number]


def measure(vendor: str, sandbox: RunningSandbox, postings: Sequence[Document], vocabulary: Vocabulary) -> Figures:
    """Every posting through one vendor's interface, one a call."""
    provider = llm_classes()[vendor]
    address = sandbox.environment()[f"{vendor.upper()}_BASE_URL"]
    endpoint = Endpoint(address, provider.default_models[0], timeout_s=TIMEOUT_S, context_tokens=CONTEXT_TOKENS)
    model = Counting(provider(endpoint))
    rules = RulesProvider(Matcher(vocabulary))
    began = time.monotonic()
    outcomes = [(document, _asked(document, model)) for document in track(postings, description=vendor)]
    seconds = time.monotonic() - began
    records = [(document, _record(document, outcome, rules, vocabulary)) for document, outcome in outcomes if outcome.answers]
    taken = [(document, field) for document, record in records for field in _of_model(record)]
    return Figures(
        vendor=vendor,
        postings=len(postings),
        calls=model.calls,
        answered=len(records),
        escalated=sum(bool(outcome.problems) for _, outcome in outcomes),
        asks_for_tier2=sum(record.record.needs_tier2 for _, record in records),
        values_stated=sum(record.details.answer_stated for _, record in records),
        values_located=sum(record.details.answer_located for _, record in records),
        fields_taken=len(taken),
        invented=sum(not _stands_in(document, field) for document, field in taken),
        tokens_in=model.tokens_in,
        tokens_out=model.tokens_out,
        seconds=round(seconds, 1),
    )


def _asked(document: Document, model: Counting) -> Outcome[PostingAnswer]:
    posting = shown(document, most_tokens=POSTING_TOKENS)
    room = Room(1, None, TOKENS_PER_POSTING)
    return work_off([Item(posting.id, posting.tokens)], room, lambda items, complaint: model.reply(posting, complaint))


def _record(document: Document, outcome: Outcome[PostingAnswer], rules: RulesProvider, vocabulary: Vocabulary) -> Result:
    """The rules' record with what the model adds; validated by its own class."""
    (base,) = rules.extract([document])
    (answer,) = outcome.answers.values()
    return merge(base, stated_by(answer, document, vocabulary), document, tier=1, usage=Usage())


def _of_model(record: Result) -> Iterator[FieldEvidence]:
    return (field for field in record.evidence.values() if field.tier > 0)


def _stands_in(document: Document, field: FieldEvidence) -> bool:
    """Whether the words that a value rests on are where they are said to be."""
    return bool(field.spans) and all(
        document.text[span.start : span.end] == span.quote if span.in_text else span.quote in document.posting.title for span in field.spans
    )


def build_parser() -> argparse.ArgumentParser:
    shape = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="python -m bench.models", description=__doc__, formatter_class=shape)
    parser.add_argument("--postings", type=int, default=20, metavar="N", help="for each vendor (default %(default)s)")
    parser.add_argument("--vendor", action="append", choices=sorted(llm_classes()), help="one interface (default: all)")
    parser.add_argument("--script", action="store_true", help="the sandbox's script instead of the real model: seconds instead of hours")
    parser.add_argument("--output", type=Path, default=RESULTS, metavar="FILE", help="where the figures go (default %(default)s)")
    return parser


def run(*, postings: int, vendors: Sequence[str], script: bool, faults: Sequence[str] = ()) -> Iterator[Figures]:
    """The figures of each vendor as they come; `faults` as on the sandbox's command line."""
    asked = documents(postings)
    vocabulary = read_vocabulary()
    with running_sandbox(generate=1, postings=1, faults=faults, arguments=[] if script else ["--real-model"]) as sandbox:
        for vendor in vendors:
            yield measure(vendor, sandbox, asked, vocabulary)


def main(arguments: Sequence[str] | None = None) -> None:
    options = build_parser().parse_args(arguments)
    conditions: dict[str, Any] = {
        "model": "the sandbox's script" if options.script else "SmolLM2-135M-Instruct Q4_1, llama.cpp, one thread",
        "machine": platform.machine(),
        "measured_at": datetime.now(UTC).date().isoformat(),
    }
    rows: list[dict[str, Any]] = []
    options.output.parent.mkdir(parents=True, exist_ok=True)
    for figures in run(postings=options.postings, vendors=options.vendor or sorted(llm_classes()), script=options.script):
        rows.append(asdict(figures))  # hours of work: what is done is written
        options.output.write_text(json.dumps({"conditions": conditions, "vendors": rows}, indent=2) + "\n")
    print(options.output.read_text())


if __name__ == "__main__":
    main()
