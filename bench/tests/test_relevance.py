from __future__ import annotations

import json
from collections.abc import Callable
from math import log2

import pytest

from bench.catalogue import load
from bench.relevance import JUDGEMENTS, RESULTS, Judged, first_ten, ndcg, read_judgements, score
from catalog.models import Job
from ingestion.tests.conftest import raw_folder, recorded, use  # noqa: F401 - fixtures
from sandbox.testing import RunningSandbox

# So long that nothing resembles a text with it.
LACKED = "qwertzuiopasdfghjklyxcvbnm"
KINDS = {"title", "abbreviation", "skill", "company", "place", "mixed", "phrase"}


def test_sixty_queries_are_judged_by_ids_and_grades_alone():
    judged = read_judgements(JUDGEMENTS)
    assert len({each.query for each in judged}) == len(judged) == 60
    assert {each.kind for each in judged} == KINDS
    for each in judged:
        assert any(each.grades.values()), each.query
        for posting, grade in each.grades.items():
            source_type, key, job_id = posting.split("/")
            assert source_type in ("greenhouse", "lever")
            assert key
            assert len(job_id) <= 40
            assert " " not in posting
            assert grade in (0, 1, 2, 3)


def test_ndcg_of_examples_counted_by_hand():
    grades = {"a": 3, "b": 1, "c": 0}
    assert ndcg(["a", "b", "c"], grades) == 1
    assert ndcg(["b", "a"], grades) == pytest.approx((1 + 7 / log2(3)) / (7 + 1 / log2(3)))
    assert ndcg(["unknown", "a"], grades, depth=1) == 0
    assert ndcg([], {"c": 0}) == 1


def test_a_score_tells_what_was_not_judged_and_whether_the_bounds_hold():
    judged = [Judged("x", "title", {"a": 3}), Judged("y", "skill", {"b": 2})]
    found = {
        "default": {"x": ["a"], "y": []},
        "default_and_apart": {"x": ["a"], "y": ["b"]},
        "tantivy_bm25": {"x": ["new", "a"], "y": []},
        "ts_rank_cd": {"x": [], "y": []},
    }
    result = score(judged, found)
    assert (result["judgements"], result["not_judged"]) == (2, 1)
    bm25 = round(1 / log2(3) / 2, 4)
    assert result["ndcg_at_10"] == {"default": 0.5, "default_and_apart": 1.0, "tantivy_bm25": bm25, "ts_rank_cd": 0.0}
    assert (result["by_kind"]["skill"]["default"], result["by_kind"]["skill"]["default_and_apart"]) == (0.0, 1.0)
    assert result["bounds"] == {
        "default": {"at_least": False, "not_below_bm25": True},
        "default_and_apart": {"at_least": True, "not_below_bm25": True},
    }


def test_the_kept_result_is_of_these_judgements():
    result = json.loads(RESULTS.read_text())
    judged = read_judgements(JUDGEMENTS)
    assert result["judgements"] == sum(len(each.grades) for each in judged)
    assert result["by_query"].keys() == {each.query for each in judged}


@pytest.mark.xdist_group("recorded")
def test_recorded_boards_are_ranked_in_every_way(
    transactional_db: None,
    recorded: RunningSandbox,  # noqa: F811
    use: Callable[[RunningSandbox], None],  # noqa: F811
):
    use(recorded)
    load(recorded, [("greenhouse", "luno"), ("lever", "moo"), ("lever", "Yassir")])
    assert Job.objects.filter(state="open").count() > 100
    queries = ["data engineer", "yassir", "salesforce", f"salesforce {LACKED}"]
    found = first_ten(queries)
    assert found.keys() == {"default", "default_and_apart", "tantivy_bm25", "ts_rank_cd"}
    titles = dict(Job.objects.values_list("source_job_id", "title"))
    assert all("data engineer" in titles[name.split("/")[2]].casefold() for name in found["default"]["data engineer"][:3])
    lists, with_apart = found["default"], found["default_and_apart"]
    assert lists[queries[-1]] == []
    assert with_apart[queries[-1]], "one of the words is enough for what stands apart"
    assert all(with_apart[query][: len(rows)] == rows for query, rows in lists.items())
    assert all(1 <= len(by_query[query]) <= 10 for by_query in found.values() for query in queries[:-1])
    judged = [each for each in read_judgements(JUDGEMENTS) if each.query in queries]
    assert 0 < score(judged, found)["ndcg_at_10"]["default"] <= 1
