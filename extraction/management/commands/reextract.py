"""`manage.py reextract`: extract a sample anew by other rules, another model or another prompt, compare, promote or roll back."""

from __future__ import annotations

import getpass
import uuid
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from extraction.errors import ExtractionError
from extraction.evaluate.run import SAMPLE_FOLDER
from extraction.experiments.decide import experiment_promote, experiment_roll_back
from extraction.experiments.extractors import Extractor, LLMExtractor, RulesExtractor
from extraction.experiments.gold import gold_scores
from extraction.experiments.services import experiment_begin, experiment_run, sample_ids
from extraction.forecast import forecast
from extraction.llm.llms import build
from extraction.llm.prompt import SYSTEM
from extraction.management.experiment_tables import experiment_tables
from extraction.management.forecasts import confirmed, forecast_table
from extraction.models import Experiment, ExperimentEvent
from extraction.providers.llm_registry import llm_classes

RULES = "rules"
DESCRIPTION = """\
Extract published postings anew, as an experiment: nothing that is published changes until it is promoted.

  manage.py reextract --sample 200                                    the rules of now against what stands
  manage.py reextract --provider openai --model MODEL --sample 50 --dry-run    what it would cost
  manage.py reextract --provider openai --model MODEL --prompt FILE --sample 50    other instructions
  manage.py reextract --promote ID                                    publish what the experiment extracted
  manage.py reextract --roll-back ID                                  publish what stood before

The same arguments take up an experiment that was interrupted. No call is paid twice: answers are kept in the ledger.
The diff is printed, written to reports/experiment_{id}.json, and shown at /experiments.
"""


