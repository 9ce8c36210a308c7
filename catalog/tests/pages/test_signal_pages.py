"""The page of signals, as it works without JavaScript."""

import csv
import io
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.cache.backends.redis import RedisCache
from django.utils import timezone

from catalog.companies import signal_items
from catalog.models import CompanySignal, Skill
from catalog.pages import list_csv, signal_pages
from catalog.services import jobs_publish, jobs_update_status, signals_keep, skill_register_name
from catalog.tests.factories import job_facts, mention, status

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def skills():
    for name in ("Snowflake", "Salesforce"):
        skill_register_name(skill=Skill.objects.create(name=name, kind="tool", category="data"))
    yield
    signal_pages._known_countries.clear()


def facts(posting_id, *, days, company="acme", skills=(), **changes):
    seen = timezone.now() - timedelta(days=days)
    board = {"source_key": company, "company_name": company.title(), "company_domain": f"{company}.example"}
    made = job_facts(posting_id, **board, **({"first_seen_at": seen, "posted_at": seen} | changes))
    return replace(made, skills=tuple(map(mention, skills)))


@pytest.fixture
def signals():
    """Acme started with Salesforce five days ago, and with a data team in France two days ago; Zest is hiring again since ten days."""
    france = {"location_country": "FR", "location_city": "Paris", "location_state": None, "location_text": "Paris", "locations": []}
    jobs_publish(
        facts=[
            facts(1, days=80),
            facts(2, days=5, skills=["Salesforce"]),
            facts(3, days=2, job_function="data", title="Data Lead", **france),
            facts(
                4, days=80, company="zest", closed_at=timezone.now() - timedelta(days=50), missing_since=timezone.now() - timedelta(days=50)
            ),
            facts(5, days=10, company="zest"),
        ]
    )
    signals_keep(seconds=60)


def get(client, path="/signals", **headers):
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def headlines(page):
    return re.findall(r"<strong>([^<]+)</strong>", page)


FRANCE, DATA, STARTED, AGAIN = (
    "First job in France",
    "First Data job",
    "Started hiring for Salesforce",
    "Hiring again after 40 days without an open job",
)


def test_newest_first_each_posting_once_with_its_company_and_its_words(client, signals):
    page = get(client)
    found = headlines(page)
    assert (sorted(found[:2]), found[2:]) == (sorted([FRANCE, DATA]), [STARTED, AGAIN])
    assert page.count(">Data Lead</a>") == 1
    assert "<q>We sell software to restaurants. You will run outbound campaigns in Salesforce" in page
    assert ">4 signals</h2>" in page
    assert re.search(r'class="signal__company" href="/companies/\d+">Acme</a>', page)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("reason=first_country", [FRANCE]),
        ("reason=first_country,hiring_again", [FRANCE, AGAIN]),
        ("skill=salesforce", [STARTED]),
        ("function=data&reason=first_function", [DATA]),
        ("country=fr&reason=first_function", [DATA]),
        ("country_not=FR", [STARTED, AGAIN]),
        ("company_name=zes", [AGAIN]),
        ("company_name_not=acme", [AGAIN]),
        ("company_domain=zest.example", [AGAIN]),
        ("within_days=7&country=US", [STARTED]),
        ("start=likely", []),
        ("agencies=only", []),
    ],
)
def test_filters(client, signals, query, expected):
    assert headlines(get(client, f"/signals?{query}")) == expected


def test_what_was_found_lately_may_speak_of_any_day(client, signals):
    CompanySignal.objects.exclude(headline=AGAIN).update(found_at=timezone.now() - timedelta(days=3))
    page = get(client, "/signals?found_within_days=2")
    assert headlines(page) == [AGAIN]
    assert "Remove filter Found within: 2 days" in page


def test_filters_are_chips_and_what_is_wrong_is_said(client, signals):
    page = get(client, "/signals?reason=hiring_again&within_days=x&skil=Salesforce&company_name=zest")
    assert "Remove filter Signal: Hiring again" in page
    assert "Left out “within_days”: whole days, from 1 to 3650" in page
    assert "did you mean skill?" in page
    assert 'value="zest"' in page
    assert "Remove filter Company name" not in page


