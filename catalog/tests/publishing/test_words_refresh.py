"""Bringing search vectors of older versions up to date."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection

from catalog.changes import Position
from catalog.models import Job
from catalog.publishing import words_refresh as module
from catalog.publishing.publish_rows import WORDS_VERSION
from catalog.publishing.words_refresh import words_keep, words_outdated, words_refresh
from catalog.search.backend import search_backend
from catalog.search.query import Search, Sort
from catalog.services import jobs_publish
from catalog.tests.beside import uncommitted
from catalog.tests.factories import NOW, job_facts, place

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _forgotten():
    cache.delete_many([module._DONE_KEY, module._LAST_KEY])
    yield
    cache.delete_many([module._DONE_KEY, module._LAST_KEY])


def publish_old(*numbers):
    """Jobs as the version before wrote them: without place and other forms."""
    jobs_publish(facts=[replace(job_facts(n), title="SRE", location_text="Reykjavik") for n in numbers])
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE catalog_job SET words_version = 0, search_vector = ts_delete(search_vector, ARRAY['reykjavik', 'site', 'reliabl', 'engin'])"
        )


def found(text):
    return set(Job.objects.matching(text).values_list("posting_id", flat=True))


def test_what_is_published_needs_nothing():
    jobs_publish(facts=[job_facts(1)])
    assert not words_outdated().exists()


def test_older_jobs_are_found_by_what_is_indexed_today_and_nobody_is_told_of_a_change(monkeypatch):
    monkeypatch.setattr(module, "_OUTDATED", module._OUTDATED.replace(f"LIMIT {module.BATCH}", "LIMIT 2"))
    publish_old(1, 2, 3)
    assert found("reykjavik") == set()
    before, steps = dict(Job.objects.values_list("pk", "updated_at")), []
    assert words_refresh(on_progress=steps.append) == 3
    assert steps == [2, 3]
    assert found("reykjavik") == found('"site reliability engineer"') == found("acme") == {1, 2, 3}
    assert dict(Job.objects.values_list("pk", "updated_at")) == before
    assert words_refresh() == 0


def test_it_gives_the_vector_that_publishing_gives():
    publish_old(1)
    words_refresh()
    refreshed = vector()
    jobs_publish(facts=[replace(job_facts(1, extraction_id=2), title="SRE", location_text="Reykjavik")])
    assert refreshed == vector()


def vector():
    """Words and weights; where they stand differs, since what came later stands behind."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT lexeme, weights FROM catalog_job, unnest(search_vector)")
        return {word: set(weights) for word, weights in cursor.fetchall()}


def test_of_the_version_before_only_what_it_lacks_is_added():
    jobs_publish(facts=[replace(job_facts(1), location_text="Buffalo, NY")])
    published = vector()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE catalog_job SET words_version = 1, search_vector = ts_delete(search_vector, ARRAY['usa', 'america'])")
    assert (found("usa"), words_refresh(), found("usa")) == (set(), 1, {1})
    assert vector() == published
    with connection.cursor() as cursor:
        cursor.execute("SELECT cardinality(positions) FROM catalog_job, unnest(search_vector) WHERE lexeme = 'buffalo'")
        assert cursor.fetchall() == [(1,)]


def publish_without_names(version):
    """A job as that version wrote it: of its town's two names with the one that the posting has."""
    jobs_publish(facts=[job_facts(1, locations=[place("Munich", None, "DE")], location_text="Munich")])
    published = vector()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE catalog_job SET words_version = %s, search_vector = ts_delete(search_vector, 'munchen')", [version])
    return published


@pytest.mark.parametrize("version", [1, 2, 3])
def test_a_town_gets_the_names_that_were_not_known_before(version):
    published = publish_without_names(version)
    assert (found("münchen"), words_keep(seconds=1), found("münchen")) == (set(), 1, {1})
    assert vector() == published