class Command(BaseCommand):
    help = "Extract a sample of published postings anew as an experiment; compare, promote or roll back."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.description = DESCRIPTION
        parser.add_argument("--provider", choices=(RULES, *llm_classes()), default=RULES, help="who extracts (default: %(default)s)")
        parser.add_argument("--model", default="", help="the model (default: the provider's own)")
        parser.add_argument("--prompt", type=Path, metavar="FILE", help="other instructions for the model, as text")
        parser.add_argument("--tier", type=int, choices=(1, 2), help="the tier that a model plays (default: the highest that it may)")
        parser.add_argument("--most", type=int, default=1, metavar="N", help="postings in one call (default: %(default)s)")
        parser.add_argument("--sample", type=int, default=200, metavar="N", help="postings; 0: all (default: %(default)s)")
        parser.add_argument("--seed", type=int, default=0, help="another seed draws other postings (default: %(default)s)")
        parser.add_argument("--gold", type=int, default=0, metavar="N", help="also score the first N rows of each labelled file")
        parser.add_argument(
            "--gold-data", type=Path, default=SAMPLE_FOLDER, metavar="FOLDER", help="labelled files (default: the sample set)"
        )
        parser.add_argument("--dry-run", action="store_true", help="only say what it would do and cost")
        parser.add_argument("--yes", action="store_true", help="do not ask before a paid model is used")
        parser.add_argument("--json", action="store_true", help="print the diff as JSON")
        parser.add_argument("--folder", type=Path, default=settings.REPORTS_DIR, help="where the JSON is written")
        decision = parser.add_mutually_exclusive_group()
        decision.add_argument("--promote", type=uuid.UUID, metavar="ID", help="publish this experiment's extractions")
        decision.add_argument("--roll-back", type=uuid.UUID, metavar="ID", help="publish what stood before it was promoted")
        parser.add_argument("--reason", default="", help="why, for the record")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if experiment_id := options["promote"] or options["roll_back"]:
                self._decide(_experiment(experiment_id), promote=bool(options["promote"]), reason=options["reason"])
            else:
                self._try(_extractor(options), options)
        except (ExtractionError, OSError) as error:
            raise CommandError(str(error)) from error

    def _try(self, extractor: Extractor, options: dict[str, Any]) -> None:
        if options["sample"] < 0 or options["most"] < 1:
            raise CommandError("--sample must be at least 0, --most at least 1")
        if options["dry_run"]:
            self._forecast(extractor, options)
            return
        if isinstance(extractor, LLMExtractor) and not options["yes"]:
            self._forecast(extractor, options)
            if not confirmed("Run the experiment?"):
                raise CommandError("nothing was sent")
        experiment = experiment_begin(extractor=extractor, sample=options["sample"], seed=options["seed"], by=_caller())
        self._run(experiment, extractor)
        if experiment.state == Experiment.State.RUNNING:
            raise CommandError(f"experiment {experiment.pk} is not finished: {experiment.message}. The same call goes on with it")
        if options["gold"]:
            experiment.report["gold"] = gold_scores(extractor, options["gold_data"], options["gold"])
            experiment.save(update_fields=["report"])
        self._report(experiment, options)

    def _forecast(self, extractor: Extractor, options: dict[str, Any]) -> None:
        posting_ids = sample_ids(sample=options["sample"], seed=options["seed"])
        if not isinstance(extractor, LLMExtractor):
            self.stdout.write(f"{len(posting_ids):,} postings would be extracted by the rules {extractor.identity.prompt_version}; free")
            return
        found = forecast(extractor.llm, posting_ids, tier=extractor.tier, most=extractor.most, system=extractor.system)
        self._draw(forecast_table(found))

    def _run(self, experiment: Experiment, extractor: Extractor) -> None:
        total = experiment.items.count()
        done = experiment.items.exclude(after=None, error="").count()
        with _progress() as progress:
            bar = progress.add_task("extract", total=total, completed=done)
            experiment_run(experiment, extractor, advance=lambda count: progress.advance(bar, count))

    def _report(self, experiment: Experiment, options: dict[str, Any]) -> None:
        content = orjson.dumps(experiment.report, option=orjson.OPT_INDENT_2)
        if options["json"]:
            self.stdout.write(content.decode())
            return
        self._draw(experiment_tables(experiment.report))
        options["folder"].mkdir(parents=True, exist_ok=True)
        path = options["folder"] / f"experiment_{experiment.pk}.json"
        path.write_bytes(content + b"\n")
        self.stdout.write(f"{path}\nmanage.py reextract --promote {experiment.pk}   publishes it")

    def _decide(self, experiment: Experiment, *, promote: bool, reason: str) -> None:
        decide = experiment_promote if promote else experiment_roll_back
        with _progress() as progress:
            bar = progress.add_task("publish", total=experiment.items.exclude(after=None).count())
            event = decide(experiment, by=_caller(), reason=reason, advance=lambda count: progress.advance(bar, count))
        self.stdout.write(_decided(event))

    def _draw(self, drawing: RenderableType) -> None:
        console = Console(width=140)
        with console.capture() as drawn:
            console.print(drawing)
        self.stdout.write(drawn.get())


def _caller() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user often has no name
        return "command line"


def _extractor(options: dict[str, Any]) -> Extractor:
    if options["provider"] == RULES:
        if options["model"] or options["prompt"]:
            raise CommandError("rules have no model and no prompt; name a language model with --provider")
        return RulesExtractor()
    vendor = llm_classes()[options["provider"]]
    tier = options["tier"] or max(vendor.tiers)
    if tier not in vendor.tiers:
        raise CommandError(f"{options['provider']} does not serve tier {tier}")
    system = options["prompt"].read_text(encoding="utf-8") if options["prompt"] else SYSTEM
    return LLMExtractor(build(options["provider"], tier, options["model"] or vendor.default_models[0]), tier, options["most"], system)


def _experiment(experiment_id: uuid.UUID) -> Experiment:
    found = Experiment.objects.filter(pk=experiment_id).first()
    if found is None:
        raise CommandError(f"there is no experiment {experiment_id}; the page /experiments lists them")
    return found


def _decided(event: ExperimentEvent) -> str:
    left = f"; {event.left:,} left as they are: changed meanwhile, or a worker has them" if event.left else ""
    return f"{event.published:,} postings {event.get_action_display()}{left}"


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("postings"))
    return Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=Console(stderr=True))
