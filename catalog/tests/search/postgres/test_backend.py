"""How PostgreSQL orders by relevance in bounded time, and finds the newest matches by way of their dates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from string import ascii_lowercase
from typing import Any
from unittest.mock import Mock
from urllib.parse import quote

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.models import Job
from catalog.search.postgres import frequency, newest
from catalog.search.postgres.backend import PostgresBackend
from catalog.search.postgres.frequency import Dates, Words, expected_matches, listing_dates
from catalog.search.postgres.statements import Statement
from catalog.search.query import Search, Sort
from catalog.services import jobs_publish
from catalog.tests.factories import NOW, job_facts
from catalog.tests.search.conftest import asked, postings, walk

DAY = timedelta(days=1)
DATES = Dates([NOW - 4 * DAY, NOW - 3 * DAY, NOW - DAY], 100)


def zebra(n: int, *, good: bool = False, **changes):
    """A job with the word, posted `n` minutes before NOW; `good`: with the word in its title."""
    return job_facts(n, **({"title": "Zebra Keeper" if good else "Keeper", "text": "zebra"} | changes))


@pytest.fixture
def unread():
    """The statistics are read anew, here and by whoever comes next."""
    frequency._Kept.until = 0.0
    yield
    frequency._Kept.until = 0.0


@pytest.fixture
def backend(db):
    return PostgresBackend(ranked=10)


def found(backend: PostgresBackend, limit: int = 100) -> list[int]:
    return postings(backend.page(asked("q=zebra"), limit=limit).ids)


def test_titles_come_first_then_the_newest_others_ranked_then_all_others_newest_first(backend):
    named = {4, 15}
    jobs_publish(facts=[zebra(n, good=n in (7, 12, 20), **({"location_text": "Zebra"} if n in named else {})) for n in range(25)])
    others = [n for n in range(10) if n not in (4, 7)]
    assert found(backend) == [7, 12, 20, 4, *others, *(n for n in range(10, 25) if n not in (12, 20))]


@pytest.mark.parametrize("limit", [1, 4, 9, 10, 11, 19, 25, 100])
def test_of_many_titles_the_newest_are_ranked_and_none_comes_twice(backend, limit):
    jobs_publish(facts=[zebra(n, good=n % 4 != 0, **({"title": "Zebra"} if n in (9, 30) else {})) for n in range(40)])
    ranked_titles = [9, *(n for n in range(14) if n % 4 and n != 9)]
    ranked = [*ranked_titles[:10], 0, 4, 8]
    assert walk(backend, "q=zebra", limit=limit) == [*ranked, *(n for n in range(40) if n not in ranked)]


def test_a_title_with_a_word_that_nobody_wants_elsewhere_is_left_out(backend):
    jobs_publish(facts=[zebra(n, good=True, text="A lion." if n % 2 else "A job.") for n in range(30)])
    assert walk(backend, "q=zebra -lion", limit=7) == [*range(0, 30, 2)]


def test_a_title_that_is_what_was_typed_comes_before_a_text_that_says_it_often(backend):
    often = "Work beside the partner manager. " * 20
    titles = ["Manager of Partner Sales", "Partner Manager", "Sales Lead", "Sales Manager"]
    texts = ["A job.", "A job.", often, "Meet every partner."]
    jobs_publish(facts=[zebra(n, title=title, text=text) for n, (title, text) in enumerate(zip(titles, texts, strict=True))])

    def best(text):
        return postings(backend.page(asked(f"q={text}"), limit=10).ids)

    assert best("partner manager")[:3] == [1, 0, 2]
    assert best('"partner manager"')[:2] == [1, 2]
    assert best("partner manager -lead")[2:] == [3]
    assert best("part* manager")[2:] == [2, 3]


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("accountant", ["Account Executive", "Accountant, Tax and Treasury"]),
        ("software engineer intern", ["Software Engineer, Internal Tools", "Software Engineering, Interns", "Software Engineer (Intern)"]),
        ("account manager", ["Manager, Account Management", "Account Management", "Senior Account Managers, Nordics", "Account Manager"]),
        ('"data engineer"', ["Senior Data Engineer, Platform", "Data Engineer, Platform", "Data Engineer"]),
    ],
)
def test_a_title_comes_first_by_being_as_typed_and_by_having_little_else(backend, text, titles):
    """The titles are the worst first, which is also how they come where all are alike."""
    jobs_publish(facts=[zebra(n, title=title, text="") for n, title in enumerate(titles)])
    assert postings(backend.page(asked(f"q={text}"), limit=10).ids) == [*reversed(range(len(titles)))]


def test_company_place_and_skills_come_before_a_text_that_says_it_often(backend):
    often = "From Lima the engineer of record leads. An engineer in Lima, with Lima's engineer. " * 3
    jobs_publish(facts=[zebra(0, title="Lead", text=often), zebra(1, title="Engineer", text="A job.", location_text="Lima, Peru")])
    assert postings(backend.page(asked("q=engineer lima"), limit=10).ids) == [1, 0]


@pytest.mark.parametrize("text", ["zoo's -thistle's", "l'oréal o''neil", "back\\slash 'quoted'", "c++ c#", "q:A w:*"])
def test_a_text_with_signs_is_ranked(backend, text):
    title = text.replace("-thistle's", "")
    jobs_publish(
        facts=[zebra(n, title=title) for n, title in enumerate([f"Zebra {title}", "Zebra", f"{title} Zebra", f"{title} thistle's"])]
    )
    hits = backend.page(Search(text, sort=Sort.RELEVANCE), limit=10)
    expected = [0, 2] if "thistle" in text else [0, 2, 3]
    assert (sorted(postings(hits.ids)), hits.search.resembling) == (expected, False)


def test_lists_that_differ_in_one_value_are_paged_through_apart(backend):
    """The statement of a list's first page is kept, with its values; its cursor goes on in one that is not."""
    jobs_publish(facts=[job_facts(n, remote_type="remote" if n % 2 else "onsite") for n in range(8)])

    def pages(query):
        first = backend.page(asked(query), limit=3)
        second = backend.page(asked(query), limit=3, cursor=first.next)
        return postings(first.ids), postings(second.ids), second.next

    for _ in range(2):
        assert pages("remote=remote&sort=newest") == ([1, 3, 5], [7], None)
        assert pages("remote=onsite&sort=newest") == ([0, 2, 4], [6], None)
        assert pages("remote=remote&sort=salary") == ([7, 5, 3], [1], None)
        assert pages("remote=onsite&sort=salary") == ([6, 4, 2], [0], None)
    jobs_publish(facts=[job_facts(9, remote_type="remote")])
    first, second, _ = pages("remote=remote")
    assert [*first, *second] == [1, 3, 5, 7, 9], "a statement is kept, not its answer"


