"""A real browser for the tests marked `browser`."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
_PATIENCE_MS = 20_000
"""How long a page may take to look as expected: a busy machine needs more than the usual five seconds."""
_HOW = "no Chromium on PATH: install the system's (`apt-get install chromium`, `brew install chromium`) or set GTM_CHROMIUM to its program"


def _chromium() -> str:
    """The system's Chromium; without one the test is skipped, or fails when GTM_REQUIRE_BROWSER=1."""
    found = os.environ.get("GTM_CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    if not found and os.environ.get("GTM_REQUIRE_BROWSER") == "1":
        pytest.fail(f"GTM_REQUIRE_BROWSER=1, but there is {_HOW}")
    return found or pytest.skip(_HOW)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Of the module, not of the session: Playwright's loop must not outlive it, for other tests run loops of their own."""
    program = _chromium()
    expect.set_options(timeout=_PATIENCE_MS)
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        chromium = playwright.chromium.launch(executable_path=program, args=_FLAGS)
        yield chromium
        chromium.close()
