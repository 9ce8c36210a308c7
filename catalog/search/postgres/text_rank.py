"""How well a job has the words of a text: SQL that the order by relevance is made of."""

from __future__ import annotations

import re
from typing import Any

from django.contrib.postgres.search import SearchQuery
from django.db import connection

from catalog.models import Job
from catalog.search.postgres.statements import Statement
from catalog.search.words import SEARCH_CONFIG, as_typed, has_prefix, is_phrases, is_plain, text_query

# A tsquery as text with a demand behind each word: that it stands where the weights are (A: title, B: company, place, skills).
# Read once a statement, also where its plan is kept: that is what all the SELECT are for.
_WEIGHED = r"replace(regexp_replace(({query})::text, $$'(([^']|'')*)'$$, $$'\1':{weights}$$, 'g'), ':{weights}:*', ':*{weights}')::tsquery"
# A vector with the weights of none of its words changed: the cheapest copy of it.
COPIED_VECTOR = "setweight(seen, 'D', '{}')"
# As the index `job_title_words` has it.
TITLE_WORDS = f"to_tsvector('{SEARCH_CONFIG}'::regconfig, COALESCE(title, ''))"
_ONE, _HALF = Statement("1"), Statement("0.5")
# What is added where a title has all words makes its rank this much at least; that of any other job is less, see `text_rank`.
TITLED = 1.5


def compiled_query(text: str) -> Statement:
    """SQL of the tsquery that a text stands for."""
    return _compiled(text_query(text)) if has_prefix(text) else _read("websearch", text)


def has_words(text: str) -> bool:
    """Whether there is a word in it to look for: signs are none, nor are words as common as "the"."""
    query = compiled_query(text)
    return bool(Statement(f"SELECT numnode({query.sql})", query.params).rows()[0][0])


def words_anywhere(text: str) -> Statement | None:
    """SQL of the tsquery that asks for all words of a text, wherever they stand; None where that may leave out what the text finds.

    An index finds words, not where they stand: of a phrase, every job with its words is opened to look.
    """
    return _read("plain", text.replace('"', " ")) if is_phrases(text) else None


def in_title(text: str) -> Statement:
    """Whether a job's title has all words, by its column `seen`."""
    return _has(compiled_query(text), "A")


def text_rank(text: str) -> Statement:
    """SQL of the rank of a job by its columns `title` and `seen`.

    PostgreSQL's rank adds up what is found anywhere, up to one: a long text that has a word often passes a title that is all
    of what was typed. So what has all words in its title comes first, and what has them there or as company, place or skill
    before what only says them.
    """
    query = compiled_query(text)
    anywhere = Statement(f"ts_rank(seen, (SELECT {query.sql}))", query.params)
    return _sum(anywhere, _if(_has(query, "AB"), _sum(_HALF, _if(_has(query, "A"), _of_title(text)))))


def _of_title(text: str) -> Statement:
    """What a title with all words adds: more where they stand in their order, are written as they were typed, and are most of it.

    As typed: an "Accountant" and an "Account Executive" have one stem.
    """
    parts = [_ONE]
    if is_plain(text):
        parts.append(_if(_has(_read("phrase", text), "A"), _ONE))
    if typed := as_typed(text):
        words = r"\W+".join(map(re.escape, typed.split()))
        parts.append(_if(Statement("title ~* %s", (rf"(?<!\w){words}s?(?!\w)",)), _HALF))
        parts.append(Statement("%s::float8 / greatest(%s, length(title))", (len(typed), len(typed))))
    return _sum(*parts)


def _sum(*parts: Statement) -> Statement:
    return Statement(" + ".join(part.sql for part in parts), tuple(param for part in parts for param in part.params))


def _if(condition: Statement, value: Statement) -> Statement:
    return Statement(f"CASE WHEN {condition.sql} THEN {value.sql} ELSE 0 END", (*condition.params, *value.params))


def _has(query: Statement, weights: str) -> Statement:
    """Whether all that a query wants stands where the weights are."""
    return Statement(f"seen @@ (SELECT {_WEIGHED.replace('{query}', query.sql).replace('{weights}', weights)})", query.params)


def _read(how: str, text: str) -> Statement:
    """As Django's `SearchQuery` would have it, in a tenth of the time."""
    return Statement(f"{SearchQuery.SEARCH_TYPES[how]}(%s::regconfig, %s)", (SEARCH_CONFIG, text))


def _compiled(query: Any) -> Statement:
    jobs = Job.objects.all().query
    statement, params = jobs.get_compiler(connection.alias).compile(query.resolve_expression(jobs))
    return Statement(statement, tuple(params))
