"""Where a search finds nothing, the page says which part of it to leave out."""

import re
from html import unescape

import pytest

from catalog.pages import loosened
from catalog.services import jobs_publish
from catalog.tests.factories import job_facts

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _jobs():
    jobs_publish(facts=[job_facts(n, title="Account Executive", job_function="sales", remote_type="remote") for n in range(1, 4)])
    jobs_publish(facts=[job_facts(9, title="Account Executive", job_function="marketing", remote_type="onsite")])


def offered(client, **asked):
    """(part, jobs, address) of each."""
    page = client.get("/", asked).content.decode()
    found = re.findall(r'<a href="([^"]+)">Leave out .*?&nbsp;(.*?)</span></a> <span class="muted num">(\d+) job', page)
    return [(value, int(count), unescape(href)) for href, value, count in found]


def test_each_part_without_which_there_are_jobs_the_most_first(client):
    found = offered(client, q="executive", function="sales", remote="onsite")
    assert [(value, count) for value, count, _ in found] == [("On-site", 3), ("Sales", 1)]
    for _, count, href in found:
        assert f"{count} open job" in client.get(href).content.decode()


def test_the_words_are_a_part(client):
    assert [(value, count) for value, count, _ in offered(client, q="welder", function="sales")] == [("welder", 3)]


@pytest.mark.parametrize("asked", [{"q": "welder"}, {"function": "legal"}, {"q": "executive"}, {"function": "legal", "country": "JP"}])
def test_none_of_one_part_alone_nor_where_there_are_jobs_nor_where_none_helps(client, asked):
    assert offered(client, **asked) == []


def test_all_values_of_a_filter_are_one_part(client):
    found = offered(client, function=["legal", "design"], remote="onsite")
    assert [(value, count) for value, count, _ in found] == [("Legal, Design", 1)]


def test_none_of_words_that_cannot_be_looked_for(client):
    assert offered(client, q="a\0b", function="sales", remote="remote") == []


def test_few_are_tried(client, monkeypatch):
    monkeypatch.setattr(loosened, "_TRIED", 1)
    assert offered(client, function="sales", remote="onsite") == [("Sales", 1, "/?remote=onsite")]
