from __future__ import annotations

from typing import Any

import pytest

from ingestion.models import Sighting, Source
from ingestion.services import Finding, findings_store
from ingestion.tests.factories import make_source

pytestmark = pytest.mark.django_db


def find(*source_keys: str) -> dict[str, str]:
    """The marks of all sources once these were found."""
    findings_store(findings=[Finding("lever", key, "") for key in source_keys], method=Sighting.Method.SEED, crawl="list")
    return dict(Source.objects.values_list("source_key", "mark"))


def test_the_real_world_marks_what_is_no_company(settings: Any):
    settings.IN_SANDBOX = False
    assert find("acme", "undefined", "acme-demo") == {"acme": "", "undefined": "phantom", "acme-demo": "demo"}


def test_the_sandbox_marks_what_only_it_named(settings: Any):
    settings.IN_SANDBOX = True
    make_source("real", "lever")
    make_source("undefined", "lever", mark="phantom")
    assert find("real", "undefined", "invented") == {"real": "", "undefined": "phantom", "invented": "sandbox"}


def test_what_the_real_world_names_is_the_sandboxs_no_longer(settings: Any):
    settings.IN_SANDBOX = True
    find("acme", "acme-demo", "invented")
    make_source("acme", "greenhouse", mark="sandbox")
    settings.IN_SANDBOX = False
    assert find("acme", "acme-demo")["acme-demo"] == "demo"
    marks = {str(source): source.mark for source in Source.objects.all()}
    assert marks == {"lever/acme": "", "lever/acme-demo": "demo", "lever/invented": "sandbox", "greenhouse/acme": "sandbox"}
