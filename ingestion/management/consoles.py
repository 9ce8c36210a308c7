"""Where commands print their tables."""

from __future__ import annotations

from typing import IO, cast

from django.core.management.base import OutputWrapper
from rich.console import Console

PIPED_WIDTH = 10_000
"""Columns of what is no terminal: a script reads whole lines, with no token broken."""


def output_console(out: OutputWrapper) -> Console:
    """As wide as the terminal; into a pipe or a file nothing is wrapped."""
    return Console(file=cast(IO[str], out), highlight=False, width=None if out.isatty() else PIPED_WIDTH)


def print_line(console: Console, text: str) -> None:
    """As it is, however long: for scripts, and what somebody else wrote."""
    console.out(text, highlight=False)
