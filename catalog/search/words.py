"""A typed text as a query of PostgreSQL: words, "phrases", OR, -minus, and begin* for words that begin so."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import reduce
from itertools import groupby
from operator import and_, or_
from typing import Any

from django.contrib.postgres.search import SearchQuery

SEARCH_CONFIG = "catalog_english"
_TOKENS = re.compile(r'-?"[^"]*"?|\S+')
# Shorter beginnings would mean half of all words.
_PREFIX = re.compile(r"-?\w{2,}\*")
# A whole "phrase", or a word without quotes and without a minus; PostgreSQL sees one behind operators of its own, too.
_WANTED = re.compile(r'"[^"]*"|(?!-)(?:(?![!&|()]-)[^"])+')
# What PostgreSQL reads as more than a word: an operator, and "or" with anything but a part of a word behind it ("or," is OR).
_OPERATOR = re.compile(r'(?i:or)(?![\w-])|(?!").*[:&|()!]')
# Leaving one out of more words than this leaves out next to nothing.
_MOST_WORDS = 8


def has_prefix(text: str) -> bool:
    """Whether a word of it stands for all words that begin so."""
    return any(map(_PREFIX.fullmatch, _TOKENS.findall(text)))


def text_query(text: str) -> Any:
    """What a search vector is matched with. PostgreSQL reads all but the beginnings, which its web search does not know."""
    if not has_prefix(text):
        return SearchQuery(text, config=SEARCH_CONFIG, search_type="websearch")
    return reduce(or_, (reduce(and_, _parts(tokens)) for tokens in alternatives(text)))


def is_plain(text: str) -> bool:
    """Whether it is several words and nothing else."""
    tokens = _TOKENS.findall(text)
    return len(tokens) > 1 and not any(token[0] in '-"' or _is_or(token) or _PREFIX.fullmatch(token) for token in tokens)


def is_phrases(text: str) -> bool:
    """Whether it asks for "phrases", all of them and of its words, and for nothing else."""
    return '"' in text and _is_all(text) and not any(map(_OPERATOR.match, _TOKENS.findall(text)))


def as_typed(text: str) -> str:
    """The words of a text with single blanks between them; "" where it asks for anything but all of them."""
    return " ".join(text.replace('"', " ").split()) if _is_all(text) else ""


def some_words(text: str) -> str:
    """The text that asks for all but one of the words or "phrases" of a text, whichever; "" where there is no such text.

    None for a text with a minus either: of `IT manager -sales`, whose IT is a stop word, `IT -sales` would be all jobs but those of sales.
    """
    tokens = _TOKENS.findall(text)
    if not 2 <= len(tokens) <= _MOST_WORDS or not _wants_all(tokens):
        return ""
    return " OR ".join(dict.fromkeys(" ".join([*tokens[:left_out], *tokens[left_out + 1 :]]) for left_out in range(len(tokens))))


def _is_all(text: str) -> bool:
    return not has_prefix(text) and _wants_all(_TOKENS.findall(text))


def _wants_all(tokens: Sequence[str]) -> bool:
    return all(map(_WANTED.fullmatch, tokens)) and not any(map(_is_or, tokens))


def _is_or(token: str) -> bool:
    return token.casefold() == "or"


def alternatives(text: str) -> Iterator[Sequence[str]]:
    """The tokens on both sides of each OR: words, "phrases", beginnings*, each of them perhaps with a minus."""
    for is_or, tokens in groupby(_TOKENS.findall(text), key=_is_or):
        if not is_or:
            yield list(tokens)


def _parts(tokens: Sequence[str]) -> Iterator[Any]:
    for is_prefix, group in groupby(tokens, key=lambda token: bool(_PREFIX.fullmatch(token))):
        if not is_prefix:
            yield SearchQuery(" ".join(group), config=SEARCH_CONFIG, search_type="websearch")
            continue
        for token in group:
            begins = SearchQuery(f"{token.strip('-*')}:*", config=SEARCH_CONFIG, search_type="raw")
            yield ~begins if token.startswith("-") else begins