def test_a_text_that_was_indexed_in_part_is_indexed_whole():
    text = "We build looms. " + "Threads are checked by hand every day. " * 60 + "Parental leave is paid."
    jobs_publish(facts=[job_facts(1, text=text)])
    published = vector()
    assert found("parental leave") == found('"parental leave"') == {1}
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE catalog_job SET words_version = 2, search_vector = ts_delete(search_vector, ARRAY['parent', 'leav', 'paid'])"
        )
    assert (found("parental leave"), words_refresh(), found('"parental leave"')) == (set(), 1, {1})
    assert vector() == published


def test_a_phrase_at_the_end_whose_words_the_beginning_has_is_found():
    text = "Alpha beta. Gamma delta. " + "Threads are checked by hand every day. " * 60 + "Delta beta."
    jobs_publish(facts=[job_facts(1, text=text)])
    published = Job.objects.values_list("search_vector", flat=True).get()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE catalog_job SET words_version = 2, search_vector = ts_filter(search_vector, '{a,b,c}')"
            " || setweight(to_tsvector('catalog_english', left(%s, 1500)), 'D')",
            [text],
        )
    assert (found('"delta beta"'), words_refresh(), found('"delta beta"')) == (set(), 1, {1})
    assert Job.objects.values_list("search_vector", flat=True).get() == published


def test_who_ended_before_it_was_noted_adds_nothing_twice():
    publish_old(1)
    module._add_words(0)
    written = Job.objects.values_list("search_vector", flat=True).get()
    assert words_refresh() == 1
    assert Job.objects.values_list("search_vector", flat=True).get() == written


def test_a_vector_that_has_the_words_is_left_alone():
    jobs_publish(facts=[job_facts(1)])
    written = Job.objects.values_list("search_vector", flat=True).get()
    Job.objects.update(words_version=0)
    assert words_refresh() == 1
    assert Job.objects.values_list("search_vector", "words_version").get() == (written, WORDS_VERSION)


def test_it_ends_in_time_and_goes_on(monkeypatch):
    monkeypatch.setattr(module, "_OUTDATED", module._OUTDATED.replace(f"LIMIT {module.BATCH}", "LIMIT 1"))
    publish_old(1, 2)
    assert [words_keep(seconds=0) for _ in range(4)] == [1, 1, 0, 0]
    assert found("reykjavik") == {1, 2}


def test_upkeep_goes_on_where_it_ended_and_begins_anew_at_the_end(monkeypatch):
    monkeypatch.setattr(module, "_OUTDATED", module._OUTDATED.replace(f"LIMIT {module.BATCH}", "LIMIT 1"))
    publish_old(1, 2)
    assert words_keep(seconds=0) == 1
    Job.objects.filter(posting_id=1).update(words_version=0)
    assert [words_keep(seconds=0) for _ in range(4)] == [1, 0, 1, 0]
    assert not words_outdated().exists()


def test_upkeep_looks_through_the_table_until_all_is_done_and_not_again(django_assert_num_queries):
    jobs_publish(facts=[job_facts(1)])
    assert words_keep(seconds=1) == 0
    with django_assert_num_queries(0):
        assert words_keep(seconds=1) == 0


def test_what_upkeep_knows_it_forgets_after_a_day():
    words_keep(seconds=1)
    ends = cache._cache.get_client().ttl(cache.make_key(module._DONE_KEY))
    assert 0 < ends <= 24 * 60 * 60


@pytest.mark.django_db(transaction=True)
def test_who_is_publishing_a_job_is_not_waited_for():
    publish_old(1, 2)
    with uncommitted(lambda: jobs_publish(facts=[job_facts(1, extraction_id=2, title="Accountant")])):
        assert words_refresh() == 1
        assert cache.get(module._DONE_KEY) is None
    assert words_refresh() == 0
    assert not words_outdated().exists()


