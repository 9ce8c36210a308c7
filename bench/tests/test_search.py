from __future__ import annotations

from dataclasses import replace
from itertools import islice

import pytest
from django.db import connection, transaction
from django.http import QueryDict

from bench.search import load as loading
from bench.search.figures import Bound, bounds, percentile, table
from bench.search.peers import BareTantivy, PlainTsRank, SqliteFts5
from bench.search.queries import CLASSES, COMMON, FILTERS, KEYSET, MIX, NEWEST, Asker, Query
from bench.search.rows import Corpus, Row
from bench.search.sample import Sample
from bench.search.words import STOP_WORDS, ZipfWords, made_up_words
from catalog.facts import SkillMention
from catalog.filters import JobFilter
from catalog.models import Job
from catalog.publishing.publish_rows import INDEXED_TEXT_CHARS
from catalog.search.postgres.backend import PostgresBackend
from catalog.services import jobs_publish
from catalog.tests.factories import job_facts
from gtm_site.running import embedded
from gtm_site.running.postgres_server import DATABASE

pytest.importorskip("tantivy", reason="the extra tantivy is not installed")


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return Corpus(600)


@pytest.fixture(scope="module")
def rows(corpus) -> list[Row]:
    return list(corpus.chunk(0))


# --- what is generated ---------------------------------------------------------------------------------------------------
def test_the_same_jobs_every_time(corpus, rows):
    assert list(Corpus(600).chunk(0)) == rows
    assert [row.id for row in rows] == list(range(1, 601))
    assert len({row.text for row in rows}) == 600


def test_a_larger_catalogue_begins_another_one():
    assert next(Corpus(12_000).chunk(2)).id == 10_001
    assert len(list(Corpus(12_000).chunk(2))) == 2_000


@pytest.mark.django_db
def test_stemming_leaves_made_up_words_as_they_are():
    words = [*islice(reversed(made_up_words(200_000)), 300), *made_up_words(300)]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT w FROM unnest(%s::text[]) w WHERE to_tsvector('catalog_english', w)::text <> quote_literal(w) || ':1'", [words]
        )
        assert cursor.fetchall() == []
        cursor.execute("SELECT w FROM unnest(%s::text[]) w WHERE to_tsvector('catalog_english', w)::text <> ''", [list(STOP_WORDS)])
        assert cursor.fetchall() == []


def test_words_are_as_frequent_as_promised(rows):
    words = ZipfWords(seed=20_261)
    wanted = words.words[words.rank_in(0.2)]
    assert 0.1 < sum(wanted in row.text.split() for row in rows) / len(rows) < 0.3


# --- the product's tables ------------------------------------------------------------------------------------------------
@pytest.fixture
def loaded(corpus, rows, transactional_db):
    """The rows in the product's tables, without the drops and the processes of the whole load."""
    loading.load_few(corpus)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(loading.CREATE_INCOMING)
        loading.copy_jobs(cursor, corpus, rows)
    loading.sequences_reset()
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE incoming")


def test_search_vectors_are_those_of_publishing(corpus, rows, loaded):
    row = rows[3]
    names = [corpus.skills[skill] for skill in row.skills]
    facts = replace(
        job_facts(10_000, title=row.title, job_summary=row.summary, text=row.text, skills_raw=(), tools_raw=()),
        company_name=corpus.companies[row.company],
        location_text="",  # which publishing indexes too, with other names of its places; here no peer has it
        locations=(),
        skills=tuple(SkillMention(skill=name, surface=name, section="", start=None, end=None) for name in names),
    )
    jobs_publish(facts=[facts])
    vectors = dict(Job.objects.filter(posting_id__in=[row.id, 10_000]).values_list("posting_id", "search_vector"))
    assert vectors[row.id] == vectors[10_000]


# --- the peers -----------------------------------------------------------------------------------------------------------
def test_all_peers_find_what_a_full_scan_finds(corpus, rows, loaded, tmp_path, request):
    for peer, name in ((SqliteFts5, "sqlite.db"), (BareTantivy, "bare")):
        with peer.filling(tmp_path / name, corpus) as add:
            add(rows)
    peers = [SqliteFts5(tmp_path / "sqlite.db"), BareTantivy(tmp_path / "bare"), PlainTsRank(_test_database())]
    request.addfinalizer(peers[0].close)
    request.addfinalizer(peers[2].close)
    asker = Asker(corpus)
    found = 0
    for kind in (kind for kind in MIX if asker.of(kind).words):
        query = asker.of(kind)
        expected = sum(_matches(corpus, row, query) for row in rows)
        assert [peer.count(query) for peer in peers] == [expected] * 3, query
        assert [len(peer.top(query)) for peer in peers] == [min(expected, 25)] * 3
        search = JobFilter(data=QueryDict(query.address(corpus.skills)), queryset=Job.objects.all())
        assert search.is_valid()
        assert PostgresBackend().count(search.search, cap=None).value == expected
        found += expected
    assert found > 100


