"""The command line of the sandbox."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from textwrap import dedent, indent

import orjson

from sandbox.accesslog import AccessLog
from sandbox.answers import Interface
from sandbox.anthropic import Anthropic
from sandbox.boards import HOSTS, Board, Boards, Moment
from sandbox.cdx import LINES_PER_BLOCK, Cdx
from sandbox.doors import LOOPBACK
from sandbox.faults import KINDS, Fault, FaultPlan
from sandbox.generate import generated_boards
from sandbox.generate.warm import warm
from sandbox.greenhouse import Greenhouse
from sandbox.lever import Lever
from sandbox.llm.bounded import Bounded
from sandbox.llm.exchange import Model
from sandbox.llm.real import Real
from sandbox.llm.remembered import Remembered
from sandbox.llm.scripted import Scripted
from sandbox.ollama import Ollama
from sandbox.openai import OpenAI
from sandbox.recorded import parse_time, read_folder
from sandbox.server import Sandbox
from sandbox.world import World

EXAMPLES = """\
examples:
  python -m sandbox --generate 60 --port 8100
  python -m sandbox --data ../shared/data/ats --port 8100 --at 2026-08-12T00:00:00Z
  python -m sandbox --generate 1600 --warm --latency-ms 50 --port 8100
  python -m sandbox --generate 20 --fault 503:0.2 --fault 429-retry-after:0.1:greenhouse,seconds=3 --port 8100

