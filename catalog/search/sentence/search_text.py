"""The text of a search (`q`) from alternatives and words: the dialect is that of full text search. Pure.

"or" binds weaker than "and" there and there are no brackets, so that alternatives are multiplied out:
enterprise AND (AE OR "account executive") -> `enterprise AE OR enterprise "account executive"`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain, product

MAX_LENGTH = 200
"""Of the parameter `q`."""

Alternative = tuple[str, ...]
"""Terms that a job must have all of."""


def search_text(groups: Iterable[Sequence[Alternative]], excluded: Iterable[str] = ()) -> str:
    """Jobs that have an alternative of each group and none of the excluded; as many of the alternatives as there is room for."""
    kept, without = [list(group) for group in groups if group], [f"-{_term(text)}" for text in excluded if _term(text)]
    while len(text := _written(kept, without)) > MAX_LENGTH:
        longest = max(kept, key=len, default=[])
        if len(longest) > 1:
            longest.pop()
        elif not (without or kept[1:]):
            return text[:MAX_LENGTH]
        else:
            (without or kept).pop()
    return text


def _written(groups: Sequence[Sequence[Alternative]], without: Sequence[str]) -> str:
    choices = ([_term(term) for term in chain.from_iterable(choice)] for choice in product(*groups))
    return " OR ".join(dict.fromkeys(" ".join(filter(None, (*terms, *without))) for terms in choices))


def _term(text: str) -> str:
    """A word as it is, several as a phrase. Signs of the search's own language are taken out."""
    plain = " ".join(text.replace('"', " ").split()).lstrip("-")
    return f'"{plain}"' if " " in plain or plain.casefold() == "or" else plain