@pytest.mark.parametrize(
    ("query", "expected"), [("", [1, 2, 3]), ("sort=salary", [3, 1, 2]), ("q=restaurants", [1, 2, 3]), ("q=nothing", [])]
)
def test_the_stream_gives_all_matches_in_order(backend, query, expected):
    jobs_publish(facts=[job_facts(1), job_facts(2, salary_min_usd=None, salary_max_usd=None), job_facts(3, salary_max_usd=200_000)])
    assert postings(list(backend.stream(asked(query)))) == expected


@pytest.mark.parametrize(("jobs", "titles", "among"), [(10, 0, None), (11, 0, 10), (10, 8, None), (30, 8, 10)])
def test_the_answer_says_how_many_were_ranked(backend, jobs, titles, among):
    jobs_publish(facts=[zebra(n, good=n < titles) for n in range(jobs)])
    page = backend.page(asked("q=zebra"), limit=4)
    while True:
        assert page.ranked_among == among
        if page.next is None:
            return
        page = backend.page(asked("q=zebra"), limit=4, cursor=page.next)


@pytest.mark.parametrize("limit", [1, 3, 5, 10, 24, 25, 26])
def test_pages_of_any_size_go_on_where_the_ranking_ends(backend, limit):
    jobs_publish(facts=[zebra(n, good=n % 3 == 0) for n in range(25)])
    assert walk(backend, "q=zebra", limit=limit) == found(backend)


