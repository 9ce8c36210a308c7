"""Tokens of a prompt before it is sent: what it can have at most, and what it is expected to have. Pure."""

from __future__ import annotations

import hashlib
from typing import Final

import orjson

from extraction.providers.llm import Prompt

FRAMING_TOKENS: Final = 256
"""Roles, separators and the vendor's own words about the schema: tens of tokens at the vendors, kept generous."""

BYTES_A_TOKEN: Final = 3.2
"""A low average of byte-pair vocabularies over postings, prompts and JSON: the expectation is rather too high than too low."""

LEAST_BYTES_A_TOKEN: Final = 3
MOST_BYTES_A_TOKEN: Final = 6
"""Over a whole prompt no script and no vocabulary that postings meet lies outside of these: English prose, the densest, has 4.5 to 5."""


def tokens_at_most(text: str) -> int:
    """An upper estimate for running text, for packing: a prompt that fits by it fits."""
    return -(-len(text.encode()) // LEAST_BYTES_A_TOKEN)


def tokens_at_least(text: str) -> int:
    """A lower estimate for running text: a server that counts fewer tokens has not read all of it."""
    return len(text.encode()) // MOST_BYTES_A_TOKEN


def token_bound(prompt: Prompt) -> int:
    """No tokenizer makes more tokens of a prompt: each token of a byte-level vocabulary holds at least one byte."""
    return _prompt_bytes(prompt) + FRAMING_TOKENS


def token_count(prompt: Prompt) -> int:
    """How many tokens the prompt is expected to have."""
    return round(_prompt_bytes(prompt) / BYTES_A_TOKEN)


def prompt_hash(prompt: Prompt) -> str:
    """32 hex digits that differ whenever the question, the schema or the length of the answer do."""
    parts = [prompt.system, prompt.user, prompt.schema, prompt.max_tokens]
    return hashlib.blake2b(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS), digest_size=16).hexdigest()


def _prompt_bytes(prompt: Prompt) -> int:
    return len(prompt.system.encode()) + len(prompt.user.encode()) + len(orjson.dumps(prompt.schema))
