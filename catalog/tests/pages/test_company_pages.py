"""The list of companies, as it works without JavaScript."""

import csv
import io
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.utils import timezone

from catalog.companies.company_evidence import with_evidence
from catalog.companies.company_list import company_list
from catalog.models import Company, Job, JobSkill, Skill
from catalog.services import companies_count_jobs, jobs_publish
from catalog.tests.factories import job_facts, mention
from catalog.vocabulary.skills import skill_register_name

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def skills():
    for name in ("Snowflake", "Salesforce"):
        skill_register_name(skill=Skill.objects.create(name=name, kind="tool", category="data"))


def published(posting_id, company, *, days, skill="Snowflake", posted_days=None, closed=False, **changes):
    """A job of a company, first seen `days` ago and posted then, unless told otherwise."""
    now = timezone.now()
    seen = now - timedelta(days=days)
    facts = job_facts(
        posting_id,
        source_key=company.casefold(),
        company_name=company,
        company_domain=f"{company.casefold()}.example",
        first_seen_at=seen,
        posted_at=changes.pop("posted_at", now - timedelta(days=days if posted_days is None else posted_days)),
        missing_since=seen if closed else None,
        closed_at=seen if closed else None,
        **changes,
    )
    jobs_publish(facts=[replace(facts, skills=tuple(map(mention, skill.split("+"))))])


def get(client, path, **headers):
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def names(page):
    return re.findall(r'class="companies__name"><a href="/companies/\d+">([^<]+)<', page)


def test_an_empty_catalogue_says_how_to_fill_it(client):
    assert "make demo" in get(client, "/companies")


def test_a_company_stands_with_its_open_jobs_and_one_as_evidence(client):
    published(1, "Acme", days=9)
    published(2, "Acme", days=3, title="Data Lead")
    published(3, "Acme", days=2, closed=True)
    published(4, "Bolt", days=5)
    page = get(client, "/companies")
    assert names(page) == ["Acme", "Bolt"]
    assert "2 companies" in page
    assert re.search(r'data-label="open jobs">2<', page)
    assert "Data Lead" in page


def test_with_a_filter_it_says_that_only_matching_jobs_are_counted(client):
    published(1, "Acme", days=9)
    published(2, "Acme", days=3, title="Data Lead", job_function="data")
    page = get(client, "/companies?function=data")
    assert re.search(r'data-label="matching job">1<', page)
    assert "Matching jobs</th>" in page
    assert "Numbers count matching jobs, not companies." in page


def test_who_started_hiring_for_a_skill(client):
    """Each company but the first is left out for one reason."""
    published(1, "Started", days=60, skill="Salesforce")
    published(2, "Started", days=5, title="First Snowflake Engineer")
    published(3, "Started", days=2)
    published(11, "Long", days=60, closed=True)  # had one before, closed since
    published(12, "Long", days=5)
    published(21, "Reposted", days=60, skill="Salesforce")
    published(22, "Reposted", days=5, posted_days=50)  # was published before the window
    published(31, "New", days=5)  # its board was not read before, and lists nothing older
    published(41, "Gone", days=60, skill="Salesforce")
    published(42, "Gone", days=5, closed=True)  # not open any more
    published(51, "Other", days=5, skill="Salesforce")
    page = get(client, "/companies?skill=snowflake&started_within_days=30")
    assert names(page) == ["Started"]
    assert "First Snowflake Engineer" in page
    unknown = re.search(r'<a class="num" href="([^"]+)">1 more company has such a job</a>', page)[1].replace("&amp;", "&")
    assert names(get(client, unknown)) == ["New"]


def test_posting_dates_tell_where_the_board_was_not_read_before(client):
    published(1, "Certain", days=60, skill="Salesforce")
    published(2, "Certain", days=5)
    published(11, "Likely", days=5, posted_days=50, skill="Salesforce")
    published(12, "Likely", days=5, posted_days=8)
    published(21, "Had", days=5, posted_days=50)
    published(22, "Had", days=5, posted_days=8)
    published(31, "Undated", days=5, posted_days=50, skill="Salesforce")
    published(32, "Undated", days=5, posted_at=None)
    asked = "/companies?skill=Snowflake&started_within_days=30"
    page = get(client, asked)
    assert names(page) == ["Certain", "Likely"]
    likely = timezone.now() - timedelta(days=5)
    assert re.search(rf'likely</span> <span class="muted">by posting dates, read since <time[^>]*>{likely:%Y-%m-%d}<', page)
    assert page.count("by posting dates, read since") == 1
    assert names(get(client, f"{asked}&started_as=certain")) == ["Certain"]
    assert f'href="{asked}&started_as=certain"'.replace("&", "&amp;") in page
    assert names(get(client, f"{asked}&started_as=unknown")) == ["Undated"]
    assert set(names(get(client, f"{asked}&started_as=unknown,certain"))) == {"Certain", "Undated"}
    file = client.get(f"/companies.csv?{asked.partition('?')[2]}").getvalue().decode("utf-8-sig")
    rows = {row["company_name"]: row for row in csv.DictReader(io.StringIO(file))}
    assert [rows[name]["start"] for name in ("Certain", "Likely")] == ["certain", "likely"]
    assert rows["Likely"]["read_since"].startswith(f"{likely:%Y-%m-%d}T")