@pytest.mark.parametrize("query", ["q=zebra", "q=zebra&sort=newest", "q=zebra&sort=salary", "q=zebr"])
def test_every_row_comes_once_whatever_comes_and_goes_meanwhile(backend, query):
    """Between the pages jobs of any age and worth are published and others are closed; those that stay come once each."""
    added = iter(range(1000, 100_000))
    titles = st.sampled_from(["Keeper", "Zebra Keeper", "Zebra Keeper and much more that has to be done in a zoo"])
    batch = st.tuples(st.lists(st.tuples(st.integers(0, 40), titles), max_size=15), st.lists(st.integers(0, 39), max_size=6))

    @settings(max_examples=25, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(old=st.lists(titles, min_size=8, max_size=40), batches=st.lists(batch, min_size=1, max_size=4), limit=st.integers(1, 9))
    def holds(old: Sequence[str], batches: Sequence[Any], limit: int) -> None:
        Job.objects.all().delete()
        jobs_publish(facts=[zebra(n, title=title) for n, title in enumerate(old)])
        before, coming = walk(backend, query, limit=100), iter(batches)

        def change() -> None:
            new, gone = next(coming, ((), ()))
            jobs_publish(facts=[zebra(next(added), title=title, posted_at=NOW - timedelta(minutes=age)) for age, title in new])
            Job.objects.filter(posting_id__in=gone).update(closed_at=NOW)

        ids = walk(backend, query, limit=limit, between=change)
        assert len(ids) == len(set(ids))
        stayed = set(postings(list(Job.objects.filter(closed_at=None).values_list("pk", flat=True))))
        assert set(before) & stayed <= set(ids)

    holds()


def test_a_title_that_comes_when_a_page_ended_with_the_last_of_the_titles_takes_nothing_away(backend):
    jobs_publish(facts=[zebra(n, good=n % 2 == 0) for n in range(40)])
    before = walk(backend, "q=zebra", limit=100)
    new = iter([zebra(100, title="Zebra Keeper and much more that has to be done in a zoo", posted_at=NOW)])
    ids = walk(backend, "q=zebra", limit=5, between=lambda: jobs_publish(facts=[job for job in [next(new, None)] if job]))
    assert ids == before


# --- by way of the dates -----------------------------------------------------------------------------------------------------
@pytest.fixture
def expect(monkeypatch):
    """The planner expects so many matches, and jobs were listed a minute apart for an hour."""

    def expected(number: int, jobs: float = 60.0) -> None:
        monkeypatch.setattr(newest, "expected_matches", lambda jobs: number)
        monkeypatch.setattr("catalog.search.postgres.backend.expected_of_rare_word", lambda text: None)
        monkeypatch.setattr("catalog.search.postgres.backend.expected_of_common_words", lambda words, states: None)
        monkeypatch.setattr(newest, "listing_dates", lambda: Dates([NOW - timedelta(minutes=60 - n) for n in range(61)], jobs))

    return expected


@pytest.mark.parametrize(
    "query",
    [
        "q=zebra",
        "q=zebra&sort=newest",
        "q=zebra&posted_before=2026-08-01T11:40:00Z",
        "q=%22zebra keeper%22",
        "q=%22zebra keeper%22&sort=newest",
    ],
)
def test_whatever_is_expected_the_same_is_found(backend, expect, query):
    jobs_publish(facts=[zebra(n, good=n % 7 == 0) for n in range(0, 60, 2)])
    whole = walk(backend, query, limit=100)
    for expected, jobs in [(1, 60.0), (20, 60.0), (60, 60.0), (10_000, 60.0)]:
        expect(expected, jobs)
        assert walk(backend, query, limit=7) == whole


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"zebra keeper"', [0, 3]),
        ('"zebra keeper" nights', [3]),
        ('nights "keeper of the zebra"', [1]),
        ('"zebra or keeper"', [2, 4]),
        ('"part-time zebra"', [4]),
        ('"zebra -keeper"', [0, 3]),
        ('"zebra keeper" "part-time"', []),
    ],
)
def test_phrases_are_found_where_their_words_are(backend, text, expected):
    texts = [
        "Zebra keeper.",
        "Keeper of the zebra, nights.",
        "Zebra or keeper.",
        "A zebra keeper for nights.",
        "A part-time zebra, a keeper.",
    ]
    jobs_publish(facts=[job_facts(n, title="Job", text=text) for n, text in enumerate(texts)])
    for sort in ("relevance", "newest"):
        search = asked(f"q={quote(text)}&sort={sort}")
        assert sorted(postings(backend.jobs(search).values_list("pk", flat=True))) == expected
        assert sorted(postings(backend.page(search, limit=10).ids)) == expected


