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
    rank, all_params = f"ts_rank(seen, {query}) + (seen @@ {_in_title(query)})::int", (*params, *params)
    if phrase := phrase_query(text):
        query, params = _compiled(phrase)
        rank, all_params = f"{rank} + (seen @@ {_in_title(query)})::int", (*all_params, *params)
    return rank, all_params


def _in_title(query: str) -> str:
    return _IN_TITLE.replace("{query}", query)


def _compiled(query: SearchQuery) -> tuple[str, tuple[Any, ...]]:
    jobs = Job.objects.all().query
    statement, params = jobs.get_compiler(connection.alias).compile(query.resolve_expression(jobs))
    return statement, tuple(params)
