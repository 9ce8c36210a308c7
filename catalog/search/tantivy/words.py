"""The words of a search as PostgreSQL understands them -> a query over the index's lexemes. Imports tantivy."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import tantivy

from catalog.errors import CannotAnswerError
from catalog.search.postgres.statements import Statement
from catalog.search.postgres.text_rank import compiled_query
from catalog.search.tantivy.schema import MAX_PHRASE_DISTANCE, WORDS
from catalog.search.words import has_prefix

_TOKEN = re.compile(r"\s*(?:'((?:[^'\\]|''|\\\\)*)'|<(\d+|-)>|([&|!()]))")


@lru_cache(maxsize=4_096)
def tsquery(text: str) -> str:
    """`"data engineer" -senior` -> `'data' <-> 'engin' & !'senior'`, as the search vectors' configuration reads it."""
    asked = compiled_query(text)
    ((found,),) = Statement(f"SELECT ({asked.sql})::text", asked.params, is_kept=not has_prefix(text)).rows()
    return str(found)


def words_query(parsed: str, schema: tantivy.Schema) -> tantivy.Query:
    """Jobs that PostgreSQL finds with this tsquery. Raises CannotAnswerError for what the index cannot tell."""
    if "':*" in parsed:
        raise CannotAnswerError("words that begin so")
    return _Reader(parsed, schema).query() if parsed else tantivy.Query.empty_query()


class _Reader:
    """Recursive descent over PostgreSQL's own notation: `|` binds loosest, then `&`, `<n>`, `!`."""

    def __init__(self, parsed: str, schema: tantivy.Schema) -> None:
        self._tokens = [(match[1], match[2], match[3]) for match in _TOKEN.finditer(parsed)]
        self._at = 0
        self._schema = schema

    def query(self) -> tantivy.Query:
        found = self._either()
        if self._at != len(self._tokens):
            raise CannotAnswerError("words that do not read as a tsquery")
        return found

    def _either(self) -> tantivy.Query:
        parts = [self._all()]
        while self._take("|"):
            parts.append(self._all())
        return _joined(tantivy.Occur.Should, parts)

    def _all(self) -> tantivy.Query:
        parts = [self._one()]
        while self._take("&"):
            parts.append(self._one())
        wanted = [query for query, negated in parts if not negated] or [tantivy.Query.all_query()]
        unwanted = [query for query, negated in parts if negated]
        if not unwanted:
            return _joined(tantivy.Occur.Must, wanted)
        occurs = [(tantivy.Occur.Must, query) for query in wanted] + [(tantivy.Occur.MustNot, query) for query in unwanted]
        return tantivy.Query.boolean_query(occurs)

    def _one(self) -> tuple[tantivy.Query, bool]:
        """A phrase, a word or what stands in brackets, and whether it is negated."""
        negated = False
        while self._take("!"):
            negated = not negated
        if self._take("("):
            inner = self._either()
            self._expect(")")
            return inner, negated
        words: list[str | tuple[int, str]] = [first := self._word()]
        place = 0
        while (distance := self._distance()) is not None:
            place += distance
            words.append((place, self._word()))
        if len(words) == 1:
            return tantivy.Query.term_query(self._schema, WORDS, first), negated
        if negated:  # binds tighter than the phrase does
            raise CannotAnswerError("a phrase that begins with what is not there")
        return tantivy.Query.phrase_query(self._schema, WORDS, words), False

    def _word(self) -> str:
        word = self._tokens[self._at][0] if self._at < len(self._tokens) else None
        if word is None:
            raise CannotAnswerError("a phrase of more than words")
        self._at += 1
        return word.replace("''", "'").replace("\\\\", "\\")

    def _distance(self) -> int | None:
        text = self._tokens[self._at][1] if self._at < len(self._tokens) else None
        if text is None:
            return None
        self._at += 1
        distance = 1 if text == "-" else int(text)
        if not 1 <= distance <= MAX_PHRASE_DISTANCE:
            raise CannotAnswerError("words of a phrase that stand far apart")
        return distance

    def _take(self, sign: str) -> bool:
        taken = self._at < len(self._tokens) and self._tokens[self._at][2] == sign
        self._at += taken
        return taken

    def _expect(self, sign: str) -> None:
        if not self._take(sign):
            raise CannotAnswerError(f"words without the {sign} that belongs to them")


def _joined(occur: tantivy.Occur, parts: Sequence[tantivy.Query]) -> tantivy.Query:
    return parts[0] if len(parts) == 1 else tantivy.Query.boolean_query([(occur, part) for part in parts])
