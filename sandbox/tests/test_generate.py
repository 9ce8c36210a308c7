"""The invented boards: amount, text, quirks, determinism, change from day to day."""

from __future__ import annotations

import html
import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any

import orjson
import pytest
from selectolax.lexbor import LexborHTMLParser

from sandbox.boards import Moment
from sandbox.generate import generated_boards
from sandbox.generate.board import WHOLE, GeneratedBoard
from sandbox.generate.company import company
from sandbox.generate.facts import FUNCTIONS, SENIORITIES, facts_of
from sandbox.generate.names import identities, sizes
from sandbox.generate.text import phrases

REFERENCE = date(2026, 9, 1)
Job = dict[str, Any]


def jobs_of(board: GeneratedBoard, day: int = 0) -> list[Job]:
    moment = Moment(day=day)
    if board.host == "greenhouse":
        jobs: list[Job] = orjson.loads(board.greenhouse_body(moment, WHOLE))["jobs"]
        return jobs
    postings: list[Job] = orjson.loads(board.lever_body(moment, 0, None))
    return postings


def text_of(job: Job) -> str:
    if "content" in job:
        markup = html.unescape(job["content"])
    else:
        lists = "".join(f"<p>{part['text']}</p>{part['content']}" for part in job["lists"])
        markup = job["description"] + lists + job["additional"]
    return re.sub(r"\s+", " ", LexborHTMLParser(markup).text(separator=" ")).strip()


@pytest.fixture(scope="module")
def demo() -> list[GeneratedBoard]:
    """The boards of the demo."""
    return generated_boards(60, None, 1, REFERENCE)


@pytest.fixture(scope="module")
def greenhouse(demo: list[GeneratedBoard]) -> list[Job]:
    return [job for board in demo if board.host == "greenhouse" for job in jobs_of(board)]


@pytest.fixture(scope="module")
def lever(demo: list[GeneratedBoard]) -> list[Job]:
    return [job for board in demo if board.host != "greenhouse" for job in jobs_of(board)]


@pytest.fixture(scope="module")
def texts(greenhouse: list[Job], lever: list[Job]) -> list[str]:
    return [text_of(job) for job in greenhouse + lever]


def test_the_demo_is_sixty_boards_and_about_two_thousand_postings(
    demo: list[GeneratedBoard], greenhouse: list[Job], lever: list[Job]
) -> None:
    assert 1_900 <= len(greenhouse) + len(lever) <= 2_100
    shares = Counter(board.host for board in demo)
    assert 0.5 < shares["greenhouse"] / 60 < 0.7
    assert shares["lever-eu"]


def test_texts_are_long_and_differ(texts: list[str]) -> None:
    assert median(len(text) for text in texts) >= 3_500
    assert 1 - len(set(texts)) / len(texts) <= 0.01


def test_no_template_shows_through(texts: list[str]) -> None:
    assert not [text for text in texts if re.search(r"[{}<>]|\[[^\]]*\|", text)]


def test_sizes_are_skewed_and_add_up() -> None:
    sizes_of_all = sorted(sizes(1600, None, 1))
    assert sum(sizes_of_all) == 52_000
    assert sizes_of_all[800] < 15
    assert sizes_of_all[-1] > 300
    assert sum(sizes(60, 77, 5)) == 77


def test_names_and_keys_are_unique_and_stay_the_same_with_more_boards() -> None:
    many = identities(10_000, 1)
    assert len({identity.name for identity in many}) == 10_000
    assert len({(identity.host, identity.key.casefold()) for identity in many}) == 10_000
    assert identities(60, 1) == many[:60]
    assert all(identity.domain.endswith(".example") for identity in many)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    one, again, other = (generated_boards(8, 80, seed, REFERENCE) for seed in (4, 4, 5))
    assert [jobs_of(board) for board in one] == [jobs_of(board) for board in again]
    assert [board.key for board in one] != [board.key for board in other]


def test_every_function_and_seniority_occurs(demo: list[GeneratedBoard]) -> None:
    facts = [facts_of(company(board.identity, 1), slot, REFERENCE, 1) for board in demo for slot in board._slots(Moment())]
    functions = Counter(fact.function for fact in facts)
    assert functions.keys() == FUNCTIONS.keys()
    assert {fact.seniority for fact in facts} == SENIORITIES.keys()
    go_to_market = sum(functions[name] for name in ("sales", "revops", "marketing", "customer_success"))
    assert go_to_market / len(facts) > 0.4
    assert {fact.language for fact in facts} == {"en", "de", "fr", "es", "pt"}
    assert {fact.remote for fact in facts} == {"onsite", "hybrid", "remote", "unknown"}
    assert {fact.employment for fact in facts} == {"full_time", "part_time", "contract", "internship", "temporary"}
    assert len({fact.pay.currency for fact in facts if fact.pay}) > 8
    assert {fact.pay.period for fact in facts if fact.pay} == {"year", "month", "day", "hour"}


