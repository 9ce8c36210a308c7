"""What comes of postings that a small real model answers, through each vendor's interface of the sandbox.

Everything between a posting and its record is the product's own: prompt, vendor's client, reading, one repetition, grounding,
merging. Counted are postings whose answer could be used, those that go on to the next tier since it never could, those whose record
asks for the next tier, and values of a model's that stand in no posting: there must be none. SmolLM2-135M's quality is worth nothing
and is not measured. On one core it writes about 25 tokens a second when nobody else uses it: the figures are written after every
posting, and its answers are kept, so that a second run goes on where the first was ended. Figures of vendors that a run does not ask
stay in the file, each with the day they are of, as long as model and length of postings are the same.

    python -m bench.models --postings 20 --vendor ollama --vendor openai --vendor anthropic
"""

from __future__ import annotations

import argparse
import json
import platform
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.progress import track

from bench.extraction import batches, invented_boards
from catalog.vocabulary.values import Vocabulary
from catalog.vocabulary.vocabulary_csv import read_vocabulary
from extraction.document import Document
from extraction.llm.answer import TOKENS_PER_POSTING, PostingAnswer, judged
from extraction.llm.batching import Item, Outcome, Reply, Room, work_off
from extraction.llm.prompt import Shown, prompt_for, shown
from extraction.llm.stated import stated_by
from extraction.merge import merge
from extraction.providers.base import FieldEvidence, Result, Usage
from extraction.providers.llm import LLM, Endpoint
from extraction.providers.llm_registry import llm_classes
from extraction.providers.rules import RulesProvider
from extraction.rules.skills import Matcher
from sandbox.testing import RunningSandbox, running_sandbox

RESULTS = Path(__file__).parent / "results" / "models.json"
ANSWERS = Path("var") / "model-answers"
POSTING_TOKENS = 300
"""Of a posting as the model sees it; to read one more takes a third of the time of writing one."""
CONTEXT_TOKENS = 8192
TIMEOUT_S = 3600.0
_DRAWN_FROM = 800
"""Generated postings, about 25 boards; the first ones drawn are the same however many are asked for."""


@dataclass
class Figures:
    """What came of the postings of one vendor, so far.

    Values the model stated, of those the ones whose words were found in the posting, and fields of records that it filled;
    `invented` are such fields whose words are not where they are said to be.
    """

    vendor: str
    postings: int = 0
    calls: int = 0
    answered: int = 0
    escalated: int = 0
    asks_for_tier2: int = 0
    values_stated: int = 0
    values_located: int = 0
    fields_taken: int = 0
    invented: int = 0
    tokens_in: int = 0
    tokens_out: int = 0


class Interface:
    """One vendor's interface, and the figures of what went through it."""

    def __init__(self, llm: LLM, rules: RulesProvider, vocabulary: Vocabulary) -> None:
        self.figures = Figures(llm.name)
        self._llm = llm
        self._rules = rules
        self._vocabulary = vocabulary

    def take(self, document: Document) -> None:
        """One posting, in calls of its own."""
        outcome = self._asked(document)
        self.figures.postings += 1
        self.figures.escalated += bool(outcome.problems)
        for answer in outcome.answers.values():
            self._count(document, self._record(document, answer))

    def _asked(self, document: Document) -> Outcome[PostingAnswer]:
        posting = shown(document, most_tokens=POSTING_TOKENS)
        room = Room(1, None, TOKENS_PER_POSTING)
        return work_off([Item(posting.id, posting.tokens)], room, lambda items, complaint: self._reply(posting, complaint))

    def _reply(self, posting: Shown, complaint: str) -> Reply[PostingAnswer]:
        prompt = prompt_for([posting], complaint=complaint)
        completion = self._llm.complete(prompt)
        self.figures.calls += 1
        self.figures.tokens_in += completion.tokens_in
        self.figures.tokens_out += completion.tokens_out
        return judged(completion, prompt, {posting.id: posting.title})

    def _record(self, document: Document, answer: PostingAnswer) -> Result:
        """The rules' record with what the model adds; validated by its own class."""
        (base,) = self._rules.extract([document])
        return merge(base, stated_by(answer, document, self._vocabulary), document, tier=1, usage=Usage())

    def _count(self, document: Document, record: Result) -> None:
        taken = [field for field in record.evidence.values() if field.tier > 0]
        self.figures.answered += 1
        self.figures.asks_for_tier2 += record.record.needs_tier2
        self.figures.values_stated += record.details.answer_stated
        self.figures.values_located += record.details.answer_located
        self.figures.fields_taken += len(taken)
        self.figures.invented += sum(not stands_in(document, field) for field in taken)


def stands_in(document: Document, field: FieldEvidence) -> bool:
    """Whether the words that a value rests on are where they are said to be."""
    return bool(field.spans) and all(
        document.text[span.start : span.end] == span.quote if span.in_text else span.quote in document.posting.title for span in field.spans
    )


