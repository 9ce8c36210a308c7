"""Jobs that lack one of the words, below those that have all."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.search import partial
from catalog.search.partial import FEW, partial_matches
from catalog.tests.factories import job_facts
from catalog.tests.search.conftest import asked, postings

QUIET = {"job_summary": "", "tools_raw": [], "skills_raw": [], "text": "", "highlights": []}
TITLES = ["Crypto Compliance Officer", "Compliance Officer", "Crypto Analyst", "Crypto Compliance Analyst", "Florist"]

# So long that nothing resembles a text with it.
NONSENSE = "qwertzuiopasdfghjklyxcvbnm"


@pytest.fixture
def some(backend, publish, monkeypatch):
    """What stands below the matches of a query string: the text that finds it, and posting ids."""
    monkeypatch.setattr(partial, "search_backend", lambda: backend)
    publish([job_facts(n, title=title, company_name="Acme", **QUIET) for n, title in enumerate(TITLES)])

    def below(query):
        search = asked(query)
        found = partial_matches(search, backend.page(search, limit=25).ids)
        return found and (found.text, sorted(postings(found.ids)))

    return below


def test_where_few_jobs_have_all_words_those_that_lack_one(some, publish):
    text = "compliance officer OR crypto officer OR crypto compliance"
    assert some("q=crypto compliance officer") == (text, [1, 3])
    assert some("q=crypto compliance officer&remote=onsite") is None
    assert some(f'q="crypto compliance" {NONSENSE}') == (f'{NONSENSE} OR "crypto compliance"', [0, 3])
    publish([job_facts(100 + n, title=TITLES[0], company_name="Acme", **QUIET) for n in range(FEW)])
    assert some("q=crypto compliance officer") is None


@pytest.mark.parametrize("query", ["q=crypto", "q=crypto OR florist", "q=crypto compliance officer&sort=newest", "q=zebra giraffe", ""])
def test_there_are_none_where_nothing_was_meant_to_be_left_out(some, query):
    assert some(query) is None


def test_a_text_that_is_too_long_to_ask_for_is_not_told(some):
    assert some(f"q=crypto compliance analyst {4 * NONSENSE}") == (None, [3])


def test_it_is_the_search_that_finds_all_of_them(some, backend):
    search = asked("q=crypto compliance officer")
    found = partial_matches(search, [])
    assert found is not None
    assert backend.page(replace(search, text=found.text), limit=25).ids == found.ids


def test_for_words_that_no_job_has_resemblance_is_not_looked_for_again(some, backend):
    def resembled(call):
        with CaptureQueriesContext(connection) as captured:
            call()
        return sum("word_similarity" in query["sql"] for query in captured)

    search = asked("q=complianze offizer")
    assert resembled(lambda: backend.page(search, limit=25)) > 0
    assert resembled(lambda: partial_matches(search, [])) == 0
    assert partial_matches(search, []) is None
