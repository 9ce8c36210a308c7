"""Ways through the catalogue as people go them: by keyboard alone, without JavaScript, on paper, with searches they keep."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.http import QueryDict
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from catalog.facts import JobFacts
from catalog.models import Company, Job, SavedSearch, Skill
from catalog.services import (
    companies_count_jobs,
    jobs_publish,
    places_count_jobs,
    saved_search_create,
    signals_keep,
    skill_register_name,
    skills_count_jobs,
)
from catalog.tests.factories import job_facts, mention, place
from gtm_site.tests.test_browser_pages import DESKTOP, PHONE, Tab, _violations
from ingestion.models import Run

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASSWORD = "correct horse battery"
_FOCUSED = """() => {
    const at = document.activeElement;
    const named = at.getAttribute("aria-label") || (at.labels && at.labels.length && at.labels[0].innerText) || at.innerText || "";
    return named.replace(/\\s+/g, " ").trim();
}"""

# Searches, and is done when the results are there.
_SEARCHED = """() => new Promise(done => {
    document.addEventListener("htmx:afterSettle", done, {once: true});
    document.getElementById("search").requestSubmit();
})"""


def _job(posting_id: int, *skills: str, days: int = 1, company: str = "harbour-lane", **changes: object) -> JobFacts:
    seen = timezone.now() - timedelta(days=days, minutes=posting_id)
    facts = job_facts(posting_id, source_key=company, company_name=company.replace("-", " ").title(), company_domain=None)
    at = {"first_seen_at": seen, "posted_at": seen}
    return replace(facts, skills=tuple(mention(name) for name in skills), **at, **changes)


@pytest.fixture(autouse=True)
def jobs() -> Iterator[None]:
    """Thirty jobs in New York, one in Berlin; Harbour Lane, known for long, started with Snowflake ten days ago."""
    for name in ("Salesforce", "Snowflake"):
        skill_register_name(skill=Skill.objects.create(name=name, kind="tool", category="data"))
    berlin = {"location_city": "Berlin", "location_state": None, "location_country": "DE", "location_text": "Berlin"}
    jobs_publish(
        facts=[
            _job(1, "Salesforce", days=100, company="harbour-lane", title="Sales Director"),
            _job(2, "Salesforce", "Snowflake", days=10, company="harbour-lane", title="Analytics Engineer", remote_type="remote"),
            _job(3, "Salesforce", company="zest", title="Vertriebsleiter", locations=[place("Berlin", None, "DE")], **berlin),
            *(_job(n, "Salesforce", company="acme", title=f"Account Executive {n}") for n in range(4, 32)),
        ]
    )
    skills_count_jobs()
    companies_count_jobs()
    places_count_jobs()
    signals_keep(seconds=60)
    yield
    cache.clear()


@pytest.fixture
def tab(browser: Browser, live_server) -> Iterator[Tab]:
    context = browser.new_context(viewport={"width": DESKTOP[0], "height": DESKTOP[1]})
    yield (opened := Tab(context, live_server.url))
    context.close()
    assert opened.complaints == []


@pytest.fixture
def user() -> User:
    return User.objects.create_user("ann", password=PASSWORD)


def _log_in(page: Page, base: str) -> None:
    page.goto(f"{base}/login?next=/saved")
    page.get_by_label("User name").fill("ann")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Saved searches")).to_be_visible()


def _tab_to(page: Page, name: str, *, most: int = 250) -> None:
    """Press Tab until what is called so has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if f"{page.evaluate(_FOCUSED)} ".startswith(f"{name} "):
            return
    raise AssertionError(f"Tab does not reach {name!r}")


def test_a_box_is_helped_though_another_was_left_just_before(tab):
    page = tab.open("/")
    page.evaluate("document.getElementById('skill').focus(); document.getElementById('location').focus()")
    page.keyboard.type("nyc")
    expect(page.locator("#location-options [role=option]")).to_have_count(1)


def test_results_that_come_meanwhile_leave_a_box_alone(tab):
    page = tab.open("/")
    box = page.get_by_role("combobox", name="Place")
    box.press_sequentially("nyc")
    expect(page.locator("#location-options [role=option]")).to_have_count(1)
    box.press("ArrowDown")
    page.evaluate(_SEARCHED)
    expect(box).to_be_focused()
    expect(box).to_have_value("nyc")
    expect(page.locator("[role=option][aria-selected=true]")).to_have_count(1)
    box.press("Enter")
    expect(page.get_by_role("link", name="Remove filter Place: New York, NY")).to_be_visible()
    expect(box).to_have_value("")
    box.press("Tab")
    expect(page.get_by_role("link", name="Remove filter Place: New York, NY")).to_be_visible()