def documents(number: int, seed: int = 1) -> list[Document]:
    """So many generated postings, of different boards: the first of a drawn order that does not depend on the number."""
    boards = invented_boards(max(number, _DRAWN_FROM), seed)
    found = [document for some in batches(boards, [board.body() for board in boards]) for document in some]
    random.Random(seed).shuffle(found)
    return found[:number]


def interfaces(sandbox: RunningSandbox, vendors: Sequence[str]) -> list[Interface]:
    """The vendors' own clients, pointed at the sandbox."""
    vocabulary = read_vocabulary()
    rules = RulesProvider(Matcher(vocabulary))
    return [Interface(_client(vendor, sandbox), rules, vocabulary) for vendor in vendors]


def _client(vendor: str, sandbox: RunningSandbox) -> LLM:
    provider = llm_classes()[vendor]
    address = sandbox.environment()[f"{vendor.upper()}_BASE_URL"]
    return provider(Endpoint(address, provider.default_models[0], timeout_s=TIMEOUT_S, context_tokens=CONTEXT_TOKENS))


def measure(postings: Sequence[Document], asked: Sequence[Interface]) -> Iterator[list[Figures]]:
    """The figures of all vendors after each posting. A posting goes through all of them before the next one does: they share
    what the model has read of it.
    """
    for document in track(postings, description="postings"):
        for interface in asked:
            interface.take(document)
        yield [interface.figures for interface in asked]


def run(
    *,
    postings: int,
    vendors: Sequence[str],
    model: Sequence[str] = (),
    faults: Sequence[str] = (),
    tell: Callable[[Sequence[Figures]], None] = lambda figures: None,
) -> list[Figures]:
    """The figures of each vendor; `model` and `faults` as on the sandbox's command line, `tell` hears of every posting."""
    figures: list[Figures] = []
    with running_sandbox(generate=1, postings=1, faults=faults, arguments=model) as sandbox:
        for figures in measure(documents(postings), interfaces(sandbox, vendors)):
            tell(figures)
    return figures


def report(figures: Sequence[Figures], conditions: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """The figures of a run beside those in the results `before` it ({} for none) of other vendors under the same conditions."""
    earlier = before.get("conditions", {})
    same = all(earlier.get(name) == conditions[name] for name in ("model", "posting_tokens"))
    rows = {row["vendor"]: {"measured_at": earlier.get("measured_at")} | row for row in before.get("vendors", ()) if same}
    rows |= {vendor.vendor: {"measured_at": conditions["measured_at"]} | asdict(vendor) for vendor in figures}
    return {"conditions": dict(conditions), "vendors": [rows[vendor] for vendor in sorted(rows)]}


def written_between(answers: Path) -> list[str]:
    """The days on which the first and the last of the kept answers were written; empty without any."""
    times = [path.stat().st_mtime for path in answers.glob("*.json")]
    return [datetime.fromtimestamp(time, UTC).date().isoformat() for time in (min(times), max(times))] if times else []


def build_parser() -> argparse.ArgumentParser:
    shape = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="python -m bench.models", description=__doc__, formatter_class=shape)
    parser.add_argument("--postings", type=int, default=20, metavar="N", help="for each vendor (default %(default)s)")
    parser.add_argument("--vendor", action="append", choices=sorted(llm_classes()), help="one interface (default: all)")
    parser.add_argument("--script", action="store_true", help="the sandbox's script instead of the real model: seconds instead of hours")
    parser.add_argument("--answers", type=Path, default=ANSWERS, metavar="FOLDER", help="where answers are kept (default %(default)s)")
    parser.add_argument("--output", type=Path, default=RESULTS, metavar="FILE", help="where the figures go (default %(default)s)")
    return parser


def real_model(answers: Path) -> list[str]:
    """How the sandbox is told to put the real model behind its interfaces."""
    return ["--real-model", f"--answers={answers.absolute()}"]


def main(arguments: Sequence[str] | None = None) -> None:
    options = build_parser().parse_args(arguments)
    conditions: dict[str, Any] = {
        "model": "the sandbox's script" if options.script else "SmolLM2-135M-Instruct Q4_1, llama.cpp, one thread",
        "posting_tokens": POSTING_TOKENS,
        "machine": platform.machine(),
        "measured_at": datetime.now(UTC).date().isoformat(),
    }
    options.output.parent.mkdir(parents=True, exist_ok=True)
    before = json.loads(options.output.read_text()) if options.output.exists() else {}

    def write(figures: Sequence[Figures]) -> None:
        written = {} if options.script else {"answers_written_between": written_between(options.answers)}
        options.output.write_text(json.dumps(report(figures, conditions | written, before), indent=2) + "\n")

    model = [] if options.script else real_model(options.answers)
    run(postings=options.postings, vendors=options.vendor or sorted(llm_classes()), model=model, tell=write)
    print(options.output.read_text())


if __name__ == "__main__":
    main()