@pytest.mark.parametrize(("text", "number"), [("dakib", 1), ("the dakib", 0)], ids=["behind the summary", "behind a stop word"])
def test_stop_words_at_the_end_of_a_summary_keep_no_phrase_apart(corpus, rows, loaded, tmp_path, request, text, number):
    """As PostgreSQL joins the vectors of two texts, so the texts are joined for tantivy alone: both count the same."""
    row = rows[0]._replace(id=10_000, summary="bekib of the", text=text, is_closed=False)
    with transaction.atomic(), connection.cursor() as cursor:
        loading.copy_jobs(cursor, corpus, [row])
    with BareTantivy.filling(tmp_path / "bare", corpus) as add:
        add([row])
    plain = PlainTsRank(_test_database())
    request.addfinalizer(plain.close)
    phrase = Query("phrase", ("bekib", "dakib"), phrase=True)
    assert [peer.count(phrase) for peer in (BareTantivy(tmp_path / "bare"), plain)] == [number, number]


def _matches(corpus: Corpus, row: Row, query) -> bool:
    text = f" {row.title} | {loading.skill_words(corpus, row).lower()} | {row.summary} | {row.text[:INDEXED_TEXT_CHARS]} "
    words = [f" {' '.join(query.words)} "] if query.phrase else [f" {word} " for word in query.words]
    values = {
        "seniority": row.seniority, "function": row.function, "remote": row.remote, "employment": row.employment,
        "country": corpus.places[row.place].country,
    }  # fmt: skip
    return (
        not row.is_closed
        and (any if query.either else all)(word in text for word in words)
        and not (query.unwanted and f" {query.unwanted} " in text)
        and all(values[name] == value for name, value in query.filters.items())
    )


def _test_database() -> str:
    return embedded.postgres_url().replace(f"/{DATABASE}?", f"/{connection.settings_dict['NAME']}?")


# --- figures -------------------------------------------------------------------------------------------------------------
def test_percentiles():
    assert [percentile(list(range(1, 101)), share) for share in (0.5, 0.95, 0.99)] == [50, 95, 99]
    assert percentile([7.0], 0.95) == 7.0


def sample(kind: str, **top: float) -> Sample:
    names = {"postgres": "postgres", "tantivy": "tantivy", "sqlite": "sqlite", "bare": "bare_tantivy"}
    spent = {(names[name], part): (value, value) for name, value in top.items() for part in ("top", "page")}
    return Sample(kind, spent)


def test_bounds_say_what_held():
    large = [sample(COMMON, postgres=40, tantivy=9, sqlite=300, bare=5), sample(COMMON, postgres=20, tantivy=9, sqlite=300, bare=5)]
    large += [sample(kind, postgres=9) for kind in (FILTERS, KEYSET, NEWEST)]
    small = [sample(kind, postgres=4) for kind in (FILTERS, KEYSET, NEWEST)]
    found = {bound.name: bound for bound in bounds(table(large), table(small))}
    ranked = found[f"postgres: p95 of 25 ranked, {COMMON}"]
    assert (ranked.value, ranked.at_most, ranked.holds) == (40, 30, False)
    assert found[f"tantivy: p95 of 25 with their rows, {COMMON}"] == Bound(
        f"tantivy: p95 of 25 with their rows, {COMMON}", 9, 10, "tantivy alone + 5 ms"
    )
    assert not found[f"postgres: p95 of {KEYSET} over the same in the small catalogue"].holds
    assert found["postgres: worst over median of the mix"].value == pytest.approx(40 / 9, abs=0.01)


def test_every_class_is_asked():
    asker = Asker(Corpus(600))
    assert {asker.of(kind).kind for kind in CLASSES} == set(CLASSES)
    assert sum(MIX.values()) == pytest.approx(1)
    assert {query.kind for query in asker.mix(1_000)} == set(MIX)
