"""One question to a model and what it writes, as every vendor's interface understands them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

BYTES_A_TOKEN = 4
"""The scripted model's tokens: about what real ones make of English."""


class Ending(StrEnum):
    STOP = "stop"
    LENGTH = "length"
    REFUSAL = "refusal"


@dataclass(frozen=True)
class Asked:
    """`schema` is None where the caller asked for no form; `max_tokens` bounds the answer."""

    model: str
    system: str
    user: str
    schema: Mapping[str, Any] | None
    max_tokens: int

    @property
    def tokens(self) -> int:
        return tokens(self.system) + tokens(self.user)


@dataclass(frozen=True)
class Written:
    """`tokens_in` is what the model has read, which is less than was sent when the prompt was cut."""

    text: str
    tokens_in: int
    tokens_out: int
    ending: Ending = Ending.STOP


class Model(Protocol):
    """What stands behind the interfaces."""

    async def write(self, asked: Asked) -> Written:
        """The answer; never raises for what it is asked."""


def tokens(text: str) -> int:
    """How many tokens a text has, rounded up."""
    return -(-len(text.encode()) // BYTES_A_TOKEN)


def within(asked: Asked, context: int) -> Asked:
    """What is left of a prompt that does not fit into the context: its end. Servers that cut, cut without a word."""
    if asked.tokens <= context:
        return asked
    whole = f"{asked.system}\n{asked.user}".encode()
    kept = whole[-context * BYTES_A_TOKEN :].decode(errors="ignore")
    return Asked(asked.model, "", kept, asked.schema, asked.max_tokens)


def limited(text: str, asked: Asked) -> Written:
    """A text as an answer to a question: cut where the limit is."""
    length = tokens(text)
    if length <= asked.max_tokens:
        return Written(text, asked.tokens, length)
    cut = text.encode()[: asked.max_tokens * BYTES_A_TOKEN].decode(errors="ignore")
    return Written(cut, asked.tokens, asked.max_tokens, Ending.LENGTH)
