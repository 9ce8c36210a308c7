from __future__ import annotations

import asyncio
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from django.contrib.auth.models import User
from django.test import Client
from rest_framework.authtoken.models import Token

from bench.serving import BOUNDS, EMPTY, GENERIC, LIST, PAGE, RESULTS, TYPEAHEAD, ratios
from bench.serving_load import load, summary
from catalog.models import Skill
from catalog.services import jobs_publish, skill_register_name
from catalog.tests.factories import job_facts, mention


@pytest.mark.django_db
def test_the_generic_list_shows_the_same_items(settings):
    settings.ROOT_URLCONF = "bench.serving_urls"
    skill_register_name(skill=Skill.objects.create(name="Salesforce", kind="tool", category="crm"))
    jobs_publish(facts=[job_facts(n, skills=(mention("Salesforce"),)) for n in range(1, 8)])
    token = Token.objects.create(user=User.objects.create_user("reader"))
    client = Client(headers={"Authorization": f"Token {token.key}"})
    ours, generic = client.get("/api/v1/jobs").json(), client.get("/api/v1/bench/generic").json()
    assert (len(ours["items"]), generic["count"]) == (7, ours["count"])
    assert generic["results"] == ours["items"]
    assert list(client.get("/api/v1/bench/empty").json()) == ["request_id"]
    assert Client().get("/api/v1/bench/empty").status_code == 401


@pytest.fixture
def server():
    class Answer(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        asked: list[tuple[str, str]] = []

        def do_GET(self):
            self.asked.append((self.path, self.headers["Authorization"]))
            self.send_response(404 if self.path == "/gone" else 200)
            self.send_header("Content-Length", "5")
            self.end_headers()
            self.wfile.write(b"hello")

        def log_message(self, *args):
            pass

    running = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{running.server_address[1]}", Answer.asked
    running.shutdown()
    running.server_close()


def test_the_load_generator_asks_all_addresses_in_turn(server):
    url, asked = server
    found = asyncio.run(load([f"{url}/a?x=1", f"{url}/b"], connections=2, seconds=0.05, headers=["Authorization: Token t"]))
    assert found["requests"] == len(asked) >= 2
    assert set(asked) == {("/a?x=1", "Token t"), ("/b", "Token t")}


def test_an_answer_that_is_no_success_ends_the_measurement(server):
    with pytest.raises(ConnectionError, match="404"):
        asyncio.run(load([f"{server[0]}/gone"], connections=1, seconds=0.05, headers=[]))


def test_percentiles_are_of_sorted_latencies():
    found = summary([n / 1000 for n in range(1, 101)], 2.0)
    assert found == {"requests": 100, "seconds": 2.0, "p50_ms": 50, "p95_ms": 95, "p99_ms": 99}


def test_every_bound_has_its_ratio():
    figures = {name: {"requests_per_s": 100.0, "cpu_ms": 2.0} for name in (EMPTY, LIST, GENERIC, TYPEAHEAD, PAGE)}
    figures[GENERIC] = {"requests_per_s": 20.0, "cpu_ms": 9.0}
    assert ratios(figures) == {"list_rate_to_generic": 5, "list_cpu_to_empty": 1, "typeahead_cpu_to_empty": 1, "page_rate_to_list": 1}
    assert ratios(figures).keys() == BOUNDS.keys()


def test_the_kept_result_says_how_it_was_measured():
    result = json.loads(RESULTS.read_text())
    assert {"cores", "jobs", "connections", "generator"} <= result["conditions"].keys()
    assert result["conditions"]["jobs"] >= 50_000
    assert result["bounds"].keys() == BOUNDS.keys()
