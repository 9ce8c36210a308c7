"""The quality page in a real browser: accessible in both themes and widths, with and without figures."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.cache import cache
from django.core.management import CommandError, call_command
from playwright.sync_api import Browser

from catalog.services import jobs_publish
from catalog.tests.factories import job_facts
from extraction.evaluate.run import SAMPLE_FOLDER

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DESKTOP, PHONE = (1440, 900), (390, 844)


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_accessible_and_fits(browser: Browser, live_server: Any, size: tuple[int, int], scheme: Any) -> None:
    cache.clear()
    with browser.new_context(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, bypass_csp=True) as context:
        page = context.new_page()
        page.goto(f"{live_server.url}/quality")
        assert "Nothing was measured" in page.inner_text("main")
        assert Axe().run(page).response["violations"] == []
        _measure()
        page.reload()
        assert page.locator(".chart__line").count() > 1
        assert Axe().run(page).response["violations"] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]


def _measure() -> None:
    jobs_publish(facts=[job_facts(1)])
    call_command("evaluate", data=SAMPLE_FOLDER, store=True)
    with contextlib.suppress(CommandError):  # the few rows of the sample set do not agree with the project's table
        call_command("calibrate", data=SAMPLE_FOLDER, check=True, store=True)
