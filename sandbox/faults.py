"""Which faults there are, and which request gets one. How a fault looks on the wire: `damage.py`."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

# Every kind with what it does; `--help` and docs/sandbox.md are made from these tables.
HTTP_KINDS: dict[str, str] = {
    "401": "401 Unauthorized with a JSON error",
    "403": "403 Forbidden with a JSON error, as a server answers a client it has blocked",
    "404": "404 Not Found with a JSON error",
    "410": "410 Gone with a JSON error",
    "429": "429 Too Many Requests without Retry-After",
    "429-retry-after": "429 Too Many Requests with Retry-After in seconds (`seconds`, default 1)",
    "429-retry-date": "429 Too Many Requests with Retry-After as an HTTP date, at least `seconds` ahead (default 1)",
    "500": "500 Internal Server Error, HTML body",
    "501": "501 Not Implemented, HTML body",
    "502": "502 Bad Gateway, HTML body",
    "503": "503 Service Unavailable, XML body that asks to slow down",
    "503-retry-after": "503 Service Unavailable with Retry-After in seconds (`seconds`, default 1)",
    "504": "504 Gateway Time-out, HTML body even where JSON was asked for",
    "529": "529, Anthropic's own: overloaded",
    "slow": "the right answer, but it begins only after `seconds` (default 5)",
    "drip": "the right answer in 20 pieces spread over `seconds` (default 5)",
    "cut-length": "half of the body, then the connection closes; Content-Length promised all of it",
    "cut-chunked": "half of the body in chunks, then the connection closes without the last chunk",
    "invalid-json": "a complete answer whose JSON breaks off in the middle",
    "truncated": "valid JSON that holds the first half of the postings; Greenhouse's meta.total still counts all (CDX: half of the lines)",
    "html": "200 with an HTML page instead of JSON",
    "wrong-type": "the right JSON, declared as text/html",
    "utf-16": "the right JSON in UTF-16, declared as UTF-8",
    "latin-1": "the right JSON with accented letters added as Latin-1 bytes, declared as UTF-8",
    "bom": "the right JSON behind a UTF-8 byte order mark",
    "gzip-bomb": "about 200 KB of gzip that unpack to 200 MB",
    "huge": "a valid JSON body of 200 MB",
    "redirect": "302 to the same address on the same host, which then answers",
    "redirect-private": "302 to http://169.254.169.254/, a private address nobody may follow",
    "redirect-foreign": "302 to a public host that belongs to no job board (http://elsewhere.example/, which does not exist)",
    "redirect-loop": "302 to itself, for ever",
    "redirect-broken": "302 to `http://[`, which is no address",
    "reset": "the connection is reset before the first byte",
    "empty": "200 with an empty body",
}
# How language models and their servers go wrong behind an answer that looks healthy; other interfaces do not know them.
MODEL_KINDS: dict[str, str] = {
    "prompt-cut": "the model reads the second half of the prompt only, and nothing but the token count tells",
    "thinking": "thinking text inside the answer, before the JSON",
    "thinking-unopened": "the same without its opening tag, as templates leave it that open the block themselves",
    "thinking-endless": "thinking that never ends: the length limit comes first",
    "schema-ignored": "friendly words instead of JSON",
    "fenced": "the right JSON inside a Markdown fence, with words around it",
    "ids-swapped": "the first two items under each other's id; a single item under an id that nobody asked about",
    "id-missing": "the last item is left out",
    "id-twice": "the first item again in the place of the last",
    "invented": "pay, skills, tools and a summary that no posting states, in the right form",
    "length": "half of the answer, ended by the length limit",
    "refusal": "the model declines to answer",
    "empty-text": "an answer without text",
    "no-json-schema": "OpenAI: the server does not know response_format json_schema (400)",
    "no-response-format": "OpenAI: the server knows no response_format at all (400)",
    "no-bounds": "OpenAI: bounds are not permitted in a schema (400)",
    "no-max-tokens": "OpenAI: the model takes max_completion_tokens only (400)",
    "no-temperature": "OpenAI: the model takes its own temperature only (400)",
    "batch-refused": "OpenAI: a batch is refused as a whole once its file is read",
    "batch-expired": "OpenAI and Anthropic, one request of a batch (`board` item): the window closed before it was run",
}
KINDS: dict[str, str] = HTTP_KINDS | MODEL_KINDS


@dataclass(frozen=True)
class Fault:
    """One fault in force. `host`: interface name or host:port, None for all; `board`: only that token;

    `times`: only the first so many requests of each path (then it heals), None for ever;
    `seconds`: how slow, or what Retry-After says, where the kind has a use for it.
    """

    kind: str
    rate: float = 1.0
    host: str | None = None
    board: str | None = None
    times: int | None = None
    seconds: float | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown fault kind {self.kind!r}; known: {', '.join(KINDS)}")
        if not 0 <= self.rate <= 1:
            raise ValueError(f"the rate of a fault is between 0 and 1, not {self.rate}")

    @classmethod
    def parse(cls, text: str) -> Fault:
        """`KIND[:RATE[:HOST[/BOARD]]][,times=N][,seconds=S]`, as the command line has it."""
        head, *options = text.split(",")
        kind, _, rest = head.partition(":")
        rate, _, where = rest.partition(":")
        host, _, board = where.partition("/")
        return cls(kind, float(rate or 1), host or None, board or None, **_options(options))

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> Fault:
        """From a control message; ValueError for names that do not exist."""
        try:
            return cls(**{**value, "kind": str(value["kind"]), "rate": float(value.get("rate", 1))})
        except (KeyError, TypeError) as error:
            raise ValueError(f"not a fault: {dict(value)} ({error})") from error

    def as_dict(self) -> dict[str, Any]:
        """As `GET /_control` shows it."""
        return asdict(self)

    def meets(self, place: Place) -> bool:
        """Whether a request at this place can get the fault at all."""
        here = self.host is None or self.host in (place.interface, place.address)
        return here and (self.board is None or self.board.casefold() == place.board)


def _options(texts: Sequence[str]) -> dict[str, Any]:
    """`times=2`, `seconds=0.5`; ValueError for anything else."""
    known: dict[str, Callable[[str], Any]] = {"times": int, "seconds": float}
    values = dict(text.partition("=")[::2] for text in texts)
    if unknown := values.keys() - known.keys():
        raise ValueError(f"a fault has no {', '.join(sorted(unknown))}; known: {', '.join(known)}")
    return {name: known[name](value) for name, value in values.items()}


@dataclass(frozen=True)
class Place:
    """Where a request arrives: interface name, host:port, path with query, and the board's token, folded."""

    interface: str
    address: str
    target: str
    board: str | None


@dataclass
class FaultPlan:
    """Decides request by request. The same seed and the same nth request of a path get the same fate,

    whatever else happens at the same time.
    """

    seed: int
    faults: tuple[Fault, ...] = ()
    _asked: Counter[str] = field(default_factory=Counter)
    _played: Counter[str] = field(default_factory=Counter)

    def pick(self, place: Place) -> Fault | None:
        """The fault this request gets, if any: the first of the list that strikes."""
        identity = f"{place.interface}{place.target}"
        self._asked[identity] += 1
        for number, fault in enumerate(self.faults):
            if fault.meets(place) and self._strikes(number, fault, identity):
                self._played[fault.kind] += 1
                return fault
        return None

    def _strikes(self, number: int, fault: Fault, identity: str) -> bool:
        count = self._asked[identity]
        if fault.times is not None and count > fault.times:
            return False
        return fraction(f"{self.seed}/{number}/{fault.kind}/{identity}/{count}") < fault.rate

    def played(self) -> dict[str, int]:
        """How often each kind was served so far."""
        return dict(self._played)


def fraction(text: str) -> float:
    """A number in [0, 1) that depends on the text alone (Python's own hash differs between processes)."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest()) / 2**64