ports: greenhouse P, lever P+1, lever-eu P+2, cdx P+3, ollama P+4, openai P+5, anthropic P+6.
On every port GET /_control tells the state and POST /_control changes it, e.g. {"at": "2026-08-12", "day": 3, "latency_ms": 50,
"faults": [{"kind": "500", "rate": 1, "host": "lever", "board": "acme", "times": 2}]}, or
{"cut": {"seconds": 5, "host": "lever"}} to refuse every connection for a while.
"""


def build_parser() -> argparse.ArgumentParser:
    """Every option, with help that needs no other document."""
    parser = argparse.ArgumentParser(
        prog="python -m sandbox",
        description="Job boards (Greenhouse, Lever) and the Common Crawl index on this machine, for demo, "
        "tests and benchmarks. Listens on 127.0.0.1 only.",
        epilog=f"{EXAMPLES}\nfault kinds:\n{_kinds()}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_boards(parser)
    _add_behaviour(parser)
    _add_models(parser)
    return parser


def _kinds() -> str:
    return indent("\n".join(f"{kind:<20}{does}" for kind, does in KINDS.items()), "  ")


def _add_boards(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("boards (--data and --generate may be combined)")
    group.add_argument("--data", type=Path, metavar="FOLDER", help="serve recorded responses, unchanged")
    group.add_argument("--generate", type=int, default=0, metavar="N", help="serve N invented boards")
    group.add_argument("--postings", type=int, metavar="M", help="postings on all of them (default 32.5 each)")
    group.add_argument("--seed", type=int, default=1, metavar="S", help="same seed, same boards and faults")
    group.add_argument(
        "--reference-date",
        type=date.fromisoformat,
        default=datetime.now(UTC).date(),
        metavar="DATE",
        help="day 0 of the invented boards: their postings are of the 120 days before it (default today)",
    )
    group.add_argument("--at", type=parse_time, metavar="TIME", help="play this time: newest snapshot not after it")
    group.add_argument("--day", type=int, metavar="K", help="play the invented boards K days after day 0")
    group.add_argument("--warm", action="store_true", help="make all invented boards before saying ready")


def _add_behaviour(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("behaviour")
    group.add_argument("--port", type=int, required=True, metavar="P", help="first port; 0 = any free ports")
    group.add_argument("--latency-ms", type=float, default=0, metavar="L", help="wait before every answer")
    group.add_argument(
        "--fault",
        type=Fault.parse,
        action="append",
        default=[],
        metavar="KIND[:RATE[:HOST[/BOARD]]][,times=N][,seconds=S]",
        help="answer this share of requests with a fault (may be given often); HOST is an interface name or host:port, "
        "times: only the first N requests of each path, seconds: how slow, or what Retry-After says",
    )
    group.add_argument("--access-log", type=Path, metavar="FILE", help="append one JSON line a request")
    group.add_argument("--cdx-block-lines", type=int, default=LINES_PER_BLOCK, metavar="B", help="lines in a block of the index")


def _add_models(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("language models (a script that copies out of the posting writes the answers)")
    group.add_argument(
        "--ollama-models",
        type=_capabilities,
        default=_capabilities("qwen3:4b-instruct,qwen3:4b=thinking"),
        metavar="NAME[=thinking],...",
        help="what Ollama has (default qwen3:4b-instruct,qwen3:4b=thinking)",
    )
    group.add_argument("--real-model", action="store_true", help="a small real model instead of the script (`make setup-model`)")
    group.add_argument("--answers", type=Path, metavar="FOLDER", help="keep the real model's answers there, and give them again")
    for vendor, models in (("openai", "gpt-4.1,gpt-4.1-mini"), ("anthropic", "claude-sonnet-4-6,claude-haiku-4-5")):
        option = f"--{vendor}-models"
        group.add_argument(option, type=_names, default=_names(models), metavar="NAME,...", help=f"what {vendor} has (default {models})")


def _names(text: str) -> list[str]:
    return text.split(",")


def build_world(options: argparse.Namespace) -> World:
    """The world the options describe; ValueError when it would be empty."""
    boards: list[Board] = list(read_folder(options.data)) if options.data else []
    invented = generated_boards(options.generate, options.postings, options.seed, options.reference_date)
    boards.extend(invented)
    if not boards:
        raise ValueError("no boards: give --data FOLDER with recorded responses, or --generate N")
    if options.warm:
        warm(invented)
    world = World(
        boards=Boards(boards),
        reference_date=options.reference_date,
        seed=options.seed,
        latency=options.latency_ms / 1000,
        plan=FaultPlan(seed=options.seed, faults=tuple(options.fault)),
    )
    day = world.day_of(options.at) if options.day is None else options.day
    world.moment = Moment(at=options.at, day=day)
    return world


def build_interfaces(world: World, options: argparse.Namespace) -> list[tuple[Interface, int]]:
    """Each interface with its port (0 when any port will do)."""
    interfaces: list[Interface] = [
        Greenhouse(world),
        Lever(world, "lever"),
        Lever(world, "lever-eu"),
        Cdx(world, options.cdx_block_lines),
        *_language_models(world, options),
    ]
    first = options.port
    return [(interface, first + number if first else 0) for number, interface in enumerate(interfaces)]


def _language_models(world: World, options: argparse.Namespace) -> list[Interface]:
    model = _model(options)
    return [
        Ollama(model, options.ollama_models),
        OpenAI(world, model, options.openai_models),
        Anthropic(world, model, options.anthropic_models),
    ]


def _model(options: argparse.Namespace) -> Model:
    if not options.real_model:
        return Scripted()
    return Bounded(Remembered(Real(), options.answers) if options.answers else Real())


def _capabilities(text: str) -> dict[str, list[str]]:
    """`qwen3:4b-instruct,qwen3:4b=thinking` as name -> what the model can do."""
    pairs = [name.partition("=")[::2] for name in text.split(",")]
    return {name: ["completion", "tools", *([extra] if extra else [])] for name, extra in pairs}


async def run(options: argparse.Namespace) -> None:
    """Serve until SIGINT or SIGTERM."""
    world = build_world(options)
    sandbox = Sandbox(world, AccessLog(options.access_log))
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        await sandbox.start(build_interfaces(world, options))
        print(f"sandbox ready {ready_line(sandbox)}", flush=True)
        await stop.wait()
    finally:
        await sandbox.stop()


def ready_line(sandbox: Sandbox) -> str:
    """What follows `sandbox ready`: JSON with the address of every interface and the number of boards."""
    urls = {name: f"http://{LOOPBACK}:{port}" for name, port in sandbox.ports.items()}
    counts = {host: sum(1 for _ in sandbox.world.boards.at(host)) for host in HOSTS}
    return orjson.dumps({"urls": urls, "boards": counts}).decode()


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point; 2 for what the caller has to change, 0 after an orderly end."""
    options = build_parser().parse_args(arguments)
    try:
        asyncio.run(run(options))
    except (OSError, ValueError) as error:
        print(dedent(f"sandbox: {error}"), file=sys.stderr)
        return 2
    return 0