def test_one_look_that_found_too_few_tells_how_far_the_next_one_goes(backend, expect, django_assert_num_queries):
    """Expected at every minute, there at every fourth."""
    jobs_publish(facts=[zebra(n) for n in range(0, 60, 4)])
    expect(60)
    with django_assert_num_queries(2) as made:
        assert len(backend.page(asked("q=zebra&sort=newest"), limit=5).ids) == 5
    for since, query in zip(["11:51:00", "11:33:00"], made.captured_queries, strict=True):
        assert f"listed_at >= '2026-08-01 {since}" in query["sql"]


def test_common_words_are_looked_for_among_recent_jobs_alone(backend, expect, django_assert_num_queries):
    jobs_publish(facts=[zebra(n) for n in range(60)])
    expect(60)
    with django_assert_num_queries(1) as made:
        assert len(backend.page(asked("q=zebra&sort=newest"), limit=5).ids) == 5
    assert "listed_at >= '2026-08-01 11:51:00" in made.captured_queries[0]["sql"]


@pytest.mark.parametrize(("matches", "questions"), [(20, 1), (10_000, 2)])
def test_of_titles_the_planner_is_asked_only_where_not_all_matches_are_read(backend, expect, monkeypatch, matches, questions):
    jobs_publish(facts=[zebra(n, good=n % 4 == 0) for n in range(40)])
    expect(matches, jobs=600.0)
    planner = Mock(return_value=matches)
    monkeypatch.setattr(newest, "expected_matches", planner)
    assert found(backend, limit=5) == [0, 4, 8, 12, 16]
    assert planner.call_count == questions


@pytest.mark.parametrize(("query", "title"), [("zebra", None), ("zebra -okapi", None), ("zebra", 20), ("zebra", 3), ("zebra -okapi", 20)])
def test_of_few_matches_titles_are_asked_for_only_where_there_are_any(backend, expect, django_assert_num_queries, query, title):
    """Of more matches than are ranked; older ones than those may have the words in their title."""
    jobs_publish(facts=[zebra(n, good=n == title) for n in range(25)])
    expect(5)
    with django_assert_num_queries(1 if title is None else 2):
        page = backend._text_page(asked(f"q={query}"), 4, None)
    best = [] if title is None else [title]
    assert postings(page.ids) == [*best, *(n for n in range(5) if n not in best)][:4]
    assert page.ranked_among == 10


def test_the_planner_tells_what_to_expect(db):
    jobs_publish(facts=[zebra(n) for n in range(60)])
    assert expected_matches(Statement.of(Job.objects.all())) > 0
    assert expected_matches(Statement.of(Job.objects.filter(pk__in=[]))) == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("zebras", 500), (" Zebras ", 500), ("engineering", None), ("company", None), ("comp", 500), ("Engineer", None), ("zebra keeper", None),
        ("zebra*", None), ("-zebra", None), ('"zebra"', None), ("zébra", None), ("", None), ("cloud", None), ("cloudb", 500),
    ],
)  # fmt: skip
def test_of_one_rare_word_it_is_known_what_to_expect_without_asking(text, expected):
    words = Words.of(["cloud", "compani", "engin"], [0.1, 0.2, 0.02, 0.01, 0.2], 100_000)
    assert words.expected_of_rare(text) == expected


def test_a_word_that_is_none_of_thousands_may_still_be_in_one_of_200_jobs_at_most():
    assert Words.of(["engin"], [0.5, 0.5, 0.5], 100_000).expected_of_rare("zebra") == 500


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (["cloud"], 10_000), (["Cloud", "data"], 5_000), (["cloud", "zebra"], None), (["engin"], 2_000), (["engineering"], None),
        (["news", "cloud"], None), (["the", "cloud"], None), ([], None),
    ],
)  # fmt: skip
def test_of_common_words_without_an_ending_it_is_known_what_to_expect_without_asking(typed, expected):
    """The stem of "news" is another word's, and what is in no statistics may be a word like "the", which is not looked for."""
    words = Words.of(["cloud", "data", "engin", "news"], [0.1, 0.5, 0.02, 0.3, 0.02, 0.5], 100_000)
    assert words.expected_of_common(typed) == expected