@pytest.mark.django_db(transaction=True)
def test_what_a_worker_of_the_version_before_writes_meanwhile_is_done_again(monkeypatch):
    publish_old(1, 2)
    add = module._add_words

    def added_and_one_written_anew(after):
        written = add(after)
        monkeypatch.setattr(module, "_add_words", add)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE catalog_job SET search_vector = ts_delete(search_vector, 'reykjavik') WHERE posting_id = 1")
        return written

    monkeypatch.setattr(module, "_add_words", added_and_one_written_anew)
    words_refresh()
    assert (found("reykjavik"), words_outdated().count()) == ({2}, 1)
    words_refresh()
    assert (found("reykjavik"), words_outdated().count()) == ({1, 2}, 0)


@pytest.fixture
def index(settings, tmp_path):
    """An index on disk beside the rows."""
    pytest.importorskip("tantivy", reason="the extra tantivy is not installed")
    settings.SEARCH_BACKEND, settings.SEARCH_INDEX_DIR = "tantivy", tmp_path / "search"
    search_backend.cache_clear()
    yield search_backend()
    search_backend.cache_clear()


def in_index(index, word="reykjavik"):
    """How many documents of the index itself have the word."""
    asked = index._understood(Search(word, (), Sort.NEWEST))
    return asked.opened.searcher.search(asked.query, 1).count


def test_an_index_beside_the_rows_gets_the_words(index):
    publish_old(1)
    index.rebuild()
    assert in_index(index) == 0
    words_refresh()
    assert in_index(index) == 1


def test_an_index_beside_the_rows_gets_the_names_of_a_town(index):
    publish_without_names(3)
    index.rebuild()
    assert in_index(index, "münchen") == 0
    call_command("search_refresh")
    assert in_index(index, "münchen") == 1


@pytest.mark.parametrize("is_first", [True, False])
def test_an_index_that_is_being_filled_gets_the_words_when_it_is_complete(index, monkeypatch, is_first):
    monkeypatch.setattr("catalog.search.tantivy.upkeep.BATCH", 2)
    publish_old(1, 2, 3, 4)
    if is_first:
        assert index.keep_up(seconds=0) == 2
        assert words_keep(seconds=1) == 0
        assert index.keep_up(seconds=60) == 2
    else:
        index.rebuild()
        refreshed = []
        index.rebuild(on_progress=lambda done: refreshed.append(words_keep(seconds=1)))
        assert refreshed == [0, 0]
    assert words_keep(seconds=1) == 4
    assert in_index(index) == 4


def test_a_rebuild_that_was_given_up_keeps_nothing_waiting(index):
    publish_old(1)
    index.rebuild()
    index.folder.begin(Position(NOW))
    assert words_keep(seconds=1) == 1
    assert in_index(index) == 1


def test_who_follows_the_rows_does_not_bring_back_what_they_were_before(index, monkeypatch):
    from catalog.search.tantivy import upkeep as tantivy_upkeep

    index.rebuild()
    publish_old(1)
    acquire = tantivy_upkeep._acquire

    def acquired_late(folder, until):
        monkeypatch.setattr(tantivy_upkeep, "_acquire", acquire)
        assert words_refresh() == 1
        return acquire(folder, until)

    monkeypatch.setattr(tantivy_upkeep, "_acquire", acquired_late)
    assert index.keep_up(seconds=60) == 1
    assert in_index(index) == 1


def test_while_the_index_is_written_the_jobs_are_left_for_later(index, monkeypatch):
    from catalog.search.tantivy import upkeep as tantivy_upkeep

    monkeypatch.setattr(tantivy_upkeep, "_SHORT_WAIT_S", 0)
    publish_old(1)
    index.rebuild()
    with tantivy_upkeep._writer(index.folder.current):
        assert words_keep(seconds=1) == 0
    assert words_outdated().count() == 1
    assert words_keep(seconds=1) == 1
    assert in_index(index) == 1


def test_the_command_tells_what_it_did(capsys):
    publish_old(1)
    call_command("search_refresh")
    assert "1 jobs brought up to date; none is left." in capsys.readouterr().out
    assert Job.objects.changed_since(Position(NOW)).count() == 1
