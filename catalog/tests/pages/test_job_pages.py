"""Pages of the catalogue, as they work without JavaScript."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.http import QueryDict
from django.utils.html import escape

from catalog.models import Job, Skill
from catalog.services import jobs_publish
from catalog.tests.factories import NOW, job_facts, mention
from catalog.vocabulary.skills import skill_register_name

pytestmark = pytest.mark.django_db


@pytest.fixture
def salesforce():
    skill = Skill.objects.create(name="Salesforce", kind="tool", category="crm")
    skill_register_name(skill=skill)
    return skill


@pytest.fixture
def thirty(salesforce):
    jobs_publish(facts=[replace(job_facts(n), title=f"Account Executive {n}", skills=(mention("Salesforce"),)) for n in range(1, 31)])


def get(client, path, **headers):
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def titles(page):
    return re.findall(r'class="job__title"[^>]*>([^<]+)<', page)


def href(page, rel):
    return re.search(rf'rel="{rel}" href="([^"]+)"', page)[1].replace("&amp;", "&")


def test_an_empty_catalogue_says_how_to_fill_it(client):
    page = get(client, "/")
    assert "No jobs yet" in page
    assert "make demo" in page


def test_the_list_says_title_company_place_pay_skills_and_age(client, thirty):
    page = get(client, "/")
    for text in (
        "30 open jobs",
        "Account Executive 1",
        "Acme",
        "New York, NY, US",
        "Hybrid",
        "$100k–140k/year",
        "Salesforce",
        "Posted 2026-08-01 11:59 UTC",
    ):
        assert text in page


def test_pages_follow_each_other_and_lead_back(client, thirty):
    first = get(client, "/?function=sales")
    second = get(client, href(first, "next"))
    assert "26–30 of 30" in second
    assert 'rel="next"' not in second
    assert not set(titles(first)) & set(titles(second))
    assert titles(get(client, href(second, "prev"))) == titles(first)


def test_a_page_that_was_sent_by_somebody_leads_to_the_first(client, thirty):
    cursor = QueryDict(href(get(client, "/?function=sales"), "next").partition("?")[2])["cursor"]
    page = get(client, f"/?function=sales&cursor={cursor}")
    assert '<a href="/?function=sales">First page</a>' in page
    assert "5 of 30" in page
    assert "–5 of 30" not in page, "nobody knows how many are before it"


def test_a_page_whose_jobs_have_gone_is_the_first_and_says_so(client, thirty):
    cursor = href(get(client, "/"), "next")
    Job.objects.filter(posting_id__gte=20).delete()
    page = get(client, cursor)
    assert "Nothing is left on that page" in page
    assert len(titles(page)) == Job.objects.count()


def test_a_foreign_cursor_gives_the_first_page_and_says_so(client, thirty):
    page = get(client, "/?cursor=bm9uc2Vuc2U&trail=-")
    assert "made for another list" in page
    assert "1–25 of 30" in page


def test_a_posting_in_another_language_says_which(client):
    jobs_publish(facts=[job_facts(1, language="es")])
    assert "Text as published in Spanish." in get(client, f"/jobs/{Job.objects.get().pk}")


def test_the_address_of_jobs_leads_to_them(client):
    assert client.get("/jobs?skill=Salesforce")["Location"] == "/?skill=Salesforce"


def test_every_filter_is_a_chip_that_can_be_removed(client, thirty):
    page = get(client, "/?q=account&function=sales&skill=salesforce&min_comp=90000&location=NYC&posted_after=2026-01-01")
    for label in (
        "Function: Sales",
        "Skill: Salesforce",
        "Pays at least: $90,000 per year",
        "Place: NYC",
        "Board says posted since: 2026-01-01 00:00 UTC",
    ):
        assert f"Remove filter {label}" in page
    assert escape("/?q=account&function=sales&location=NYC&min_comp=90000&posted_after=2026-01-01T00:00:00Z") not in page
    without_skill = re.search(r'href="([^"]+)"[^>]*aria-label="Remove filter Skill', page)[1]
    assert "skill" not in without_skill
    assert "function=sales" in without_skill


def test_filters_without_a_control_travel_in_hidden_fields(client, thirty):
    page = get(client, "/?location=NYC&skill_not=salesforce")
    assert '<input type="hidden" name="location" value="NYC" form="search">' in page
    assert '<input type="hidden" name="skill_not" value="Salesforce" form="search">' in page


def test_every_value_that_is_not_chosen_can_be_left_out(client, thirty):
    page = get(client, "/?function=sales&seniority_not=junior")
    assert 'name="remote_not" value="hybrid" aria-label="Leave out Hybrid"' in page
    assert 'name="function_not" value="sales"' not in page, "what is chosen is given up first"
    assert 'name="state_not"' not in page, "no such filter"
    assert re.search(r'class="chip chip--not"[^>]*aria-label="Remove filter Not seniority: Junior', page)


def test_a_chosen_value_without_jobs_keeps_its_box(client, thirty):
    page = get(client, "/?function=legal")
    assert "No open jobs" in page
    assert re.search(r'name="function" value="legal" form="search" checked', page)
    assert re.search(r'name="function" value="sales"', page)


def test_what_cannot_be_understood_is_left_out_and_said(client, thirty):
    page = get(client, "/?min_comp=lots&seniority=boss&remote=hybrid")
    assert "30 open jobs" in page
    assert page.count('role="alert"') == 2
    assert "boss" in page


def test_parameters_that_nobody_knows_are_left_out_and_said(client, thirty):
    page = get(client, "/?skil=Snowflake&sentence=sales&page=2&trail=-")
    assert "Left out “skil”: there is no such filter here; did you mean skill?" in page
    assert page.count('role="alert"') == 1


def test_words_that_no_job_has_show_what_resembles_them(client, thirty):
    page = get(client, "/?q=acount+executive")
    assert "No job has exactly these words" in page
    assert titles(page)


def test_closed_jobs_are_shown_on_request_and_marked(client, thirty):
    jobs_publish(facts=[replace(job_facts(99), title="Gone", missing_since=NOW, closed_at=NOW)])
    assert "Gone" not in get(client, "/")
    page = get(client, "/?state=closed")
    assert titles(page) == ["Gone"]
    assert ">Closed</span>" in page


def test_htmx_gets_filters_and_results_alone(client, thirty):
    answer = client.get("/?remote=hybrid", headers={"HX-Request": "true"})
    assert "<html" not in answer.content.decode()
    assert "HX-Request" in answer["Vary"]
    assert "<html" in get(client, "/?remote=hybrid", **{"HX-Request": "true", "HX-History-Restore-Request": "true"})


def test_the_list_costs_the_same_for_one_job_and_for_a_page(client, thirty, django_assert_num_queries, django_assert_max_num_queries):
    # Which jobs, those with their skills; count; facets and the names of their companies and skills
    with django_assert_max_num_queries(6) as page:
        get(client, "/")
    with django_assert_num_queries(len(page) - 1):  # whether a job has changed: none has
        get(client, "/")
    Job.objects.exclude(posting_id=1).delete()
    Job.objects.update(title="Account Manager")
    with django_assert_num_queries(len(page) + 1):
        assert "Account Manager" in get(client, "/")


def test_a_line_is_what_the_job_is_now(client, thirty):
    """Also within one transaction, where a row changes without another one to have written it."""
    for title in ("First", "Second", "Third"):
        Job.objects.filter(posting_id=3).update(title=title)
        assert title in titles(get(client, "/"))


def test_a_line_remembers_which_skills_were_asked_for(client, thirty):
    assert "tag--accent" not in get(client, "/")
    assert "tag--accent" in get(client, "/?skill=Salesforce").partition('<ol class="jobs')[2]


def test_where_few_jobs_have_all_words_those_that_lack_one_stand_below(client, thirty):
    page = get(client, "/?q=restaurants+unheardofword")
    above, _, below = page.partition("Jobs that lack one of the words")
    assert "No open jobs" in above
    assert not titles(above)
    assert len(titles(below)) == 10
    found = get(client, re.search(r'<a href="([^"]+)">See all of them', page)[1].replace("&amp;", "&"))
    assert "30 open jobs" in found
    assert "lack one of the words" not in found
    assert "lack one of the words" not in get(client, "/?q=restaurants")


def test_suggestions_name_the_skill_and_the_alias_that_matched(client, salesforce):
    page = get(client, "/skills/suggest?q=SALES")
    assert 'data-value="Salesforce"' in page
    assert get(client, "/skills/suggest?q=zzzz").strip() == ""


@pytest.mark.parametrize("typed", ["%00", "%25_", "a" * 5000, "%F0%9F%9A%A2"])
def test_odd_typing_is_no_error(client, salesforce, typed):
    get(client, f"/skills/suggest?q={typed}")
    get(client, f"/?q={typed}&location={typed}&company_name={typed}&trail={typed}&cursor={typed}")


def test_a_job_shows_facts_evidence_and_the_posting(client, salesforce):
    text = "Who you are\n\n• You know Salesforce\n\nPay: €50 per hour & more."
    start = text.index("€50 per hour")
    pay = {"quote": "€50 per hour", "pointer": None, "start": start, "end": start + 12}
    facts = replace(
        job_facts(1),
        text=text,
        salary={"min": 50, "max": None, "currency": "EUR", "period": "hour", "ote": False},
        salary_min_usd=113_000,
        salary_max_usd=None,
        highlights=[],
        skills=(mention("Salesforce", text),),
        evidence={"salary": {"source": "text", "rule": "salary.single", "tier": 0, "confidence": 0.9, "spans": [pay]}},
    )
    jobs_publish(facts=[facts])
    page = get(client, f"/jobs/{Job.objects.get().pk}")
    assert '<span id="e-salary"><mark data-facts="salary">€50 per hour</mark></span> &amp; more.' in page
    assert '<a class="fact__link" href="#e-salary" data-fact="salary">from €50 per hour</a>' in page
    assert "from $113,000 per year in US dollars" in page
    assert '<p class="posting__heading">Who you are</p>' in page
    assert "salary.single, tier 0, 90 % sure" in page
    assert 'rel="noopener nofollow"' in page
    assert "Last seen" in page


def test_a_posting_cannot_write_html(client):
    jobs_publish(
        facts=[
            replace(
                job_facts(1), title="<script>alert(1)</script>", text="<img src=x onerror=alert(1)>", highlights=[], evidence={}, skills=()
            )
        ]
    )
    page = get(client, f"/jobs/{Job.objects.get().pk}")
    assert "<script>alert" not in page
    assert "<img" not in page


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"closed_at": NOW, "missing_since": NOW - timedelta(days=1)}, "has not listed this job since"),
        ({"missing_since": NOW}, "If the next one does not either"),
        ({"is_prospect": True}, "General application."),
        ({"reopened_count": 2}, "published again 2 times"),
        ({"text": ""}, "without a text"),
        ({"url": ""}, "Not stated"),
    ],
)
def test_a_job_says_what_is_special_about_it(client, changes, text):
    jobs_publish(facts=[replace(job_facts(1), skills=(), highlights=[], evidence={}, seniority_level="unknown", **changes)])
    assert text in get(client, f"/jobs/{Job.objects.get().pk}")


def test_the_way_back_is_the_search_one_came_from(client):
    jobs_publish(facts=[replace(job_facts(1), skills=())])
    path = f"/jobs/{Job.objects.get().pk}"
    assert 'href="/?q=account"' in get(client, path, Referer="http://testserver/?q=account")
    assert "evil" not in get(client, path, Referer="http://evil.example/?q=account")
    assert 'href="/"' in get(client, path, Referer="http://[")


def test_a_job_costs_two_queries(client, thirty, django_assert_num_queries):
    job = Job.objects.first()
    with django_assert_num_queries(2):  # the job with its content, its skills
        page = get(client, f"/jobs/{job.pk}")
    assert f'href="/companies/{job.company_id}"' in page
    assert f'href="/skills/{job.skill_ids[0]}"' in page


def test_an_unknown_job_is_not_found_in_the_same_design(client):
    answer = client.get("/jobs/123456789")
    assert answer.status_code == 404
    assert "There is nothing at this address" in answer.content.decode()
    assert "site-header" in answer.content.decode()


def test_the_page_says_how_many_matches_were_ranked(client, monkeypatch):
    monkeypatch.setattr("catalog.search.postgres.backend.RANKED", 2)
    jobs_publish(facts=[job_facts(n) for n in range(3)])
    told = "the newest 2, then of all others the newest 2"
    assert told in get(client, "/?q=restaurants")
    assert told not in get(client, "/?q=restaurants&sort=newest")
