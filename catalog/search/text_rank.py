"""How well a job has the words of a text: SQL that the order by relevance is made of."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.search import SearchQuery
from django.db import connection

from catalog.models import Job
from catalog.search.words import phrase_query, text_query

# A tsquery as text with a demand behind each word: that it stands where the weight is A, in the title. A constant when it runs.
_IN_TITLE = r"replace(regexp_replace(({query})::text, $$'(([^']|'')*)'$$, $$'\1':A$$, 'g'), ':A:*', ':*A')::tsquery"


def compiled_query(text: str) -> tuple[str, tuple[Any, ...]]:
    """SQL of the tsquery that a text stands for, with its parameters."""
    return _compiled(text_query(text))


def text_rank(text: str) -> tuple[str, tuple[Any, ...]]:
    """SQL of the rank of the column `seen`, with its parameters.

    PostgreSQL's rank adds up what is found anywhere, up to one: a long text that has a word often passes a title that is all
    of what was typed. So what the title alone has comes first, and what it has in the same words one after the other before that.
    """
    query, params = compiled_query(text)
    of_title, all_params = "1", (*params, *params)
    if phrase := phrase_query(text):
        phrase_sql, phrase_params = _compiled(phrase)
        of_title, all_params = f"1 + (seen @@ {_in_title(phrase_sql)})::int", (*all_params, *phrase_params)
    # Every look into a vector may fetch and unpack it: the phrase is looked for only where its words are.
    return f"ts_rank(seen, {query}) + CASE WHEN seen @@ {_in_title(query)} THEN {of_title} ELSE 0 END", all_params


def _in_title(query: str) -> str:
    return _IN_TITLE.replace("{query}", query)


def _compiled(query: SearchQuery) -> tuple[str, tuple[Any, ...]]:
    jobs = Job.objects.all().query
    statement, params = jobs.get_compiler(connection.alias).compile(query.resolve_expression(jobs))
    return statement, tuple(params)
