"""The list of signals as a feed."""

from datetime import timedelta
from xml.etree import ElementTree

import pytest
from django.utils import timezone

from catalog.models import CompanySignal
from catalog.services import jobs_publish, signals_keep
from catalog.tests.pages.test_signal_pages import AGAIN, DATA, FRANCE, STARTED, facts, get, signals, skills  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"


def entries(client, query=""):
    return ElementTree.fromstring(get(client, f"/signals.atom{query}").encode()).findall(f"{ATOM}entry")


def titles(client, query=""):
    return [entry.find(f"{ATOM}title").text for entry in entries(client, query)]


def test_it_tells_what_was_found_last_with_its_words(client, signals):  # noqa: F811
    CompanySignal.objects.filter(headline=AGAIN).update(found_at=timezone.now() + timedelta(seconds=1))
    assert titles(client)[0] == f"Zest: {AGAIN}"
    assert set(titles(client)) == {f"Acme: {FRANCE}", f"Acme: {DATA}", f"Acme: {STARTED}", f"Zest: {AGAIN}"}
    (entry,) = entries(client, "?skill=Salesforce")
    assert entry.find(f"{ATOM}summary").text.startswith("We sell software")
    assert entry.find(f"{ATOM}link").get("href").startswith("http://testserver/jobs/")
    assert 'href="/signals.atom?skill=Salesforce"' in get(client, "/signals?skill=salesforce")


def test_characters_that_xml_cannot_hold_do_not_end_it(client, signals):  # noqa: F811
    CompanySignal.objects.filter(headline=AGAIN).update(headline="A\x0b\ufffe\uffffB")
    assert "Zest: A   B" in titles(client)


def test_what_was_found_long_ago_is_left_out(client, signals):  # noqa: F811
    CompanySignal.objects.exclude(headline=STARTED).update(found_at=timezone.now() - timedelta(days=15))
    assert titles(client) == [f"Acme: {STARTED}"]


def test_an_entry_stays_the_same_one(client, signals):  # noqa: F811
    first = [entry.find(f"{ATOM}id").text for entry in entries(client)]
    assert len(set(first)) == 4
    jobs_publish(facts=[facts(6, days=6, skills=["Salesforce"])])  # shows it now, since it is older
    signals_keep(seconds=60)
    assert CompanySignal.objects.get(headline=STARTED).job.posting_id == 6
    assert [entry.find(f"{ATOM}id").text for entry in entries(client)] == first


@pytest.mark.parametrize("query", ["?within_days=x", "?skil=Salesforce"])
def test_a_filter_that_is_not_understood_calls_nobody(client, signals, query):  # noqa: F811
    assert titles(client, query) == []


def test_queries_do_not_grow_with_the_entries(client, signals, django_assert_num_queries):  # noqa: F811
    get(client, "/signals.atom")  # the site's own name is looked up once
    with django_assert_num_queries(2):
        get(client, "/signals.atom")