def test_a_word_without_an_ending_is_its_own_stem(db):
    """So that the planner need not be asked about it: what PostgreSQL makes of words that end in any two letters."""
    words = [f"kazob{first}{last}" for first in ascii_lowercase for last in ascii_lowercase]
    words += [f"kazob{end}" for end in ("ition", "ational", "ibility", "ousness", "izer", "ement", "ative", "fully", "icate", "ence")]
    stems = Statement("SELECT word, ts_lexize('english_stem', word) FROM unnest(%s::text[]) AS word", (words,)).rows()
    assert [word for word, stem in stems if stem != [word] and not frequency._SUFFIX.search(word)] == []


@pytest.mark.usefixtures("unread")
def test_the_statistics_of_common_words_spare_a_question(backend, django_assert_num_queries):
    jobs_publish(facts=[zebra(n, text="zebra" if n else "zebra okapi") for n in range(60)])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE catalog_job")
    assert len(found(backend)) == 60
    for text, statements in (("zebras", 2), ("gnu", 1), ("Zebra", 1), ("zebra gnu", 2)):
        with django_assert_num_queries(statements):
            backend._text_page(Search(text=text), 5, None)


@pytest.fixture
def closed(db, unread):
    """Eight open jobs with the word in their title and 52 closed ones, which the statistics know."""
    jobs_publish(facts=[zebra(n, good=True, **({} if n < 8 else {"closed_at": NOW})) for n in range(60)])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE catalog_job")


@pytest.mark.usefixtures("closed")
@pytest.mark.parametrize(("query", "among"), [("q=zebra", None), ("q=zebra&state=closed", 10), ("q=zebra&state=open,closed", 10)])
def test_common_words_are_expected_in_the_states_asked_for_alone(backend, query, among):
    assert backend.page(asked(query), limit=4).ranked_among == among


@pytest.mark.usefixtures("closed")
@pytest.mark.parametrize(
    ("states", "expected"),
    [(["open"], 8), (["closed"], 52), (["open", "closed"], 60), ([], 60), (["missing"], None), (["open", "missing"], None)],
)
def test_how_many_are_expected_in_a_state(states, expected):
    """Nothing is known of a state that no job had."""
    assert frequency.expected_of_common_words(["zebra"], states) == (expected and pytest.approx(expected))


@pytest.mark.usefixtures("db", "unread")
def test_dates_of_a_table_that_was_never_analyzed_are_unknown():
    assert listing_dates() is None


@pytest.mark.usefixtures("db", "unread")
def test_dates_of_a_table_that_was_emptied_and_filled_again_are_unknown_until_it_is_analyzed():
    jobs_publish(facts=[zebra(n) for n in range(60)])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE catalog_job")
        assert listing_dates() is not None
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; TRUNCATE catalog_job CASCADE")
    jobs_publish(facts=[zebra(n) for n in range(60)])
    frequency._Kept.until = 0.0
    assert listing_dates() is None


@pytest.mark.parametrize(
    ("moment", "share"), [(NOW - 5 * DAY, 0.0), (NOW - 4 * DAY, 0.0), (NOW - 3 * DAY, 0.5), (NOW - 2 * DAY, 0.75), (NOW, 1.0)]
)
def test_shares_of_dates(moment, share):
    assert DATES.share_before(moment) == share
    if 0 < share < 1:
        assert DATES.moment(share) == moment


def test_moments_are_in_the_right_order():
    dates = Dates([datetime(2026, 1, 1, tzinfo=UTC) + n * n * DAY for n in range(30)], 100)
    moments = [dates.moment(n / 100) for n in range(1, 100)]
    assert moments == sorted(moments)
    assert [round(100 * dates.share_before(moment)) for moment in moments] == list(range(1, 100))
