"""The pages of skills, as they work without JavaScript."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.models import Skill
from catalog.services import jobs_publish, skills_count_jobs
from catalog.skill_trend import skill_trend
from catalog.tests.factories import job_facts, mention
from catalog.vocabulary.skills import skill_register_name

pytestmark = pytest.mark.django_db


@pytest.fixture
def snowflake():
    for name, kind in (("Salesforce", "tool"), ("SQL", "skill"), ("Snowflake", "tool")):
        skill_register_name(skill=Skill.objects.create(name=name, kind=kind, category="data_tools"))
    return Skill.objects.get(name="Snowflake")


def published(posting_id, *skills, days=1, company="acme", **changes):
    seen = timezone.now() - timedelta(days=days)
    facts = job_facts(
        posting_id, source_key=company, company_name=company, company_domain=None, first_seen_at=seen, posted_at=seen, **changes
    )
    jobs_publish(facts=[replace(facts, skills=tuple(mention(name) for name in skills))])


def get(client, path):
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def names(page):
    return re.findall(r'<td><a href="/skills/\d+">([^<]+)<', page)


def test_an_empty_vocabulary_says_how_to_fill_it(client):
    assert "make seed" in get(client, "/skills")


def test_the_list_has_the_most_used_first_and_filters(client, snowflake):
    published(1, "Snowflake", "SQL")
    published(2, "Snowflake")
    skills_count_jobs()
    assert names(get(client, "/skills")) == ["Snowflake", "SQL", "Salesforce"]
    assert names(get(client, "/skills?q=SNOW")) == ["Snowflake"]
    assert names(get(client, "/skills?kind=skill")) == ["SQL"]
    assert names(get(client, "/skills?category=data_tools&q=s&kind=tool")) == ["Snowflake", "Salesforce"]
    assert "No skill or tool is called so" in get(client, "/skills?kind=%00x&q=%00&category=none")


def test_pages_of_the_list_follow_each_other(client):
    for n in range(60):
        skill_register_name(skill=Skill.objects.create(name=f"Tool {n}", kind="tool", category="x"))
    first = get(client, "/skills?kind=tool")
    second = get(client, re.search(r'rel="next" href="([^"]+)"', first)[1].replace("&amp;", "&"))
    assert len({*names(first), *names(second)}) == 60
    assert "made for another list" in get(client, "/skills?cursor=x")


def test_a_skill_says_who_hires_for_it_and_what_goes_with_it(client, snowflake):
    published(1, "Snowflake", "SQL", company="acme")
    published(2, "Snowflake", company="acme")
    published(3, "Snowflake", company="bolt", closed_at=timezone.now(), missing_since=timezone.now())
    published(4, "SQL", company="quill")
    page = get(client, f"/skills/{snowflake.pk}")
    assert "2 open jobs" in page
    assert re.search(r'<a href="/companies/\d+">acme</a></span><span class="num">2 jobs', page)
    assert "bolt" not in page
    assert "quill" not in page
    assert 'aria-label="Jobs with Snowflake and SQL"' in page
    assert "/companies?skill=Snowflake&amp;started_within_days=30" in page


def test_a_skill_without_jobs_says_so(client, snowflake):
    assert "No job names it lately" in get(client, f"/skills/{snowflake.pk}")
    assert client.get("/skills/999999").status_code == 404


def test_the_trend_counts_by_weeks_that_end_now(snowflake):
    for posting_id, days in ((1, 1), (2, 6), (3, 8), (4, 20), (5, 400)):
        published(posting_id, "Snowflake", days=days)
    published(6, "SQL", days=1)
    chart = skill_trend(snowflake.pk, timezone.now())
    assert chart.series[0].values == [1, 1, 2]


def test_a_trend_of_too_many_jobs_begins_with_a_complete_week(snowflake, monkeypatch):
    monkeypatch.setattr("catalog.skill_trend.MOST_JOBS", 3)
    for posting_id, days in enumerate((1, 2, 8, 15, 20), start=1):
        published(posting_id, "Snowflake", days=days)
    assert skill_trend(snowflake.pk, timezone.now()).series[0].values == [1, 2]


def test_a_skill_costs_the_same_however_many_jobs_it_has(client, snowflake, django_assert_max_num_queries, django_assert_num_queries):
    for n in range(1, 21):
        published(n, "Snowflake", "SQL", company=f"company{n}")
    with django_assert_max_num_queries(7) as page:
        get(client, f"/skills/{snowflake.pk}")
    sql = Skill.objects.get(name="SQL")
    published(21, "SQL")
    with django_assert_num_queries(len(page)):
        get(client, f"/skills/{sql.pk}")
    with django_assert_num_queries(3):
        get(client, "/skills")
