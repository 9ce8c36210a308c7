from __future__ import annotations

import pytest
from django.test import Client

from bench.pages import JOBS, Cost, ask, figure, result_of, table_of
from bench.pages_addresses import API, OTHERS, PAGES, addresses, reader
from catalog.models import Skill
from catalog.services import jobs_publish, skill_register_name
from catalog.tests.factories import job_facts, mention


@pytest.mark.django_db
def test_every_address_answers():
    skill_register_name(skill=Skill.objects.create(name="Salesforce", kind="tool", category="crm"))
    jobs_publish(facts=[job_facts(n, skills=(mention("Salesforce"),)) for n in range(1, 4)])
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(reader())
    asked = addresses()
    assert len(asked) == len(PAGES) + len(OTHERS) + len(API)
    costs = {name: [ask(client, address)] * 2 for name, address in asked.items()}
    assert costs["/companies"][0].statements >= 3
    assert table_of(result_of(costs, 1)).row_count == len(asked)


def test_what_costs_too_much_is_named():
    costs = {"/": [Cost(100, 20, 60, 5), Cost(120, 20, 80, 7)], "/slow": [Cost(900, 20, 300, 9)] * 2}
    assert figure(costs["/"]) == {"p50_ms": 110, "p95_ms": 119, "python_ms": 20, "postgres_ms": 70, "cpu_ms": 90, "statements": 7}
    result = result_of(costs, 2)
    assert (result["over"], result["conditions"]["jobs"]) == (["/slow"], JOBS)
