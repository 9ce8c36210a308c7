"""A sentence in the search box of a real browser: filters to edit, how it was read, and the way back to plain words."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.cache import cache
from playwright.sync_api import Browser, expect

from catalog.models import Skill
from catalog.services import jobs_publish
from catalog.tests.factories import job_facts, mention
from catalog.vocabulary.skills import skill_register_name

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DESKTOP, PHONE = (1440, 900), (390, 844)
SENTENCE = "account executives in NYC paying over 100k using Salesforce, not remote, no agencies, 5+ years"
CHIPS = ["Function Sales", "Place NYC", "Skill Salesforce", "Not workplace Remote", "Pays at least $100,000 per year"]


@pytest.fixture(autouse=True)
def _jobs() -> None:
    cache.clear()
    skill_register_name(skill=Skill.objects.create(name="Salesforce", kind="tool", category="crm"))
    jobs_publish(facts=[job_facts(n, skills=(mention("Salesforce"),)) for n in range(1, 4)] + [job_facts(9, remote_type="remote")])


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("scripts", [True, False])
def test_a_sentence_becomes_filters_that_can_be_removed(
    browser: Browser, live_server: Any, size: tuple[int, int], scheme: Any, scripts: bool
) -> None:
    options: Any = {"viewport": {"width": size[0], "height": size[1]}, "color_scheme": scheme, "bypass_csp": True}
    with browser.new_context(**options, java_script_enabled=scripts) as context:
        page = context.new_page()
        page.goto(live_server.url)
        page.fill("#q", SENTENCE)
        page.get_by_role("button", name="Read as filters").click()
        expect(page.locator("#results-count")).to_have_text("3 open jobs")
        shown = [" ".join(text.split()) for text in page.locator(".chip:not(.chip--clear)").all_inner_texts()]
        assert set(CHIPS) <= set(shown)
        expect(page.get_by_role("note", name="How the sentence was read")).to_contain_text("there is no filter for years of experience")
        assert page.locator("html").evaluate("node => node.scrollWidth") <= size[0]
        if scripts:
            assert Axe().run(page).response["violations"] == []
        page.get_by_role("link", name="Remove filter Not workplace").click()
        expect(page.locator(".chip", has_text="Not workplace")).to_have_count(0)
        page.go_back()
        page.get_by_role("link", name="Search for the words instead").click()
        expect(page.locator(".chip")).to_have_count(0)