def test_what_is_typed_before_results_come_is_kept_and_no_filter(tab):
    page, held = tab.open("/"), []
    page.route("**/?location=Deutschland", lambda route: held.append(route), times=1)
    box = page.get_by_role("combobox", name="Place")
    box.press_sequentially("Deutschland")
    with page.expect_request("**/?location=Deutschland"):
        box.press("Enter")
    box.press_sequentially("Mu")
    expect(page.get_by_role("link", name="Remove filter Place: Deutschland")).to_have_count(0)
    for route in held:
        route.continue_()
    expect(page.get_by_role("link", name="Remove filter Place: Deutschland")).to_be_visible()
    expect(box).to_have_value("Mu")
    page.evaluate(_SEARCHED)
    expect(page).to_have_url(re.compile(r"/\?location=Deutschland$"))
    expect(box).to_have_value("Mu")


@pytest.mark.parametrize("has_move", [True, False])
def test_what_was_typed_before_results_came_is_taken_when_the_box_is_left(tab, has_move):
    if not has_move:
        tab.page.add_init_script("delete Element.prototype.moveBefore")
    page = tab.open("/")
    assert page.evaluate("'moveBefore' in Element.prototype") == has_move
    box = page.get_by_role("combobox", name="Place")
    box.press_sequentially("Deutschland")
    page.evaluate(_SEARCHED)
    expect(box).to_be_focused()
    expect(box).to_have_value("Deutschland")
    expect(page).to_have_url(re.compile(r"/$"))
    box.press("Tab")
    expect(page.get_by_role("link", name="Remove filter Place: Deutschland")).to_be_visible()
    expect(box).to_have_value("")
    page.wait_for_url("**/?location=Deutschland")


def test_a_search_does_not_carry_a_button_that_has_the_focus_by_chance(tab):
    page = tab.open("/")
    leave_out = page.get_by_role("button", name="Leave out Snowflake")
    expect(leave_out).to_be_visible()
    page.get_by_role("searchbox").fill("salesforce")
    leave_out.focus()
    page.wait_for_url("**/?q=salesforce**")
    expect(page).to_have_url(re.compile(r"/\?q=salesforce$"))
    expect(page.locator("#results-count")).to_have_text("31 open jobs")
    page.get_by_role("button", name="Leave out Snowflake").press("Enter")
    expect(page.locator("#results-count")).to_have_text("30 open jobs")


