"""Companies side by side."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.utils import timezone

from catalog.companies import company_comparison
from catalog.companies.company_comparison import comparison
from catalog.companies.company_history import company_history
from catalog.models import Company, Skill
from catalog.tests.factories import place
from catalog.tests.pages.test_company_pages import get, published
from catalog.vocabulary.skills import skill_register_name

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def companies():
    """Acme and Bolt share Salesforce; Snowflake is Acme's alone; a job that is closed counts for nobody."""
    for name in ("Snowflake", "Salesforce"):
        skill_register_name(skill=Skill.objects.create(name=name, kind="tool", category="data"))
    published(1, "Acme", days=90, skill="Snowflake+Salesforce", job_function="data")
    published(2, "Acme", days=5, skill="Salesforce", job_function="sales")
    published(3, "Bolt", days=5, skill="Salesforce", job_function="sales")
    published(4, "Bolt", days=50, closed=True, job_function="legal")
    published(5, "Acme Labs", days=5, skill="Snowflake")
    return {company.name: company.pk for company in Company.objects.all()}


def address(companies, *names, add=""):
    return "/companies/compare?" + "&".join([*(f"company={companies[name]}" for name in names), *([f"add={add}"] if add else [])])


def cells(page, label):
    """(count, address) of each company in a line."""
    (line,) = re.findall(rf'<th scope="row">{label}</th>(.*?)</tr>', page)
    found = re.findall(r'<td class="right">(?:<a href="([^"]+)"[^>]*>(\d+)</a>|<span class="muted">0</span>)</td>', line)
    return [(int(count or 0), unescape(href)) for href, count in found]


def test_each_count_stands_beside_the_others_and_leads_to_its_jobs(client, companies):
    page = get(client, address(companies, "Acme", "Bolt"))
    expected = {"Open jobs": [2, 1], "First seen in the last 30 days": [1, 1], "Sales": [1, 1], "Data": [1, 0], "Salesforce": [2, 1]}
    for label, counts in {**expected, "Snowflake": [1, 0]}.items():
        found = cells(page, label)
        assert [count for count, _ in found] == counts
        for count, href in found:
            assert not count or f"{count} open job" in get(client, href)
    assert "Legal" not in page


def test_what_all_name_stands_before_what_some_do(client, companies):
    page = get(client, address(companies, "Bolt", "Acme"))
    shared, others = page.index("Tools that all name"), page.index("Tools that not all name")
    assert shared < page.index('<th scope="row">Salesforce</th>') < others < page.index('<th scope="row">Snowflake</th>')


def test_a_name_adds_a_company(client, companies):
    answer = client.get(address(companies, "Acme", add="bolt"))
    assert answer.status_code == 302
    assert answer.url == address(companies, "Acme", "Bolt")
    assert client.get(address(companies, "Bolt", add="acme")).url == address(companies, "Bolt", "Acme")  # called exactly so


def test_of_several_names_one_is_chosen(client, companies):
    page = get(client, address(companies, "Bolt", add="acm"))
    offered = [unescape(href) for href in re.findall(r'<li><a href="([^"]+)">Acme', page)]
    assert sorted(offered) == sorted([address(companies, "Bolt", "Acme"), address(companies, "Bolt", "Acme Labs")])


def test_who_is_there_already_or_nowhere_is_not_added(client, companies):
    for add in ("Bolt", "Zzyzx"):
        assert "No other company is called" in get(client, address(companies, "Bolt", add=add))


def test_a_short_list_is_compared_at_once(client, companies):
    (href,) = re.findall(r'href="([^"]+)">Compare them', get(client, "/companies?skill=Salesforce"))
    assert unescape(href) == address(companies, "Bolt", "Acme")  # as listed
    assert 'href="/companies/compare">Compare<' in get(client, "/companies?company_name=Bolt")
    for n in range(40, 44):
        published(n, f"More{n}", days=3)
    assert 'href="/companies/compare">Compare<' in get(client, "/companies")


