"""What only the index on disk has: following rows, crashes, readers beside a writer, what it hands to PostgreSQL."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from unittest.mock import Mock

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from rest_framework.authtoken.models import Token

from catalog.errors import CursorError, IndexBusyError
from catalog.exports.stream import Export
from catalog.exports.wanted import ExportFormat, Wanted
from catalog.models import Job, Skill
from catalog.search.backend import search_backend
from catalog.search.counts import Count
from catalog.search.postgres.backend import PostgresBackend
from catalog.search.query import Condition, Op, Search, Sort
from catalog.services import jobs_publish, skill_register_name
from catalog.tests.factories import NOW, job_facts, mention, place, status
from catalog.tests.search.conftest import asked, postings, walk

tantivy = pytest.importorskip("tantivy", reason="the extra tantivy is not installed")

from catalog.search.tantivy import facets as tantivy_facets  # noqa: E402 - after the look whether it is installed
from catalog.search.tantivy import lag as tantivy_lag  # noqa: E402 - after the look whether it is installed
from catalog.search.tantivy import pages as tantivy_pages  # noqa: E402 - after the look whether it is installed
from catalog.search.tantivy import schema as tantivy_schema  # noqa: E402 - after the look whether it is installed
from catalog.search.tantivy import upkeep as tantivy_upkeep  # noqa: E402 - after the look whether it is installed
from catalog.search.tantivy.backend import TantivyBackend  # noqa: E402
from catalog.search.tantivy.cursor import Cursor  # noqa: E402
from catalog.search.tantivy.folder import State  # noqa: E402
from catalog.search.tantivy.kept import Kept  # noqa: E402
from catalog.search.upkeep import search_index_keep_up  # noqa: E402
from catalog.services import jobs_update_status  # noqa: E402


@pytest.fixture
def index(db, settings, tmp_path) -> TantivyBackend:
    settings.SEARCH_INDEX_DIR = tmp_path / "search"
    return TantivyBackend()


def found(backend: TantivyBackend, query: str) -> list[int]:
    return sorted(postings(backend.page(asked(query), limit=100).ids))


def indexed(backend: TantivyBackend) -> int:
    """Documents in the index itself, whatever answers searches."""
    opened = backend._reader.open()
    return opened.searcher.num_docs if opened else 0


# --- following the rows --------------------------------------------------------------------------------------------------
def test_the_index_fills_itself_and_follows(index):
    jobs_publish(facts=[job_facts(n) for n in range(5)])
    assert index.keep_up(seconds=60) == 5
    jobs_publish(facts=[job_facts(1, extraction_id=2, title="Beekeeper"), job_facts(7)])
    assert (found(index, "q=beekeeper"), indexed(index)) == ([1], 5), "PostgreSQL knows already"
    assert index.keep_up(seconds=60) >= 2
    assert (found(index, "q=beekeeper"), indexed(index)) == ([1], 6)
    jobs_update_status(statuses=[status(7, closed_at=NOW)])
    index.keep_up(seconds=60)
    assert index.count(asked("")) == Count(5, is_exact=True)
    assert index.keep_up(seconds=60) == 0


def test_matches_are_counted_once_while_the_index_is_the_same(index, monkeypatch):
    jobs_publish(facts=[job_facts(n) for n in range(3)])
    index.rebuild()
    index.page(asked("q=restaurants"), limit=1)
    with monkeypatch.context() as patch:
        patch.setattr("catalog.search.tantivy.backend.count_matches", lambda *asked: pytest.fail("counted again"))
        assert index.count(asked("q=restaurants&sort=newest")) == Count(3, is_exact=True)
    jobs_publish(facts=[job_facts(3)])
    index.keep_up(seconds=60)
    assert index.count(asked("q=restaurants")) == Count(4, is_exact=True)


def test_facets_of_few_matches_are_read_at_once_where_their_number_is_known(index, monkeypatch):
    """Forty countries have one job each: their first twenty are known after a second look, or after one that is as wide as need be."""
    jobs_publish(facts=[job_facts(n, location_country=f"{'ABCD'[n % 4]}{'JKLMNOPQRS'[n // 4]}") for n in range(40)])
    index.rebuild()
    look = Mock(wraps=tantivy_facets._counted)
    monkeypatch.setattr(tantivy_facets, "_counted", look)
    search, names = asked("q=restaurants"), ["country", "skill"]
    expected = PostgresBackend().facets(search, names)
    assert (index.facets(search, names), look.call_count) == (expected, 2)
    assert index.count(search) == Count(40, is_exact=True)
    assert (index.facets(search, names), look.call_count) == (expected, 2 + 1)


def test_no_more_counts_are_kept_than_fit():
    counted = Kept[int](most=2)
    for number in range(3):
        assert counted.keep(Search(str(number)), number) == number
    assert [counted.get(Search(str(number))) for number in range(3)] == [None, None, 2]


def test_counts_of_long_searches_are_not_kept():
    counted, search = Kept[int](), Search("", (Condition("company", "company_id", Op.ANY, tuple(range(10_000))),))
    assert search.is_long
    assert (counted.keep(search, 3), counted.get(search)) == (3, None)


@pytest.fixture
def lag_is_asked(monkeypatch) -> None:
    """With every page."""
    monkeypatch.setattr(tantivy_lag, "SECONDS", 0.0)


@pytest.mark.usefixtures("lag_is_asked")
@pytest.mark.parametrize("query", ["", "q=restaurants", "q=restaurants&sort=newest"])
def test_an_answer_says_how_far_the_index_is_while_it_lags(index, query):
    jobs_publish(facts=[job_facts(1)])
    index.rebuild()
    assert index.page(asked(query), limit=5).as_of is None
    jobs_publish(facts=[job_facts(2)])
    index.keep_up(seconds=60)
    assert index.page(asked(query), limit=5).as_of is None
    followed = Job.objects.get(posting_id=2).updated_at
    jobs_publish(facts=[job_facts(3)])
    assert index.page(asked(query), limit=5).as_of == followed
    index.keep_up(seconds=60)
    assert index.page(asked(query), limit=5).as_of is None


def test_that_the_index_has_all_is_believed_for_a_second(index, monkeypatch, django_assert_num_queries):
    now = 100.0
    monkeypatch.setattr(tantivy_lag, "monotonic", lambda: now)
    jobs_publish(facts=[job_facts(1)])
    index.rebuild()
    search = asked("q=restaurants")
    assert index.page(search, limit=5).as_of is None
    jobs_publish(facts=[job_facts(2)])
    with django_assert_num_queries(0):
        assert index.page(search, limit=5).as_of is None
    now += tantivy_lag.SECONDS
    with django_assert_num_queries(1):
        assert index.page(search, limit=5).as_of
    now += tantivy_lag.SECONDS
    with django_assert_num_queries(0):
        assert index.page(search, limit=5).as_of, "until it follows"
    index.keep_up(seconds=60)
    assert index.page(search, limit=5).as_of is None


@pytest.fixture
def in_use(index, settings) -> Iterator[TantivyBackend]:
    """The index as what pages, API and exports ask."""
    settings.SEARCH_BACKEND = "tantivy"
    search_backend.cache_clear()
    yield index
    search_backend.cache_clear()


@pytest.mark.usefixtures("lag_is_asked")
def test_page_and_api_say_how_far_the_index_is(in_use, client):
    jobs_publish(facts=[job_facts(1)])
    in_use.rebuild()
    assert "As of" not in client.get("/?q=restaurants").content.decode()
    jobs_publish(facts=[job_facts(2)])
    assert "has not yet followed later changes" in client.get("/?q=restaurants").content.decode()
    api = Client(headers={"Authorization": f"Token {Token.objects.create(user=User.objects.create_user('reader')).key}"})
    assert "as_of" in api.get("/api/v1/jobs?q=restaurants").json()
    in_use.keep_up(seconds=60)
    assert "as_of" not in api.get("/api/v1/jobs?q=restaurants").json()


def test_an_export_is_of_the_rows_alone_whatever_the_index_knows(in_use):
    jobs_publish(facts=[job_facts(1, title="Beekeeper"), job_facts(2, title="Beekeper", company_name="Beekeepers")])
    in_use.rebuild()
    jobs_publish(facts=[job_facts(1, extraction_id=2, title="Florist"), job_facts(3, title="Zookeeper")])
    for query, lines in [("q=beekeeper", 1), ("q=zookeeper", 1), ("q=zookeepr", 1), ("", 3)]:
        with closing(Export(Wanted(asked(query), ExportFormat.JSONL))) as export:
            assert (export.total, b"".join(export).count(b"\n")) == (lines, lines), query


def test_a_filling_that_gives_way_goes_on_later(index, monkeypatch):
    monkeypatch.setattr(tantivy_upkeep, "BATCH", 3)
    jobs_publish(facts=[job_facts(n) for n in range(8)])
    assert index.keep_up(seconds=0) == 3
    assert indexed(index) == 0, "half an index is not searched"
    assert index.count(asked("")) == Count(8, is_exact=True)
    assert [index.keep_up(seconds=0), index.keep_up(seconds=60)] == [3, 2]
    assert indexed(index) == 8


def test_a_filling_that_is_killed_has_nothing_twice(index, monkeypatch):
    monkeypatch.setattr(tantivy_upkeep, "BATCH", 3)
    jobs_publish(facts=[job_facts(n) for n in range(8)])
    index.keep_up(seconds=0)
    folder = index.folder.unfinished
    noted = State.read(folder)
    index.keep_up(seconds=0)
    noted.write(folder)  # killed between the commit and the note of it
    index.keep_up(seconds=60)
    assert indexed(index) == 8
    assert index.count(asked("q=restaurants")) == Count(8, is_exact=True)


class KilledError(Exception):
    pass


def test_a_rebuild_that_is_killed_leaves_the_index_before(index, monkeypatch):
    jobs_publish(facts=[job_facts(n) for n in range(4)])
    index.rebuild()

    def killed(done: int) -> None:
        raise KilledError

    with pytest.raises(KilledError):
        index.rebuild(on_progress=killed)
    assert indexed(TantivyBackend()) == 4
    index.rebuild()
    assert [path.name for path in index.folder.path.iterdir() if path.is_dir()] == [index.folder.current.name]
    assert found(index, "q=restaurants") == [0, 1, 2, 3]


def test_a_reader_sees_each_commit_of_another_process_and_the_next_index(index):
    jobs_publish(facts=[job_facts(1)])
    index.rebuild()
    writer = TantivyBackend()
    assert indexed(index) == 1
    jobs_publish(facts=[job_facts(2)])
    writer.keep_up(seconds=60)
    assert indexed(index) == 2
    writer.rebuild()
    assert indexed(index) == 2
    assert found(index, "q=restaurants") == [1, 2]


def test_two_processes_do_not_fill_at_once(index):
    with index.folder.filling():
        with pytest.raises(IndexBusyError):
            index.rebuild()
        assert search_index_keep_up(seconds=1) == 0


def test_an_index_of_another_version_is_not_searched(index, monkeypatch):
    jobs_publish(facts=[job_facts(1)])
    index.rebuild()
    monkeypatch.setattr("catalog.search.tantivy.folder.VERSION", tantivy_schema.VERSION + 1)
    assert indexed(TantivyBackend()) == 0
    assert found(TantivyBackend(), "q=restaurants") == [1]


# --- the same answers as PostgreSQL ----------------------------------------------------------------------------------------
WORDS = [
    "sales*",
    "rest*",
    "C++",
    ".NET",
    "sales",
    "engineer",
    "data",
    "the",
    "of",
    "new",
    "York",
    "e-mail",
    "Zürich",
    "C",
    "O'Neill",
    "part-time",
    "restaurants",
]
CONDITIONS = [
    Condition("a", "location_country", Op.ANY, ("US",)),
    Condition("b", "location_country", Op.ANY, ("US", "DE"), excluded=True),
    Condition("c", "comp_usd", Op.AT_LEAST, (100_000,)),
    Condition("d", "listed_at", Op.BELOW, (NOW - timedelta(minutes=20),)),
    Condition("e", "location_city", Op.PRESENT),
    Condition("f", "location_city", Op.PRESENT, excluded=True),
    Condition("g", "places", Op.ANY, ("c:US", "t:berlin")),
    Condition("h", "company_id", Op.ANY, ()),
    Condition("i", "seniority_level", Op.ANY, ("senior",)),
    Condition("j", "state", Op.ANY, ("open",)),
    Condition("k", "state", Op.ANY, ("open", "missing")),
    Condition("l", "state", Op.ANY, ("closed", "missing")),
    Condition("m", "state", Op.ANY, ("open", "missing", "closed")),
    Condition("n", "state", Op.ANY, ("open",), excluded=True),
]


@pytest.mark.parametrize("closed", [0.1, 0.8])
def test_random_searches_count_what_postgres_counts(index, closed):
    rnd = random.Random(3)
    facts = [
        job_facts(
            n,
            title=" ".join(rnd.choices(WORDS, k=3)),
            text=" ".join(rnd.choices(WORDS, k=9)),
            seniority_level=rnd.choice(["senior", "junior"]),
            location_country=(country := rnd.choice(["US", "DE", "FR", None])),
            location_city=rnd.choice(["Berlin", None]) if country else None,
            locations=[{"city": "Berlin", "state": None, "country": country, "region": None}] if country else [],
            salary_max_usd=rnd.choice([None, 90_000, 100_000, 150_000]),
            salary_min_usd=None,
            closed_at=NOW if rnd.random() < closed else None,
            missing_since=rnd.choice([None, None, None, NOW]),
        )
        for n in range(60)
    ]
    jobs_publish(facts=facts)
    index.rebuild()
    postgres, several = PostgresBackend(), 0
    for _ in range(150):
        text = _text(rnd)
        search = Search(text, tuple(rnd.sample(CONDITIONS, k=rnd.choice([0, 0, 1, 2]))), Sort.RELEVANCE if text else Sort.NEWEST)
        expected = postgres.count(search, cap=None)
        assert index.count(search) == expected, search
        assert index.facets(search, ["country", "seniority", "company"]) == postgres.facets(search, ["country", "seniority", "company"])
        several += expected.value > 1
    assert several > 40


def _text(rnd: random.Random) -> str:
    words = rnd.choices(WORDS, k=rnd.randint(1, 3))
    return rnd.choice(["", " ".join(words), f'"{" ".join(words)}"', " OR ".join(words), f"{words[0]} -{words[-1]}", f"-{words[0]}"])


def test_what_the_index_cannot_tell_postgres_answers(index, monkeypatch):
    jobs_publish(facts=[job_facts(1, tier=1), job_facts(2)])
    index.rebuild()
    assert index.count(Search(conditions=(Condition("x", "tier", Op.ANY, (1,)),))) == Count(1, is_exact=True)
    monkeypatch.setattr("catalog.search.tantivy.query.MAX_VALUES", 1)
    ids = (*Job.objects.values_list("company_id", flat=True), 10**9)
    assert index.count(Search(conditions=(Condition("company", "company_id", Op.ANY, ids),))) == Count(2, is_exact=True)


@pytest.mark.parametrize("words", ['"to the of a in an restaurants"', '"sell to the of a in an at by restaurants"'])
def test_phrases_with_many_stop_words(index, words):
    jobs_publish(facts=[job_facts(1, text="We sell to the of a in an at by restaurants."), job_facts(2)])
    index.rebuild()
    assert index.count(asked(f"q={words}")) == PostgresBackend().count(asked(f"q={words}"))


def test_words_that_stand_again_make_no_phrase(index):
    jobs_publish(
        facts=[job_facts(1, title="Account Account Executive", text="Nothing."), job_facts(2, title="Executive Account", text="x")]
    )
    index.rebuild()
    for words in ('"account executive"', '"executive account"', '"account account"', '"executive executive"', '"account account account"'):
        assert index.count(asked(f"q={words}")) == PostgresBackend().count(asked(f"q={words}")), words


# --- pages -----------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("query", ["q=restaurants", "q=restaurants&sort=newest", "q=restaurants&sort=salary"])
def test_behind_the_best_all_others_follow_once(index, monkeypatch, query):
    monkeypatch.setattr(tantivy_pages, "RANKED", 12)
    monkeypatch.setattr(tantivy_pages, "_EQUALS", 2)
    jobs_publish(facts=[job_facts(n, posted_at=NOW - timedelta(hours=n % 4), text="restaurants " * (1 + n % 3)) for n in range(50)])
    index.rebuild()
    for limit in (5, 7, 12, 50, 60):
        ids = walk(index, query, limit=limit)
        assert sorted(ids) == list(range(50))
    page = index.page(asked("q=restaurants"), limit=20)
    listed = dict(Job.objects.values_list("pk", "listed_at"))
    others = [listed[pk] for pk in page.ids[12:]]
    assert others == sorted(others, reverse=True)
    assert page.ranked_first == 12
    monkeypatch.setattr(tantivy_pages, "RANKED", 50)
    assert index.page(asked("q=restaurants"), limit=20).ranked_first is None


@pytest.mark.parametrize("chosen", ["country=US", "location_state=NY", "country=US&seniority=mid&location=New York", "skill=Go"])
def test_filters_that_all_meet_change_nothing_of_the_order(index, chosen):
    """Nor where some jobs have more values in the column than others."""
    for name in ("Go", "Sales", "dbt"):
        skill_register_name(skill=Skill.objects.create(name=name, kind="tool", category="crm"))
    skills, places = [mention(name) for name in ("Go", "Sales", "dbt")], [place("New York", "NY", "US"), place("Austin", "TX", "US")]
    facts = [
        job_facts(n, text="restaurants " * (1 + n % 3), skills=skills[: 1 + n % 2 * 2], locations=places[: 1 + n // 2 % 2])
        for n in range(12)
    ]
    jobs_publish(facts=facts)
    index.rebuild()
    whole = postings(index.page(asked("q=restaurants"), limit=20).ids)
    assert len(whole) == 12
    assert postings(index.page(asked(f"q=restaurants&{chosen}"), limit=20).ids) == whole


@pytest.mark.parametrize(
    "cursor",
    [
        Cursor("relevance"),
        Cursor("relevance", frozenset({5, 7, 10**12})),
        Cursor("newest", after=(-5, 3)),
        Cursor("salary", frozenset({1}), (0, 1)),
    ],
    ids=["first", "shown", "negative", "both"],
)
def test_cursors_come_back(cursor):
    assert Cursor.parse(str(cursor), cursor.order) == cursor


@pytest.mark.parametrize("text", ["", "t1", "dDFy", "dDFyAg", "dDFyAYA", "dDFygICAgICAgICAgICAgAE"])
def test_cut_off_cursors_are_refused(text):
    with pytest.raises(CursorError):
        Cursor.parse(text, "relevance")


@pytest.mark.parametrize(
    "made",
    [
        Cursor("newest", after=(2**63, 5)),
        Cursor("newest", after=(1, 0)),
        Cursor("newest", after=(1, 2**63)),
        Cursor("newest", frozenset({2**64})),
    ],
    ids=["value", "no id", "id", "shown"],
)
def test_numbers_that_no_column_holds_are_refused(made):
    with pytest.raises(CursorError):
        Cursor.parse(str(made), "newest")


# --- the command -----------------------------------------------------------------------------------------------------------
def test_the_command_rebuilds_and_tells(index, capsys):
    jobs_publish(facts=[job_facts(1), job_facts(2)])
    call_command("search_index", "status")
    assert "No index yet" in capsys.readouterr().out
    call_command("search_index", "rebuild")
    assert "2 of 2 jobs" in capsys.readouterr().out
    jobs_publish(facts=[job_facts(3)])
    call_command("search_index", "status", "--json")
    status = json.loads(capsys.readouterr().out)
    assert (status["jobs"], status["indexed"], status["to_follow"]) == (3, 2, 1)


def test_the_command_says_who_is_in_the_way(index):
    with index.folder.filling(), pytest.raises(CommandError, match="filled by another process"):
        call_command("search_index", "rebuild")