def test_everything_can_be_reached_and_done_by_keyboard(tab):
    page = tab.open("/")
    page.keyboard.press("Tab")
    assert page.evaluate(_FOCUSED) == "Skip to content"
    page.keyboard.press("Enter")

    page.keyboard.press("/")
    page.keyboard.type("salesforce", delay=10)
    page.wait_for_url("**/?q=salesforce")
    expect(page.locator("#results-count")).to_have_text("31 open jobs")
    _tab_to(page, "Place")
    page.keyboard.type("nyc")
    expect(page.locator("#location-options [role=option]")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Remove filter Place: New York, NY")).to_be_visible()
    expect(page.locator("#results-count")).to_have_text("30 open jobs")
    expect(page.locator("#location")).to_be_focused()

    _tab_to(page, "Hybrid")
    page.keyboard.press("Space")
    expect(page.locator("#results-count")).to_have_text("29 open jobs")

    _tab_to(page, "Next")
    page.keyboard.press("Enter")
    expect(page.get_by_text("26–29 of 29")).to_be_visible()
    page.go_back()
    expect(page.get_by_text("1–25 of 29")).to_be_visible()

    _tab_to(page, "Account Executive 4")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Account Executive 4")).to_be_visible()
    _tab_to(page, "Salesforce")
    page.keyboard.press("Enter")
    expect(page.locator("mark.lit")).to_have_text(["Salesforce"])
    expect(page.locator("mark.lit")).to_be_focused()

    page.go_back()
    expect(page.locator("#results-count")).to_have_text("29 open jobs")
    expect(page.get_by_role("checkbox", name="Hybrid")).to_be_checked()
    _tab_to(page, "Remove filter Place: New York, NY")
    page.keyboard.press("Enter")
    expect(page.locator("#results-count")).to_have_text("30 open jobs")


@pytest.mark.parametrize("path", ["/", "/companies"])
@pytest.mark.parametrize("link", ["Skip to results", "Skip to results, past the filters"])
def test_the_filters_are_skipped_by_keyboard(tab, path, link):
    page = tab.open(path)
    if link != "Skip to results":
        page.keyboard.press("/")
    for _ in range(4):
        page.keyboard.press("Tab")
        if page.evaluate(_FOCUSED) == link:
            break
    expect(page.get_by_role("link", name=link, exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#results")).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('#results') !== null")


@pytest.mark.parametrize("path", ["/", "/companies"])
def test_a_company_is_chosen_by_arrow_keys(tab, path):
    page = tab.open(path)
    box = page.get_by_role("combobox", name="Company")
    box.fill("harb")  # at once: letter by letter, arrows may still move in what the first ones found
    expect(box).to_have_attribute("aria-expanded", "true")
    box.press("ArrowDown")
    option = page.locator("[role=option][aria-selected=true]")
    expect(option).to_contain_text("Harbour Lane")
    assert box.get_attribute("aria-activedescendant") == option.get_attribute("id")
    box.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(box).to_have_value("harb")
    box.press("ArrowDown")
    expect(page.get_by_role("listbox")).to_be_visible()
    box.press("ArrowDown")
    box.press("Enter")
    expect(page.get_by_role("link", name="Remove filter Company: Harbour Lane")).to_be_visible()
    expect(page).to_have_url(re.compile(rf"\?company={Company.objects.get(name='Harbour Lane').pk}$"))


def test_arrows_that_go_before_the_last_answer_are_not_lost(tab):
    page = tab.open("/companies")
    box = page.get_by_role("combobox", name="Company")
    box.fill("har")
    expect(box).to_have_attribute("aria-expanded", "true")
    box.press("ArrowDown")
    option = page.locator("[role=option][aria-selected=true]")
    expect(option).to_contain_text("Harbour Lane")
    option.evaluate("(shown) => { shown.dataset.former = '' }")
    box.press("b")
    expect(page.locator("[data-former]")).to_have_count(0)
    expect(option).to_contain_text("Harbour Lane")


def test_a_place_is_chosen_by_mouse_and_what_is_typed_counts_too(tab):
    page = tab.open("/")
    page.get_by_role("combobox", name="Place").press_sequentially("germ")
    page.get_by_role("option", name="Germany 1 open job", exact=True).click()
    expect(page.locator("#results-count")).to_have_text("1 open job")
    page.get_by_role("link", name="Clear all").click()
    expect(page.locator("#results-count")).to_have_text("31 open jobs")

    box = page.get_by_role("combobox", name="Place")
    box.press_sequentially("Deutschland")
    box.press("Enter")
    expect(page.get_by_role("link", name="Remove filter Place: Deutschland")).to_be_visible()
    expect(page.locator("#results-count")).to_have_text("1 open job")


def test_nothing_to_suggest_is_said(tab):
    page = tab.open("/")
    box = page.get_by_role("combobox", name="Place")
    box.press_sequentially("xqzw")
    expect(page.get_by_text("No suggestions; Enter takes what is typed")).to_be_visible()
    expect(box).to_have_attribute("aria-expanded", "false")


def test_who_started_hiring_for_a_tool_is_two_clicks_and_its_name(tab):
    page = tab.open("/")
    page.get_by_role("combobox", name="Skill or tool").press_sequentially("snowflake")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Who started hiring for Snowflake").click()
    expect(page.locator("#results-count")).to_have_text("1 company")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    with open(download.value.path(), encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 1
    assert "Harbour Lane" in rows[0].values()


def test_a_search_is_kept_opened_renamed_and_deleted(browser, live_server, user):
    """Without JavaScript, so that both ways are tested: the forms are the same."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    _log_in(page, live_server.url)
    page.goto(f"{live_server.url}/?skill=Salesforce&remote=hybrid")
    page.get_by_role("link", name="Save this search").click()
    page.get_by_label("Name").fill("Hybrid with Salesforce")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Nothing new")).to_be_visible()

    SavedSearch.objects.update(looked_at=timezone.now() - timedelta(days=2))
    page.reload()
    page.get_by_role("button", name="30 new").click()
    expect(page.locator("#results-count")).to_have_text("30 open jobs")
    page.get_by_role("link", name="Saved", exact=True).click()
    expect(page.get_by_text("Nothing new")).to_be_visible()

    page.get_by_text("Rename").first.click()
    page.get_by_label("New name of").fill("Mine")
    page.get_by_role("button", name="Rename").click()
    page.get_by_role("link", name="Mine", exact=True).click()
    expect(page.locator("#results-count")).to_have_text("30 open jobs")
    page.go_back()
    page.get_by_text("Delete").first.click()
    page.get_by_role("button", name="Delete “Mine”").click()
    expect(page.get_by_role("heading", name="Nothing saved yet")).to_be_visible()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("link", name="Log in")).to_be_visible()
    context.close()


def _paths() -> list[str]:
    job, company, skill = (model.objects.order_by("pk")[0].pk for model in (Job, Company, Skill))
    run = Run.objects.create(trace_id="t" * 32, kind="all", state="done", started_at=timezone.now(), ended_at=timezone.now())
    pages = [
        "/",
        "/companies",
        "/companies?skill=Snowflake&started_within_days=30",
        "/signals",
        "/skills",
        "/sources",
        "/sources/crawls",
        "/runs",
    ]
    pages += [
        "/politeness",
        "/quality",
        "/cost",
        "/experiments",
        "/api/docs",
        "/login",
        "/saved",
        "/saved/new?subject=jobs&skill=Snowflake",
    ]
    return [*pages, f"/jobs/{job}", f"/companies/{company}", f"/skills/{skill}", f"/runs/{run.pk}", "/?q=nosuchword&remote=hybrid"]


def test_every_page_is_there_without_javascript(browser, live_server, user):
    context = browser.new_context(java_script_enabled=False, viewport={"width": DESKTOP[0], "height": DESKTOP[1]})
    page = context.new_page()
    _log_in(page, live_server.url)
    for path in _paths():
        answer = page.goto(live_server.url + path)
        assert answer is not None
        assert answer.status == 200, path
        assert page.locator("h1").count() == 1, path
        assert page.locator("main").inner_text().strip(), path
        assert not page.locator(".js-only:visible").count(), path
    context.close()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_pages_of_people_with_an_account_are_accessible(browser, live_server, user, size):
    for name, query in (("Snowflake in Berlin or anywhere else that has a long name", "skill=Snowflake&location=Berlin"), ("All", "")):
        saved_search_create(user=user, name=name, subject="jobs", query=QueryDict(query))
    SavedSearch.objects.filter(name="All").update(query="telepathy=1")
    SavedSearch.objects.exclude(name="All").update(looked_at=timezone.now() - timedelta(days=99), query="skill=Salesforce")
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, color_scheme="light")
    opened = Tab(context, live_server.url)
    _log_in(opened.page, live_server.url)
    found = {}
    for path in ("/saved", "/saved/new?subject=jobs&skill=Snowflake", "/login", "/politeness", "/api/docs"):
        page = opened.open(path)
        found[path] = _violations(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0], path
        assert page.evaluate("(nav => nav.scrollWidth <= nav.clientWidth)(document.querySelector('.site-nav'))"), path
    context.close()
    assert {path: bad for path, bad in found.items() if bad} == {}


def test_an_open_list_of_suggestions_is_accessible(tab):
    page = tab.open("/")
    page.get_by_role("combobox", name="Place").press_sequentially("new")
    expect(page.get_by_role("listbox")).to_be_visible()
    page.keyboard.press("ArrowDown")
    assert _violations(page) == []


def test_no_page_is_wider_than_its_window(browser, live_server, user):
    context = browser.new_context()
    page = context.new_page()
    _log_in(page, live_server.url)
    for path in ("/?skill=Snowflake&remote=remote", "/companies?skill=Snowflake", "/signals", f"/jobs/{Job.objects.order_by('pk')[0].pk}"):
        page.goto(live_server.url + path)
        for width in (360, 640, 770, 900, 1024, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
    context.close()


def test_on_paper_there_are_facts_and_text_and_no_frame(tab):
    job = Job.objects.get(title="Analytics Engineer")
    for path, seen in ((f"/jobs/{job.pk}", "#facts"), (f"/companies/{job.company_id}", ".columns__plot")):
        page = tab.open(path)
        page.emulate_media(media="print", color_scheme="dark")
        expect(page.locator(seen).first).to_be_visible()
        for frame in (".site-header", ".site-footer", ".back", ".skip"):
            expect(page.locator(frame)).to_be_hidden()
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        ink = page.evaluate("getComputedStyle(document.querySelector('h1')).color")
        assert max(int(part) for part in ink.removeprefix("rgb(").removesuffix(")").split(",")) < 100
