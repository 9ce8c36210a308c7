"""The queues' pages in a real browser: their inline scripts run under our content security policy."""

from __future__ import annotations

from collections.abc import Iterator

import django_rq
import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import Browser, expect
from rq import Queue

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def queue() -> Iterator[Queue]:
    """Two tasks in a queue that no worker reads."""
    waiting = django_rq.get_queue(settings.DEAD_LETTER_QUEUES["scrape"])
    for number in (1, 2):
        waiting.enqueue("builtins.abs", number)
    yield waiting
    waiting.delete(delete_jobs=True)


def test_tasks_are_selected_all_at_once(browser: Browser, live_server, admin_client, queue):
    index = sorted(settings.RQ_QUEUES).index(queue.name)  # as django-rq numbers them
    context = browser.new_context()
    context.add_cookies([{"name": "sessionid", "value": admin_client.cookies["sessionid"].value, "url": live_server.url}])
    page = context.new_page()
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if "Content Security Policy" in message.text else None)
    page.goto(live_server.url + reverse("django_rq:jobs", args=[index]))
    page.locator("#action-toggle").check()
    expect(page.locator("tr input.action-select:checked")).to_have_count(2)
    context.close()
    assert refused == []