def test_pages_follow_each_other(client, signals, monkeypatch):
    monkeypatch.setattr(signal_pages, "PAGE_SIZE", 2)
    first = get(client)
    (following,) = re.findall(r'rel="next" href="([^"]+)"', first)
    second = get(client, following.replace("&amp;", "&"))
    assert headlines(second) == [STARTED, AGAIN]
    assert "3–4 of 4" in second
    assert "That page was made for another list" in get(client, "/signals?cursor=nonsense")


def test_what_is_over_says_so(client, signals):
    closed = timezone.now()
    jobs_update_status(statuses=[status(2, missing_since=closed, closed_at=closed)])
    signals_keep(seconds=60)
    assert ">no longer open</span></p>" in get(client, "/signals?skill=Salesforce")


def test_htmx_gets_filters_and_results_alone(client, signals):
    page = get(client, "/signals?reason=hiring_again", **{"HX-Request": "true"})
    assert headlines(page) == [AGAIN]
    assert "<html" not in page


def test_it_needs_no_cache(client, signals, monkeypatch):
    for name in ("get", "set", "get_many"):
        monkeypatch.setattr(RedisCache, name, _redis_is_away)
    assert len(headlines(get(client))) == 4


def _redis_is_away(*args, **kwargs):
    raise ConnectionError


def test_an_empty_page_teaches(client):
    assert "make demo" in get(client)
    jobs_publish(facts=[facts(1, days=1)])
    page = get(client)
    assert "must have been read for 14 days" in page
    assert "manage.py signals" in page


def test_no_match_leads_back(client, signals):
    assert "No signal matches all of this" in get(client, "/signals?company_name=nobody")


def test_no_match_says_which_part_to_leave_out(client, signals):
    page = get(client, "/signals?country=FR&reason=hiring_again")
    offered = re.findall(r'<a href="([^"]+)">Leave out .*?&nbsp;(.*?)</span></a> <span class="muted num">(\d+) signal', page)
    assert [(value, int(count)) for _, value, count in offered] == [("Hiring again", 2), ("France", 1)]
    assert headlines(get(client, offered[1][0])) == [AGAIN]


def test_queries_do_not_grow_with_the_signals(client, signals, django_assert_num_queries):
    get(client)  # remembers the countries
    with django_assert_num_queries(4):
        get(client)
    jobs_publish(
        facts=[
            one
            for n in range(10, 30)
            for one in (facts(2 * n, days=80, company=f"c{n}"), facts(2 * n + 1, days=3, company=f"c{n}", job_function="data"))
        ]
    )
    signals_keep(seconds=60)
    with django_assert_num_queries(4):
        assert ">24 signals</h2>" in get(client)


def test_the_list_as_a_file(client, signals):
    answer = client.get("/signals.csv?company_name=acme&reason=started_skill&cursor=x")
    assert re.fullmatch(r'attachment; filename="signals-\d{4}-\d\d-\d\d\.csv"', answer["Content-Disposition"])
    (row,) = csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig")))
    assert (row["company_name"], row["headline"], row["skill"], row["is_over"]) == ("Acme", STARTED, "Salesforce", "false")
    assert row["job_url"] == f"http://testserver/jobs/{row['job_id']}"
    assert row["at"].endswith("Z")
    assert 'href="/signals.csv?reason=started_skill" download' in get(client, "/signals?reason=started_skill")


@pytest.mark.parametrize("path", ["/signals.csv", "/companies.csv"])
@pytest.mark.parametrize("query", ["skil=Salesforce", "skill=Nosuch", "country=zz1"])
def test_there_is_no_file_where_a_filter_is_not_understood(client, signals, path, query):
    answer = client.get(f"{path}?{query}")
    assert answer.status_code == 400
    assert f"“{query.partition('=')[0]}”" in answer.content.decode()


def test_a_file_is_read_in_parts_in_the_order_of_the_list(client, signals, monkeypatch):
    monkeypatch.setattr(signal_items, "_BATCH", 3)
    lines = csv.DictReader(io.StringIO(b"".join(client.get("/signals.csv").streaming_content).decode("utf-8-sig")))
    assert [line["headline"] for line in lines][2:] == [STARTED, AGAIN]


def test_strangers_get_fewer_lines(client, admin_client, signals, monkeypatch):
    monkeypatch.setattr(list_csv, "ANONYMOUS_ROWS", 1)
    assert ["CSV of the first 1<" in get(one) for one in (client, admin_client)] == [True, False]
    assert [b"".join(one.get("/signals.csv").streaming_content).count(b"\r\n") for one in (client, admin_client)] == [2, 5]
