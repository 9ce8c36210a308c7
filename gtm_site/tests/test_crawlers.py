from __future__ import annotations

from urllib.robotparser import RobotFileParser

from django.contrib.staticfiles.finders import find
from django.test import Client


def test_robots_may_read_pages_but_not_the_rest():
    answer = Client().get("/robots.txt")
    assert answer["Content-Type"].startswith("text/plain")
    rules = RobotFileParser()
    rules.parse(answer.content.decode().splitlines())
    allowed = {
        path: rules.can_fetch("anybot", path) for path in ("/", "/jobs/1", "/runs", "/admin/", "/django-rq/", "/api/v1/jobs", "/api/docs")
    }
    assert [path for path, may in allowed.items() if may] == ["/", "/jobs/1", "/runs"]


def test_the_favicon_is_the_mark():
    answer = Client().get("/favicon.ico")
    assert (answer.status_code, answer["Location"]) == (302, "/static/mark.svg")
    assert find("mark.svg")
