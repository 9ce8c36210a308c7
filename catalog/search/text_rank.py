"""How well a job has the words of a text: SQL that the order by relevance is made of."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.search import SearchQuery
from django.db import connection

from catalog.models import Job
from catalog.search.statements import Statement
from catalog.search.words import SEARCH_CONFIG, has_prefix, is_phrases, is_plain, text_query

# A tsquery as text with a demand behind each word: that it stands where the weight is A, in the title. A constant when it runs.
_IN_TITLE = r"replace(regexp_replace(({query})::text, $$'(([^']|'')*)'$$, $$'\1':A$$, 'g'), ':A:*', ':*A')::tsquery"


def compiled_query(text: str) -> Statement:
    """SQL of the tsquery that a text stands for."""
    return _compiled(text_query(text)) if has_prefix(text) else _read("websearch", text)


def words_anywhere(text: str) -> Statement | None:
    """SQL of the tsquery that asks for all words of a text, wherever they stand; None where that may leave out what the text finds.

    An index finds words, not where they stand: of a phrase, every job with its words is opened to look.
    """
    return _read("plain", text.replace('"', " ")) if is_phrases(text) else None


def text_rank(text: str) -> Statement:
    """SQL of the rank of the column `seen`.

    PostgreSQL's rank adds up what is found anywhere, up to one: a long text that has a word often passes a title that is all
    of what was typed. So what the title alone has comes first, and what it has in the same words one after the other before that.
    """
    query, params = compiled_query(text)
    of_title, all_params = "1", (*params, *params)
    if is_plain(text):
        phrase, phrase_params = _read("phrase", text)
        of_title, all_params = f"1 + (seen @@ {_in_title(phrase)})::int", (*all_params, *phrase_params)
    # Every look into a vector may fetch and unpack it: the phrase is looked for only where its words are.
    return Statement(f"ts_rank(seen, {query}) + CASE WHEN seen @@ {_in_title(query)} THEN {of_title} ELSE 0 END", all_params)


def _in_title(query: str) -> str:
    return _IN_TITLE.replace("{query}", query)


def _read(how: str, text: str) -> Statement:
    """As Django's `SearchQuery` would have it, in a tenth of the time."""
    return Statement(f"{SearchQuery.SEARCH_TYPES[how]}(%s::regconfig, %s)", (SEARCH_CONFIG, text))


def _compiled(query: Any) -> Statement:
    jobs = Job.objects.all().query
    statement, params = jobs.get_compiler(connection.alias).compile(query.resolve_expression(jobs))
    return Statement(statement, tuple(params))