def test_greenhouse_fields_are_covered_and_odd_as_real_ones(greenhouse: list[Job]) -> None:
    count = len(greenhouse)
    share = {
        "no metadata": sum(job["metadata"] is None for job in greenhouse) / count,
        "prospect": sum(job["internal_job_id"] is None for job in greenhouse) / count,
        "pay field": sum("pay_input_ranges" in job for job in greenhouse) / count,
        "several places": sum(len(job["offices"]) > 1 for job in greenhouse) / count,
    }
    assert 0.1 < share["no metadata"] < 0.7
    assert 0 < share["prospect"] < 0.03
    assert 0.03 < share["pay field"] < 0.4
    assert 0.05 < share["several places"] < 0.4
    own_pages = {job["company_name"] for job in greenhouse if ".example" in job["absolute_url"]}
    assert 0.1 < len(own_pages) / len({job["company_name"] for job in greenhouse}) < 0.5
    assert any(not (job["location"] or {}).get("name") for job in greenhouse)
    assert any(job["title"] != job["title"].strip() for job in greenhouse)
    assert any(job["first_published"] is None for job in greenhouse)
    assert any(job["requisition_id"] is None for job in greenhouse)
    shared = Counter(job["internal_job_id"] for job in greenhouse if job["internal_job_id"])
    assert max(shared.values()) > 1
    kinds = {type(field["value"]).__name__ for job in greenhouse for field in job["metadata"] or []}
    assert {"str", "NoneType", "dict", "list"} <= kinds
    assert all(job["content"].startswith("&lt;") for job in greenhouse if job["content"])


def test_ids_are_unique_and_of_all_sizes(greenhouse: list[Job]) -> None:
    ids = [job["id"] for job in greenhouse]
    assert len(set(ids)) == len(ids)
    assert min(ids) < 10**7 < 10**9 < max(ids)


def test_lever_fields_are_covered_and_odd_as_real_ones(lever: list[Job]) -> None:
    count = len(lever)
    assert len({job["id"] for job in lever}) == count
    assert 0.05 < sum("salaryRange" in job for job in lever) / count < 0.4
    assert 0 < sum("createdAt" not in job for job in lever) / count < 0.05
    assert 0 < sum(not job["description"] for job in lever) / count < 0.06
    assert any("commitment" not in job["categories"] for job in lever)
    assert {job["workplaceType"] for job in lever} == {"unspecified", "on-site", "hybrid", "remote"}
    items = [part["content"] for job in lever for part in job["lists"]]
    assert sum("<li>" in item for item in items) / len(items) > 0.8
    assert not any("<ul>" in item for item in items)
    assert any("<li>" not in item for item in items)


def test_pay_is_written_in_several_currencies_and_ways(texts: list[str]) -> None:
    whole = "\n".join(texts)
    for pattern in (r"\$\d+k", r"€\d", r"£\d", r"OTE", r"per hour|/hr|an hour|hourly", r"USD \d|\d USD", r"up to \$"):
        assert re.search(pattern, whole), pattern


def test_postings_are_of_the_hundred_and_twenty_days_before(greenhouse: list[Job]) -> None:
    dates = [datetime.fromisoformat(job["first_published"]) for job in greenhouse if job["first_published"]]
    end = datetime(2026, 9, 1, tzinfo=UTC)
    assert end - timedelta(days=121) < min(dates) < end - timedelta(days=90)
    assert end - timedelta(days=3) < max(dates) < end


def by_id(board: GeneratedBoard, day: int) -> dict[str, Job]:
    return {str(job["id"]): job for job in jobs_of(board, day)}


def test_boards_change_a_little_every_day(demo: list[GeneratedBoard]) -> None:
    large = sorted(demo, key=lambda board: board.size)[-18:-10]
    changed = new = closed = total = 0
    for board in large:
        before, after = by_id(board, 4), by_id(board, 5)
        total += len(before)
        new += len(after.keys() - before.keys())
        closed += len(before.keys() - after.keys())
        changed += sum(before[key] != after[key] for key in before.keys() & after.keys())
    assert 0.02 < changed / total < 0.09
    assert 0 < new / total < 0.05
    assert 0 < closed / total < 0.05


def test_a_day_is_the_same_whichever_days_were_asked_before(demo: list[GeneratedBoard]) -> None:
    board = max(demo, key=lambda board: board.size)
    fresh = generated_boards(60, None, 1, REFERENCE)[demo.index(board)]
    by_id(board, 1), by_id(board, 9)
    assert by_id(board, 6) == by_id(fresh, 6)


def test_every_stock_of_sentences_is_large() -> None:
    for function in FUNCTIONS:
        stock = phrases(f"functions/{function}")
        assert len(stock["do"]) >= 15
        assert len(stock["need"]) >= 10
