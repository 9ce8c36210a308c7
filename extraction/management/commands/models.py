"""`manage.py models`: which language models the tiers use, as they answer now."""

from __future__ import annotations

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from typing import Any

from django.core.management.base import BaseCommand
from rich.console import Console
from rich.table import Table

from extraction.llm.llms import Choice, choose

DESCRIPTION = """\
Look at the language models of tiers 1 and 2: is the server there, has it the model, is it a thinking build, how long is its
context. Asks nothing that costs money. Ends with status 1 when a tier that is switched on cannot work, and says what to do.
"""


class Command(BaseCommand):
    help = "Show which language models tiers 1 and 2 use, and whether they answer."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.description = DESCRIPTION

    def handle(self, *args: Any, **options: Any) -> None:
        choices = [choose(1), choose(2)]
        console = Console(width=160)
        with console.capture() as drawn:
            console.print(_table(choices))
        self.stdout.write(drawn.get())
        if any(choice.llm is not None and not choice.ready for choice in choices):
            raise SystemExit(1)


def _table(choices: list[Choice]) -> Table:
    table = Table("tier", "provider", "model", "state", "what was found")
    for choice in choices:
        table.add_row(*_row(choice))
    return table


def _row(choice: Choice) -> tuple[str, str, str, str, str]:
    if choice.llm is None:
        return str(choice.tier), "rules alone", "", "off", choice.message
    state = "ready" if choice.ready else "does not work"
    if choice.probe and choice.probe.thinking:
        state += ", thinks"
    return str(choice.tier), choice.llm.name, choice.llm.model, state, choice.message
