"""The controls of a run in a real browser: staff's session, htmx, our content security policy, and without JavaScript."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from ingestion.models import DeadLetter, Run, Source
from ingestion.services import run_create, run_start, stage_start

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Open = Callable[..., Page]


@pytest.fixture
def run() -> Run:
    run = run_start(run_id=run_create(kind="all", parameters={"queued": True}, by="operator").pk)
    stage_start(run_id=run.pk, name="fetch", unit="sources", total=200)
    source = Source.objects.create(source_type="lever", source_key="quay")
    DeadLetter.objects.create(source=source, kind="busy", message="503", attempts=6, run_id=run.pk)
    return run


@pytest.fixture
def as_staff(browser: Browser, live_server: Any, admin_client: Any) -> Iterator[Open]:
    """Opens a path in a fresh context with a staff session; what the browser complains about fails the test."""
    contexts, complaints = [], []

    def opened(path: str, **options: Any) -> Page:
        context = browser.new_context(**options)
        contexts.append(context)
        context.add_cookies([{"name": "sessionid", "value": admin_client.cookies["sessionid"].value, "url": live_server.url}])
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None)
        page.goto(live_server.url + path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.mark.parametrize("has_javascript", [True, False], ids=["htmx", "without JavaScript"])
def test_pause_resume_and_cancel(as_staff: Open, run: Run, has_javascript: bool):
    page = as_staff(f"/runs/{run.pk}", java_script_enabled=has_javascript)
    page.get_by_label("Reason, kept in the history").first.fill("an index is missing")
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("#run-head .tag")).to_have_text("paused")
    expect(page.get_by_role("cell", name="an index is missing")).to_be_visible()
    page.get_by_role("button", name="Resume").click()
    expect(page.locator("#run-head .tag")).to_have_text("running")
    page.get_by_text("Cancel the run").click()
    page.get_by_role("button", name="Cancel for good").click()
    expect(page.locator("#run-head .tag")).to_have_text("cancelled")
    expect(page.get_by_role("button", name="Pause")).to_have_count(0)
    assert Run.objects.get().state == "cancelled"


def test_a_reason_that_is_being_typed_outlives_the_polls(as_staff: Open, run: Run):
    page = as_staff(f"/runs/{run.pk}")
    box = page.get_by_label("Reason, kept in the history").first
    with page.expect_response(lambda answer: "shown=running" in answer.url):
        box.fill("half a sen")
    expect(box).to_have_value("half a sen")
    expect(box).to_be_focused()


@pytest.mark.parametrize("width", [1440, 390])
def test_the_controls_are_accessible_and_fit(as_staff: Open, run: Run, width: int):
    page = as_staff(f"/runs/{run.pk}", viewport={"width": width, "height": 900})
    page.get_by_text("Cancel the run").click()
    found = [violation["id"] for violation in Axe().run(page).response["violations"]]
    page.emulate_media(color_scheme="dark")
    found += [violation["id"] for violation in Axe().run(page, options={"runOnly": ["color-contrast"]}).response["violations"]]
    assert found == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_run_is_started_from_the_list(as_staff: Open, settings: Any):
    settings.FETCH_USER_AGENT = "GTM-Engine/0.1 (contact: tests@gtm-engine.example)"
    page = as_staff("/runs")
    page.get_by_label("Stop when so many postings are open").fill("500")
    page.get_by_role("button", name="Start a run").click()
    expect(page.locator("#run-head .tag")).to_have_text("queued")
    assert Run.objects.get().parameters == {"target": 500, "queued": True}