def test_a_skill_that_was_edited_away_is_no_start_later(client):
    """The first posting named Snowflake on the first day, and not any more since."""
    published(3, "Acme", days=100, skill="Salesforce")
    published(1, "Acme", days=60)
    published(1, "Acme", days=60, skill="Salesforce", extraction_id=2)
    published(2, "Acme", days=5)
    assert names(get(client, "/companies?skill=Snowflake&started_within_days=30")) == []
    assert names(get(client, "/companies?skill=Snowflake&started_within_days=90")) == ["Acme"]


def test_of_several_skills_all_must_have_been_asked_for_before(client):
    """One of them was edited away: what it says of both hangs on the other."""
    skill_register_name(skill=Skill.objects.create(name="HubSpot", kind="tool", category="crm"))
    for n, company in ((10, "One"), (20, "Both")):
        published(n, company, days=80, skill="HubSpot")
        published(n + 1, company, days=60)
        published(n + 1, company, days=60, skill="HubSpot", extraction_id=2)
        published(n + 3, company, days=5, skill="Snowflake+Salesforce")
    published(22, "Both", days=50, skill="Salesforce")
    assert names(get(client, "/companies?skill=Snowflake&skill=Salesforce&started_within_days=30")) == ["One"]


def test_starts_obey_the_other_filters(client):
    published(1, "Acme", days=60, skill="Salesforce")
    published(2, "Acme", days=5)
    assert names(get(client, "/companies?skill=Snowflake&started_within_days=30&function=sales")) == ["Acme"]
    assert names(get(client, "/companies?skill=Snowflake&started_within_days=30&function=legal")) == []
    assert names(get(client, "/companies?skill=Snowflake&started_within_days=3")) == []


def test_who_started_is_found_once_and_not_for_each_job(client, django_assert_max_num_queries):
    published(1, "Acme", days=60, skill="Salesforce")
    published(2, "Acme", days=5)
    published(3, "New", days=5)
    with django_assert_max_num_queries(12) as asked:
        get(client, "/companies?skill=Snowflake&started_within_days=30")
    statements = [query["sql"] for query in asked]
    assert sum("HAVING" in statement for statement in statements) == 1
    assert not [statement for statement in statements if "EXISTS" in statement]


def test_who_started_needs_a_skill(client):
    published(1, "Acme", days=60)
    page = get(client, "/companies?started_within_days=30")
    assert "needs a skill" in page
    assert names(page) == ["Acme"]


def test_parameters_that_nobody_knows_are_left_out_and_said(client):
    published(1, "Acme", days=60)
    assert "Left out “started_skill”: there is no such filter here" in get(client, "/companies?started_skill=Snowflake")


def test_filters_are_those_of_jobs(client):
    published(1, "Acme", days=60, job_function="data")
    published(2, "Bolt", days=5, location_country="DE")
    assert names(get(client, "/companies?function=data")) == ["Acme"]
    assert names(get(client, "/companies?country=DE")) == ["Bolt"]
    assert names(get(client, "/companies?first_seen_within_days=7")) == ["Bolt"]
    assert names(get(client, "/companies?company_name=acm")) == ["Acme"]
    assert names(get(client, "/companies?q=software")) == ["Bolt", "Acme"]


def test_what_cannot_be_understood_is_left_out_and_said(client):
    published(1, "Acme", days=60)
    page = get(client, "/companies?seniority=boss&started_within_days=-3&sort=up&cursor=x")
    assert page.count('role="alert"') == 4
    assert names(page) == ["Acme"]