@pytest.mark.parametrize(
    "query", ["", "?company=0", "?company=x", "?company=99999999999999999999", f"?company={'9' * 4400}", "?company=²"], ids=range(6)
)
def test_without_companies_it_asks_for_them(client, query):
    page = get(client, f"/companies/compare{query}")
    assert "Which companies?" in page
    assert "<table" not in page


def test_it_holds_four_and_one_less_each_time_one_is_removed(client, companies):
    for n in range(10, 13):
        published(n, f"More{n}", days=3)
    every = list(Company.objects.order_by("pk").values_list("pk", flat=True))
    page = get(client, "/companies/compare?" + "&".join(f"company={pk}" for pk in [*every, every[0]]))
    assert page.count('class="compare__remove"') == 4
    assert 'name="add"' not in page
    (first,) = re.findall(r'compare__remove" href="([^"]+)">Remove<span class="visually-hidden"> Acme</span>', page)
    page = get(client, unescape(first))
    assert page.count('class="compare__remove"') == 3
    assert 'name="add"' in page


def test_a_fifth_is_not_offered(client, companies):
    for n in range(10, 13):
        published(n, f"More{n}", days=3)
    every = list(Company.objects.order_by("pk").values_list("pk", flat=True))
    for name in ("more", "Zzyzx"):
        page = get(client, "/companies/compare?" + "&".join(f"company={pk}" for pk in every[:4]) + f"&add={name}")
        assert page.count('class="compare__remove"') == 4
        assert "Which one?" not in page
        assert "No other company" not in page


def test_ids_that_lead_nowhere_take_no_place_and_equal_ones_one(client, companies):
    acme, bolt = companies["Acme"], companies["Bolt"]
    nowhere = "&".join(f"company={10**9 + n}" for n in range(4))
    page = get(client, f"/companies/compare?{nowhere}&company={acme}&company=0{acme}&company={bolt}")
    assert page.count('class="compare__remove"') == 2
    assert [count for count, _ in cells(page, "Open jobs")] == [2, 1]


def test_a_job_counts_in_its_first_country_as_the_filter_finds_it(client, companies):
    published(40, "Bolt", days=3, location_country="DE", locations=[place("Berlin", "BE", "DE"), place("Paris", None, "FR")])
    page = get(client, address(companies, "Acme", "Bolt"))
    (_, (count, href)) = cells(page, "Germany")
    assert count == 1
    assert "1 open job" in get(client, href)
    assert "France" not in page


def test_it_costs_the_same_however_many_jobs_they_have(client, companies, django_assert_num_queries, django_assert_max_num_queries):
    with django_assert_max_num_queries(8) as before:
        get(client, address(companies, "Acme", "Bolt"))
    for n in range(20, 40):
        published(n, "Bolt", days=3)
    with django_assert_num_queries(len(before)):
        get(client, address(companies, "Acme", "Bolt"))


def test_of_many_lines_the_first_are_shown_and_all_counted(companies, monkeypatch):
    monkeypatch.setattr(company_comparison, "MOST_LINES", 1)
    histories = [company_history(companies[name]) for name in ("Acme", "Bolt")]
    parts = comparison(histories, tools={}, skills={}, now=timezone.now())
    (function,) = [part for part in parts if part.title == "Function"]
    assert ([line.label for line in function.lines], function.total) == (["Sales"], 2)


def test_levels_stand_in_their_order(companies):
    published(30, "Bolt", days=2, seniority_level="vp")
    published(31, "Bolt", days=2, seniority_level="vp")
    published(32, "Bolt", days=2, seniority_level="junior")
    parts = comparison([company_history(companies["Bolt"])], tools={}, skills={}, now=datetime.now(UTC) + timedelta(days=1))
    (levels,) = [part for part in parts if part.title == "Seniority"]
    assert [line.label for line in levels.lines].index("Junior") < [line.label for line in levels.lines].index("VP")
