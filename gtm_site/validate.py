"""Acceptance in a real browser against a running system: `python -m gtm_site.validate http://127.0.0.1:8000`.

Walks as an analyst would: search, narrow down, open a job, light up a fact's evidence. Ends with status 1 at the first
thing that is not as it should be.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable

import httpx
from playwright.sync_api import Page, expect, sync_playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def health(url: str, _page: Page) -> None:
    for path in ("health", "health/db", "health/redis"):
        answer = httpx.get(f"{url}/{path}")
        assert answer.status_code == 200, f"/{path} answers {answer.status_code}"
        assert answer.json()["status"] == "ok"


def search(url: str, page: Page) -> None:
    page.goto(f"{url}/")
    expect(page.get_by_role("heading", name=re.compile(r"[1-9][\d,]*\+? open jobs"))).to_be_visible()
    page.goto(f"{url}/?q=engineer")
    expect(page.locator('a[href^="/jobs/"]').first).to_be_visible()


def job_with_evidence(url: str, page: Page) -> None:
    page.goto(f"{url}/")
    page.locator('a[href^="/jobs/"]').first.click()
    expect(page.get_by_role("heading", name="Facts")).to_be_visible()
    fact = page.locator('a[href^="#e-"]').first
    fact.click()
    expect(page.locator(fact.get_attribute("href") or "").first).to_be_in_viewport()


def runs(url: str, page: Page) -> None:
    page.goto(f"{url}/runs")
    expect(page.locator('a[href^="/runs/"]').first).to_be_visible()


STEPS: tuple[Callable[[str, Page], None], ...] = (health, search, job_with_evidence, runs)


def main(url: str) -> int:
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        print("no Chromium on PATH: install it (on Debian: apt-get install chromium)", file=sys.stderr)
        return 1
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        page = browser.new_page()
        for step in STEPS:
            try:
                step(url.rstrip("/"), page)
            except (AssertionError, httpx.HTTPError) as error:
                print(f"{step.__name__}: FAILED\n{error}", file=sys.stderr)
                return 1
            print(f"{step.__name__}: ok")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"))