@pytest.mark.parametrize("sort", ["", "jobs"])
def test_pages_show_every_company_once(client, sort):
    for n in range(1, 31):
        published(n, f"Company{n}", days=n)
    first = get(client, f"/companies?sort={sort}")
    following = re.search(r'rel="next" href="([^"]+)"', first)[1].replace("&amp;", "&")
    second = get(client, following)
    assert names(first) + names(second) == [f"Company{n}" for n in range(1, 31)]
    assert "26–30 of 30" in second


def test_most_jobs_first(client):
    published(1, "Acme", days=1)
    published(2, "Bolt", days=2)
    published(3, "Bolt", days=3)
    assert names(get(client, "/companies")) == ["Acme", "Bolt"]
    assert names(get(client, "/companies?sort=jobs")) == ["Bolt", "Acme"]


def test_a_cut_list_says_so_and_keeps_its_counts(client, monkeypatch):
    monkeypatch.setattr("catalog.companies.company_list.MOST_JOBS", 2)
    published(1, "Acme", days=1)
    published(2, "Acme", days=2)
    published(3, "Acme", days=3)
    published(4, "Bolt", days=4)
    page = get(client, "/companies")
    assert "1+ company" in page
    assert "More jobs match than can be looked at" in page
    assert re.search(r'data-label="open jobs">3<', page)


def test_what_a_list_is_cut_to_is_not_looked_up_by_ids(client, monkeypatch, django_assert_max_num_queries):
    """Of jobs of one moment, the later ids."""
    monkeypatch.setattr("catalog.companies.company_list.MOST_JOBS", 2)
    for posting_id, company in enumerate(("Acme", "Bolt", "Cargo"), start=1):
        published(posting_id, company, days=3, posted_at=datetime(2026, 8, 1, tzinfo=UTC))
    with django_assert_max_num_queries(10) as asked:
        assert names(get(client, "/companies")) == ["Cargo", "Bolt"]
    assert not [query for query in asked if " IN (SELECT" in query["sql"]]


def test_the_list_costs_the_same_for_one_company_and_for_a_page(client, django_assert_max_num_queries, django_assert_num_queries):
    for n in range(1, 31):
        published(n, f"Company{n}", days=n)
    with django_assert_max_num_queries(9) as page:
        get(client, "/companies")
    with django_assert_num_queries(len(page) + 1):  # and the companies of that name
        get(client, "/companies?company_name=Company30")


def test_htmx_gets_filters_and_results_alone(client):
    assert "<html" not in get(client, "/companies", **{"HX-Request": "true"})


def test_a_file_of_the_list_runs_nothing_in_a_spreadsheet(client):
    published(1, "Acme", days=1, title="=1+1")
    published(2, "Bolt", days=2, job_function="legal")
    answer = client.get("/companies.csv?function=sales")
    rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))
    assert [row["company_name"] for row in rows] == ["Acme"]
    assert rows[0]["evidence"] == "'=1+1"
    assert rows[0]["url"] == f"http://testserver/companies/{Company.objects.get(name='Acme').pk}"


def test_a_file_has_what_a_crm_needs(client):
    text = "We load data.\nYou know Snowflake well."
    published(1, "Acme", days=3, text=text, url="https://jobs.lever.co/acme/1", source_type="lever")
    JobSkill.objects.update(start=text.index("Snowflake"), end=text.index(" well"))
    published(2, "Bolt", days=5, skill="Salesforce")
    answer = client.get("/companies.csv?skill_any=Salesforce&skill_any=Snowflake")
    assert re.fullmatch(r'attachment; filename="companies-\d{4}-\d\d-\d\d\.csv"', answer["Content-Disposition"])
    acme, bolt = csv.DictReader(io.StringIO(answer.getvalue().decode("utf-8-sig"), newline=""))
    assert (acme["skill"], acme["quote"], acme["evidence_title"]) == ("Snowflake", "You know Snowflake well.", "Account Executive")
    assert (acme["posting_url"], acme["board_url"]) == ("https://jobs.lever.co/acme/1", "https://jobs.lever.co/acme")
    assert acme["newest_posted_at"] == f"{Job.objects.get(company_name='Acme').posted_at:%Y-%m-%dT%H:%M:%SZ}"
    assert (bolt["skill"], bolt["board_url"]) == ("Salesforce", "https://job-boards.greenhouse.io/bolt")
    [plain] = csv.DictReader(io.StringIO(client.get("/companies.csv?q=Acme").getvalue().decode("utf-8-sig"), newline=""))
    assert (plain["skill"], plain["quote"]) == ("", "")


