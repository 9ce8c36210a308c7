"""What only a narrow browser shows: what is cut, covered or stuck together, and what a finger can hit."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, Locator, Page, expect

from catalog.models import Company, Job
from catalog.services import jobs_publish
from catalog.tests.factories import job_facts
from gtm_site.tests.test_browser_pages import DESKTOP, PHONE
from gtm_site.tests.test_browser_pages import job as job
from ingestion.models import Run

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

_LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    with browser.new_context(viewport={"width": PHONE[0], "height": PHONE[1]}) as context:
        yield context.new_page()


@pytest.fixture
def compared() -> str:
    """The address of four companies, one of them with a name of one long word, in sixteen countries."""
    countries = ["AT", "BE", "CA", "CH", "CZ", "DE", "DK", "ES", "FI", "FR", "GB", "IE", "IT", "NL", "NO", "US"]
    facts = [
        job_facts(n, source_key="long", company_name=_LONG, company_domain=None, location_country=code)
        for n, code in enumerate(countries, 1)
    ]
    facts += [job_facts(n, source_key=f"short{n}", company_name=f"Short {n}", company_domain=None) for n in range(21, 24)]
    jobs_publish(facts=facts)
    return "/companies/compare?" + "&".join(f"company={pk}" for pk in Company.objects.order_by("pk").values_list("pk", flat=True))


def box(found: Locator) -> dict[str, float]:
    measured = found.bounding_box()
    assert measured
    return dict(measured)


def text_box(found: Locator) -> dict[str, float]:
    """Of the letters with which an element begins, which may be smaller than the element."""
    script = "node => { const text = document.createRange(); text.selectNodeContents(node.firstChild); return text.getBoundingClientRect().toJSON() }"
    return dict(found.evaluate(script))


def hit(page: Page, found: Locator, *, down: float) -> bool:
    """Whether a tap on a link, so many pixels below its top, goes to it."""
    found.scroll_into_view_if_needed()
    at = box(found)
    return bool(found.evaluate("(link, [x, y]) => link.contains(document.elementFromPoint(x, y))", [at["x"] + 4, at["y"] + down]))


def test_a_long_name_does_not_make_the_comparison_wide(phone, live_server, compared):
    phone.goto(live_server.url + compared)
    assert box(phone.locator("table.compare"))["width"] < 2 * PHONE[0]
    notice, table = box(phone.locator(".compare-add")), box(phone.locator(".compare-table"))
    assert table["y"] - (notice["y"] + notice["height"]) >= 8


def test_titles_stay_whole_when_the_comparison_is_moved_sideways(phone, live_server, compared):
    phone.goto(live_server.url + compared)
    title = phone.get_by_text("Country 15 of 16, most jobs first")
    phone.locator(".compare-table").evaluate("table => table.scrollLeft = 200")
    assert phone.locator(".compare-table").evaluate("table => table.scrollLeft") > 100
    assert box(title)["x"] >= box(phone.locator(".compare-table"))["x"]


def test_names_stay_above_their_counts(browser, live_server, compared):
    with browser.new_context(viewport={"width": DESKTOP[0], "height": 700}) as context:
        page = context.new_page()
        page.goto(live_server.url + compared)
        page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
        assert page.evaluate("window.scrollY") > 200
        name = page.get_by_role("link", name="Short 21", exact=True)
        expect(name).to_be_in_viewport()
        assert hit(page, name, down=4)


def test_the_evidence_of_a_fact_can_be_hit_everywhere(phone, live_server, job):
    phone.goto(f"{live_server.url}/jobs/{job.pk}")
    evidence = phone.locator("#facts").get_by_role("link", name="Remote", exact=True)
    height = box(evidence)["height"]
    assert [down for down in range(1, int(height)) if not hit(phone, evidence, down=down)] == []


def test_a_fact_is_corrected_with_a_finger(phone, live_server, job: Job):
    client = Client()
    client.force_login(User.objects.create_user("boss", is_staff=True, is_superuser=True))
    phone.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    phone.goto(f"{live_server.url}/jobs/{job.pk}")
    assert box(phone.locator(".fact__correct").first)["height"] >= 24


def test_words_of_a_link_are_apart(phone, live_server):
    run = Run.objects.create(trace_id="t" * 32, kind="all", state="running", started_at=timezone.now())
    phone.goto(live_server.url + reverse("ingestion:runs"))
    link = phone.locator(f'a[href$="{run.pk}"]')
    assert text_box(link.locator("code"))["left"] - text_box(link)["right"] >= 3


def test_counts_stand_beside_their_names(phone, live_server, job):
    phone.goto(f"{live_server.url}/companies/{job.company_id}")
    share = phone.locator(".share").first
    name, count = text_box(share.locator("a")), text_box(share.locator(".num"))
    assert abs(name["top"] - count["top"]) < 3
