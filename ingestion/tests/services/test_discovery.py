from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

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


def test_a_board_that_is_real_after_all_keeps_nothing_that_the_sandbox_said(settings: Any):
    said = {"last_checked_at": timezone.now(), "last_read_at": timezone.now(), "read_digest": "d", "validators": {"/": {"etag": "e"}}}
    later = timezone.now() + timedelta(days=7)
    make_source("acme", "lever", mark="sandbox", state="gone", state_reason="404", next_check_at=later, company_name="Invented", **said)
    known = make_source("other", "lever", state="valid", company_name="Other", next_check_at=later)
    settings.IN_SANDBOX = False
    find("acme", "other")
    acme = Source.objects.get(source_key="acme")
    assert (acme.state, acme.state_reason, acme.company_name) == ("discovered", "", "")
    assert (acme.last_checked_at, acme.last_read_at, acme.read_digest, acme.validators) == (None, None, "", {})
    assert list(Source.objects.due(timezone.now(), in_sandbox=False)) == [acme]
    assert Source.objects.filter(pk=known.pk, state="valid", company_name="Other", next_check_at=later).exists()