def test_a_file_keeps_a_company_whose_job_went_while_it_was_written(client):
    published(1, "Acme", days=1)
    row = company_list(Job.objects.all(), sort="newest", limit=1, cursor=None).rows[0]
    [(kept, evidence)] = with_evidence([replace(row, evidence_id=0)], [])
    assert (kept.name, set(evidence)) == ("Acme", {""})


def test_a_file_is_shorter_for_who_is_not_signed_in(client, django_user_model, monkeypatch):
    monkeypatch.setattr("catalog.pages.list_csv.ANONYMOUS_ROWS", 1)
    published(1, "Acme", days=1)
    published(2, "Bolt", days=2)
    assert client.get("/companies.csv").getvalue().count(b"\r\n") == 2
    client.force_login(django_user_model.objects.create_user("ann"))
    assert client.get("/companies.csv").getvalue().count(b"\r\n") == 3


def test_a_list_says_where_its_file_ends(client, django_user_model, monkeypatch):
    published(1, "Acme", days=9)
    published(2, "Bolt", days=8)
    monkeypatch.setattr("catalog.pages.list_csv.ANONYMOUS_ROWS", 1)
    page = get(client, "/companies")
    assert "CSV of the first 1<" in page
    assert "Sign in for more" in page
    assert "of the first" not in get(client, "/companies?company_name=Acme")
    client.force_login(django_user_model.objects.create_user("reader"))
    assert "of the first" not in get(client, "/companies")
    monkeypatch.setattr("catalog.pages.list_csv.MOST_CSV_ROWS", 1)
    page = get(client, "/companies")
    assert "CSV of the first 1<" in page
    assert "Sign in" not in page


@pytest.mark.parametrize("first", ["\n", "＝", "@"], ids=["line", "fullwidth", "at"])
def test_no_cell_of_the_file_runs(client, first):
    published(1, "Acme", days=1)
    formula = f"{first}SUM(1)"
    Company.objects.update(name=formula, domain=formula)
    Job.objects.update(title=formula)
    [row] = csv.DictReader(io.StringIO(client.get("/companies.csv").getvalue().decode("utf-8-sig"), newline=""))
    assert {row[column] for column in ("company_name", "company_domain", "evidence")} == {f"'{formula}"}


def test_a_company_shows_its_open_jobs_page_by_page(client):
    for n in range(1, 21):
        published(n, "Acme", days=n, title=f"Job {n}")
    path = f"/companies/{Company.objects.get().pk}"
    first = get(client, path)
    assert "20 open jobs" in first
    following = re.search(r'rel="next" href="([^"]+)"', first)[1].replace("&amp;", "&")
    assert following.startswith(path)
    assert "16–20 of 20" in get(client, following)
    assert client.get("/companies/999999").status_code == 404


def test_a_signal_cites_the_posting(client):
    published(1, "Acme", days=60, skill="Salesforce")
    text = "About us\n\n• You know Snowflake and dbt\n\nBye"
    now = timezone.now()
    facts = job_facts(2, source_key="acme", text=text, title="Data Lead", first_seen_at=now, posted_at=now, highlights=[], evidence={})
    jobs_publish(facts=[replace(facts, skills=(mention("Snowflake", text),))])
    page = get(client, f"/companies/{Company.objects.get().pk}")
    assert "Started hiring for Snowflake" in page
    assert "started_skill" not in page
    assert "<q>You know Snowflake and dbt</q>" in page
    assert re.search(r'<a href="/jobs/\d+">Data Lead</a>', page)


def test_signals_of_one_posting_stand_together(client):
    now = timezone.now()
    before = now - timedelta(days=60)
    jobs_publish(facts=[replace(job_facts(1, first_seen_at=before, posted_at=before), skills=())])
    jobs_publish(facts=[replace(job_facts(2, first_seen_at=now, posted_at=now), skills=(mention("Snowflake"), mention("Salesforce")))])
    page = get(client, f"/companies/{Company.objects.get().pk}")
    assert page.count('<li class="signal">') == 1
    assert "Started hiring for Snowflake" in page
    assert "Started hiring for Salesforce" in page


def test_a_company_without_signals_says_what_they_need(client):
    published(1, "Acme", days=1)
    page = get(client, f"/companies/{Company.objects.get().pk}")
    assert "None. A signal needs a posting" in page
    assert 'role="img"' in page


