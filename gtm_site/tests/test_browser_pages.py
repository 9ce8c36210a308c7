"""The pages in a real browser: accessible in both themes and widths, usable by keyboard and without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.cache import cache
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, expect

from catalog.facts import JobFacts, SkillMention
from catalog.models import Company, Job, Skill
from catalog.services import jobs_publish, skills_count_jobs
from catalog.tests.factories import job_facts
from catalog.vocabulary.skills import skill_register_name
from ingestion.models import Run, RunStage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DESKTOP, PHONE = (1440, 900), (390, 844)
TEXT = """About Harbour Lane

Harbour Lane makes scheduling software for ports. We are 80 people in four countries.

What you will do

• Own the forecast in Salesforce and defend it every Monday
• Teach the team to write the next step down
• Build dashboards in Looker

What you get

The base salary is $150,000 to $180,000 per year. The role is fully remote within the United States.
"""
_AXE = Axe()


def _span(quote: str) -> dict[str, object]:
    start = TEXT.index(quote)
    return {"quote": quote, "pointer": None, "start": start, "end": start + len(quote)}


def _mention(name: str) -> SkillMention:
    start = TEXT.index(name)
    return SkillMention(skill=name, surface=name, section="responsibilities", start=start, end=start + len(name))


def _evidence(source: str, *spans: dict[str, object]) -> dict[str, object]:
    return {"source": source, "rule": "a.rule", "tier": 0, "confidence": 0.9, "spans": list(spans)}


def _job() -> JobFacts:
    return replace(
        job_facts(1),
        title="Revenue Operations Manager",
        role_title="Revenue Operations Manager",
        company_name="Harbour Lane",
        job_function="revops",
        seniority_level="manager",
        remote_type="remote",
        text=TEXT,
        salary={"min": 150_000, "max": 180_000, "currency": "USD", "period": "year", "ote": False},
        salary_min_usd=150_000,
        salary_max_usd=180_000,
        highlights=[],
        skills=(_mention("Salesforce"), _mention("Looker")),
        evidence={
            "salary": _evidence("text", _span("$150,000 to $180,000 per year")),
            "remote_type": _evidence("text", _span("fully remote within the United States"), _span("in four countries")),
            "location": _evidence("structured", {"quote": "New York, NY", "pointer": "/location/name", "start": 0, "end": 12}),
            "job_summary": _evidence("text", _span("Own the forecast in Salesforce")),
        },
    )


@pytest.fixture
def job() -> Job:
    """One job with evidence among forty, more than a page of them in sales."""
    for name in ("Salesforce", "Looker"):
        skill_register_name(skill=Skill.objects.create(name=name, kind="tool", category="crm"))
    others = [
        replace(job_facts(n), title=f"Account Executive {n}", remote_type=("remote", "hybrid", "onsite")[n % 3], highlights=[], evidence={})
        for n in range(2, 42)
    ]
    jobs_publish(facts=[_job(), *others])
    skills_count_jobs()
    return Job.objects.get(posting_id=1)


@pytest.fixture
def run() -> Run:
    now = timezone.now()
    found = Run.objects.create(trace_id="t" * 32, kind="all", state="running", started_at=now - timedelta(seconds=30))
    RunStage.objects.create(run=found, name="fetch", unit="sources", total=200, done=50, started_at=now - timedelta(seconds=30))
    return found


@pytest.fixture(autouse=True)
def _fresh_cache() -> Iterator[None]:
    yield
    cache.clear()


class Tab:
    """A page of the browser that remembers everything the browser complained about."""

    def __init__(self, context: BrowserContext, base: str) -> None:
        self.page: Page = context.new_page()
        self.base = base
        self.complaints: list[str] = []
        self.page.on("console", lambda m: self._complained(m.text) if m.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _complained(self, text: str) -> None:
        # htmx tells of a search that a newer one replaced as of an error; a request that failed says so by another name, too.
        if not text.startswith(("htmx:afterRequest", "htmx:sendAbort")):
            self.complaints.append(text)

    def open(self, path: str) -> Page:
        self.page.goto(self.base + path)
        return self.page


@pytest.fixture
def tab(browser: Browser, live_server) -> Iterator[Tab]:
    context = browser.new_context(viewport={"width": DESKTOP[0], "height": DESKTOP[1]})
    yield (opened := Tab(context, live_server.url))
    context.close()
    assert opened.complaints == []


def _violations(page: Page) -> list[str]:
    """What axe finds in the light theme, and what the dark one adds: colours."""
    found = _AXE.run(page).response["violations"]
    page.emulate_media(color_scheme="dark")
    found += _AXE.run(page, options={"runOnly": ["color-contrast"]}).response["violations"]
    page.emulate_media(color_scheme="light")
    return [f"{v['id']}: {node['target']}" for v in found for node in v["nodes"]]


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_every_page_is_accessible_and_fits_in_both_themes(browser, live_server, job, run, size):
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, color_scheme="light")
    opened = Tab(context, live_server.url)
    jobs_publish(facts=[job_facts(99, source_key="zest", company_name="Zest", company_domain=None)])
    zest = Company.objects.get(name="Zest")
    found = {}
    filtered = "/?q=account&function=sales&remote=remote&min_comp=90000&skill=Salesforce"
    for path in (
        "/",
        filtered,
        "/?q=nosuchword&min_comp=x",
        f"/jobs/{job.pk}#e-salary",
        "/companies",
        "/companies?skill=Salesforce&started_within_days=30&sort=up",
        f"/companies/{job.company_id}",
        "/companies?skill=Salesforce&skill=Looker&min_open_jobs=90",
        f"/companies/compare?add=e&company={job.company_id}",
        f"/companies/compare?company={job.company_id}&company={zest.pk}",
        "/signals",
        "/signals?reason=hiring_again&skill=Salesforce",
        "/skills",
        f"/skills/{Skill.objects.get(name='Salesforce').pk}",
        "/runs",
        f"/runs/{run.pk}",
        "/sources",
        "/sources/crawls",
    ):
        page = opened.open(path)
        found[path] = _violations(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0], path
        assert page.evaluate("(nav => nav.scrollWidth <= nav.clientWidth)(document.querySelector('.site-nav'))"), path
    assert opened.complaints == []
    opened.open("/nothing-here")  # the browser itself reports the 404
    found["404"] = _violations(opened.page)
    context.close()
    assert {path: bad for path, bad in found.items() if bad} == {}


def test_search_filter_page_and_back(tab, job):
    page = tab.open("/")
    expect(page.locator("#results-count")).to_have_text("41 open jobs")

    page.get_by_role("checkbox", name="Hybrid").check()
    expect(page.locator("#results-count")).to_have_text("13 open jobs")
    expect(page).to_have_url(re.compile(r"/\?remote=hybrid$"))
    expect(page.get_by_role("link", name="Remove filter Workplace: Hybrid")).to_be_visible()

    page.get_by_role("checkbox", name="On-site").check()
    expect(page.locator("#results-count")).to_have_text("27 open jobs")
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_text("26–27 of 27")).to_be_visible()
    page.get_by_role("link", name="Previous").click()
    expect(page.get_by_text("1–25 of 27")).to_be_visible()

    page.go_back()
    page.go_back()
    page.go_back()
    expect(page.locator("#results-count")).to_have_text("13 open jobs")
    expect(page.get_by_role("checkbox", name="Hybrid")).to_be_checked()
    expect(page.get_by_role("checkbox", name="On-site")).not_to_be_checked()
    page.go_back()
    expect(page.locator("#results-count")).to_have_text("41 open jobs")


def test_typing_searches_and_keeps_the_focus_and_one_history_entry(tab, job):
    page = tab.open("/")
    page.keyboard.press("/")
    page.keyboard.type("revenue operations", delay=40)
    expect(page.locator("#results-count")).to_have_text("1 open job")
    expect(page.locator("#q")).to_be_focused()
    expect(page).to_have_url(re.compile(r"/\?q=revenue(\+|%20)operations$"))
    page.go_back()
    expect(page.locator("#results-count")).to_have_text("41 open jobs")
    expect(page.locator("#q")).to_have_value("")


def test_skills_are_chosen_by_keyboard(tab, job):
    page = tab.open("/")
    box = page.get_by_role("combobox", name="Skill or tool")
    box.press_sequentially("look")
    expect(page.get_by_role("option").first).to_be_visible()
    expect(box).to_have_attribute("aria-expanded", "true")
    box.press("ArrowDown")
    chosen = page.locator("[role=option][aria-selected=true]")
    expect(chosen).to_have_attribute("data-value", "Looker")
    assert box.get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    box.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    box.press("ArrowDown")
    expect(page.get_by_role("listbox")).to_be_visible()
    box.press("ArrowDown")
    box.press("Enter")
    expect(page.get_by_role("link", name="Remove filter Skill: Looker")).to_be_visible()
    expect(page.locator("#results-count")).to_have_text("1 open job")
    expect(page).to_have_url(re.compile(r"/\?skill=Looker$"))


def test_enter_takes_the_first_suggestion_even_before_it_is_shown(tab, job):
    page = tab.open("/")
    page.get_by_role("combobox", name="Skill or tool").fill("lookr")
    page.get_by_role("combobox", name="Skill or tool").press("Enter")
    expect(page.get_by_role("link", name="Remove filter Skill: Looker")).to_be_visible()


def test_half_a_skill_is_no_filter(tab, job):
    page = tab.open("/")
    page.get_by_role("combobox", name="Skill or tool").press_sequentially("loo")
    page.get_by_role("checkbox", name="Hybrid").check()
    expect(page.locator("#results-count")).to_have_text("13 open jobs")
    expect(page).to_have_url(re.compile(r"/\?remote=hybrid$"))


def test_a_fact_lights_all_its_evidence(tab, job):
    page = tab.open(f"/jobs/{job.pk}")
    page.get_by_role("link", name="Remote", exact=True).click()
    expect(page.locator("mark.lit")).to_have_text(["in four countries", "fully remote within the United States"])
    expect(page.locator("mark.lit").last).to_be_focused()
    expect(page.locator("mark.lit").last).to_be_in_viewport()

    page.get_by_role("link", name="Looker", exact=True).click()
    expect(page.locator("mark.lit")).to_have_text(["Looker"])
    expect(page).to_have_url(re.compile("#e-skill-"))
    page.reload()
    expect(page.locator("mark.lit")).to_have_text(["Looker"])


def test_evidence_in_an_ats_field_is_quoted_with_its_pointer(tab, job):
    page = tab.open(f"/jobs/{job.pk}")
    page.get_by_text("Location from ATS field").click()
    expect(page.get_by_text("/location/name")).to_be_visible()


def test_a_run_moves_by_itself_until_it_is_over(tab, run):
    page = tab.open(f"/runs/{run.pk}")
    expect(page.get_by_text("50 of 200 sources")).to_be_visible()
    RunStage.objects.update(done=200, ended_at=timezone.now())
    Run.objects.update(state="done", ended_at=timezone.now())
    expect(page.get_by_text("200 of 200 sources")).to_be_visible()
    expect(page.locator("#run")).not_to_have_attribute("hx-trigger", re.compile(".*"))


def test_the_chosen_theme_stays(tab, job):
    page = tab.open("/")
    button = page.get_by_role("button", name="Theme")
    button.click()
    button.click()
    expect(button).to_have_accessible_name("Theme: dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate("getComputedStyle(document.body).colorScheme") == "dark"


def test_everything_works_without_javascript(browser, live_server, job, run):
    context = browser.new_context(java_script_enabled=False, viewport={"width": DESKTOP[0], "height": DESKTOP[1]})
    page = context.new_page()
    page.goto(live_server.url)
    page.locator("#remote-remote").check()
    page.get_by_label("Skill or tool").fill("looker")
    page.get_by_role("button", name="Apply filters").click()
    expect(page.locator("#results-count")).to_have_text("1 open job")
    page.get_by_role("link", name="Revenue Operations Manager").click()
    page.locator("#facts").get_by_role("link", name="$150,000–180,000 per year").click()
    expect(page.locator("#e-salary")).to_be_in_viewport()
    lit = page.locator("#e-salary mark").evaluate("mark => getComputedStyle(mark).backgroundColor")
    assert lit == "rgb(255, 217, 84)"
    page.get_by_role("link", name="Back to the results").click()
    expect(page.locator("#results-count")).to_have_text("1 open job")
    page.goto(f"{live_server.url}/runs/{run.pk}")
    expect(page.get_by_text("50 of 200 sources")).to_be_visible()
    context.close()


@pytest.mark.parametrize("scripts", [True, False])
def test_values_are_left_out_in_one_click_and_taken_back(browser, live_server, job, scripts):
    context = browser.new_context(java_script_enabled=scripts, viewport={"width": DESKTOP[0], "height": DESKTOP[1]})
    page = context.new_page()
    page.goto(live_server.url)
    page.locator("#remote-hybrid").hover()
    page.get_by_role("button", name="Leave out Hybrid").click()
    expect(page.locator("#results-count")).to_have_text("28 open jobs")
    page.get_by_text("Leave out something else").click()
    box = page.get_by_role("combobox", name="Leave out a place")
    if scripts:
        box.fill("nowhere")
        box.press("Enter")
    else:
        box.fill("nowhere")
        page.get_by_role("button", name="Apply filters").click()
    expect(page.get_by_role("link", name="Remove filter Not place: nowhere")).to_be_visible()
    expect(page).to_have_url(re.compile("remote_not=hybrid"))
    expect(page).to_have_url(re.compile("location_not=nowhere"))
    page.get_by_role("link", name="Remove filter Not workplace: Hybrid").click()
    expect(page.locator("#results-count")).to_have_text("41 open jobs")
    context.close()


def test_filters_fold_on_a_phone(browser, live_server, job):
    context = browser.new_context(viewport={"width": PHONE[0], "height": PHONE[1]})
    page = context.new_page()
    page.goto(live_server.url)
    expect(page.get_by_role("checkbox", name="Hybrid")).to_be_hidden()
    page.get_by_text("Filters", exact=True).click()
    page.get_by_role("checkbox", name="Hybrid").check()
    expect(page.locator("#results-count")).to_have_text("13 open jobs")
    expect(page.get_by_role("checkbox", name="Hybrid")).to_be_in_viewport()
    page.get_by_role("button", name="Show 13 jobs").click()
    expect(page.get_by_role("checkbox", name="Hybrid")).to_be_hidden()
    expect(page.get_by_role("link", name="Account Executive 4", exact=True)).to_be_in_viewport()
    context.close()


@pytest.mark.parametrize("scripts", [True, False])
def test_on_a_phone_the_operators_pages_are_in_a_menu_and_results_begin_high(browser: Browser, live_server, job, scripts) -> None:
    with browser.new_context(viewport={"width": PHONE[0], "height": PHONE[1]}, java_script_enabled=scripts) as context:
        page = context.new_page()
        page.goto(f"{live_server.url}/?function=sales&seniority=mid&employment=full_time")
        first = page.locator(".job").first.bounding_box()
        assert first
        assert first["y"] < 380
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
        expect(page.get_by_role("link", name="Politeness")).to_be_hidden()
        page.get_by_text("Operations", exact=True).click()
        page.get_by_role("link", name="Politeness").click()
        expect(page).to_have_url(re.compile("/politeness$"))