def test_a_company_with_more_jobs_than_are_looked_at_says_so(client, monkeypatch):
    monkeypatch.setattr("catalog.companies.company_history.MOST_JOBS", 2)
    for n in range(1, 4):
        published(n, "Acme", days=n)
    page = get(client, f"/companies/{Company.objects.get().pk}")
    assert "more jobs than a page looks at" in page
    assert "2+ open jobs" in page


def test_a_company_costs_the_same_however_many_jobs_it_has(client, django_assert_max_num_queries, django_assert_num_queries):
    for n in range(1, 21):
        published(n, "Acme", days=n)
    published(21, "Bolt", days=1)
    acme, bolt = (Company.objects.get(name=name).pk for name in ("Acme", "Bolt"))
    with django_assert_max_num_queries(8) as page:
        get(client, f"/companies/{acme}")
    with django_assert_num_queries(len(page)):
        get(client, f"/companies/{bolt}")


def offered(page):
    """(part, companies, address) of each way out of an empty list."""
    found = re.findall(r'<a href="([^"]+)">Leave out .*?&nbsp;(.*?)</span></a> <span class="muted num">(\d+) compan', page)
    return [(value, int(count), unescape(href)) for href, value, count in found]


def test_an_empty_list_says_which_part_to_leave_out(client):
    published(1, "Acme", days=9, job_function="data")
    published(2, "Bolt", days=5, job_function="data")
    published(3, "Bolt", days=5, job_function="sales", skill="Salesforce")
    found = offered(get(client, "/companies?function=data&skill=Salesforce"))
    assert [(value, count) for value, count, _ in found] == [("Salesforce", 2), ("Data", 1)]
    for _, count, href in found:
        assert len(names(get(client, href))) == count


def test_who_started_is_not_loosened_to_a_question_without_a_skill(client):
    published(1, "Acme", days=100, job_function="data")
    published(2, "Acme", days=5, job_function="sales", skill="Salesforce")
    found = offered(get(client, "/companies?function=data&skill=Salesforce&started_within_days=30"))
    assert [(value, count) for value, count, _ in found] == [("Data", 1)]


def test_what_a_company_uses_is_named_by_its_open_jobs_together(client):
    published(1, "Both", days=9)
    published(2, "Both", days=8, skill="Salesforce")
    published(3, "In One", days=7, skill="Salesforce+Snowflake")
    published(4, "No More", days=6)
    published(5, "No More", days=5, skill="Salesforce", closed=True)
    page = get(client, "/companies?skill=Salesforce&skill=Snowflake")
    assert names(page) == ["In One"]
    (href,) = re.findall(r'<a href="([^"]+)">Also those that name them in different jobs', page)
    assert names(get(client, unescape(href))) == ["In One", "Both"]
    assert names(get(client, "/companies?uses=Salesforce&uses=Snowflake&skill=Salesforce")) == ["In One", "Both"]
    assert "Their jobs" not in get(client, unescape(href))


def test_companies_of_a_size(client):
    published(1, "Acme", days=9)
    published(2, "Acme", days=8, skill="Salesforce")
    published(3, "Bolt", days=7, skill="Salesforce")
    companies_count_jobs()
    page = get(client, "/companies?min_open_jobs=2&skill=Salesforce")
    assert names(page) == ["Acme"]
    assert re.search(r'data-label="matching job">1<', page)
    assert "Open jobs in all, at least" in page
    assert "Remove filter Company with: at least 2 open jobs in all" in page
    assert names(get(client, "/companies?min_open_jobs=none")) == ["Bolt", "Acme"]


def test_of_whom_nobody_can_say_is_counted_within_the_same_companies(client):
    published(1, "Acme", days=3)
    published(2, "Bolt", days=3)
    published(3, "Bolt", days=3, skill="Salesforce")
    companies_count_jobs()
    started = "/companies?skill=Snowflake&started_within_days=30"
    for more, unknown in (("", "2 companies have"), ("&min_open_jobs=2", "1 company has"), ("&uses=Salesforce", "1 company has")):
        assert f"{unknown} such a job" in get(client, started + more)


def test_a_shared_link_says_what_it_leads_to(client):
    published(1, "Acme", days=9, job_summary='Own the "forecast".')
    company, job = Company.objects.get(), Job.objects.get()
    assert '<meta name="description" content="1 open job; tools they name: Snowflake.">' in get(client, f"/companies/{company.pk}")
    assert '<meta name="description" content="Own the &quot;forecast&quot;.">' in get(client, f"/jobs/{job.pk}")
    assert '<meta name="description" content="Facts from public job postings' in get(client, "/companies")
