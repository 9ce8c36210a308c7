"""Fixtures of extraction's tests: boards read into the database through ingestion's own services."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.utils import timezone

from catalog.services import skills_import
from catalog.vocabulary.vocabulary_csv import DEFAULT_PATH
from ingestion import storage
from ingestion.ats.registry import adapter
from ingestion.models import RawPosting, Source
from ingestion.services import BoardRead, boards_store, page_read, sources_claim

TEXT = """<h2>About the role</h2><p>You will run the sales pipeline of our largest region and report to the head of sales.</p>
<h2>What you will do</h2><ul><li>Own the forecast in Salesforce</li><li>Build outbound sequences in Outreach and Gong</li></ul>
<h2>Requirements</h2><ul><li>5+ years of experience in B2B sales</li><li>Daily work with Snowflake and Tableau</li></ul>
<p>The base salary is $120,000 - $150,000 per year.</p>"""


def greenhouse_payload(number: int, **changes: Any) -> dict[str, Any]:
    payload = {
        "id": 1000 + number,
        "internal_job_id": 5000 + number,
        "title": f"Senior Account Executive {number}",
        "absolute_url": f"https://boards.greenhouse.io/acme/jobs/{1000 + number}",
        "location": {"name": "Berlin, Germany"},
        "company_name": "Acme Instruments",
        "content": TEXT.replace("<", "&lt;").replace(">", "&gt;"),
        "departments": [{"id": 1, "name": "Sales"}],
        "offices": [],
        "metadata": None,
        "updated_at": "2026-11-01T08:00:00-05:00",
        "first_published": "2026-10-01T08:00:00-05:00",
    }
    return payload | changes


@pytest.fixture
def raw_folder(settings: Any, tmp_path: Path) -> Path:
    folder = tmp_path / "raw"
    backend = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": folder}}
    settings.STORAGES = {**settings.STORAGES, "raw": backend}
    return folder


SKILLS = ("Salesforce", "Snowflake", "Tableau", "Gong", "Outreach", "Python")


@pytest.fixture
def vocabulary(db: None, tmp_path: Path) -> None:
    """A few lines of the real vocabulary: importing all of it would be most of a test's time."""
    lines = DEFAULT_PATH.read_text(encoding="utf-8").splitlines()
    few = tmp_path / "skills.csv"
    few.write_text("\n".join([lines[0], *(line for line in lines if line.split(",")[0] in SKILLS)]), encoding="utf-8")
    skills_import(path=few)


@pytest.fixture
def read_board(db: None, raw_folder: Path) -> Callable[..., list[RawPosting]]:
    """Read a Greenhouse board that answers these payloads; its postings by id."""

    def read(payloads: Sequence[dict[str, Any]], key: str = "acme") -> list[RawPosting]:
        body = orjson.dumps({"jobs": list(payloads), "meta": {"total": len(payloads)}})
        source, _ = Source.objects.get_or_create(source_type="greenhouse", source_key=key)
        Source.objects.filter(pk=source.pk).update(next_check_at=timezone.now() - timedelta(minutes=1), read_digest="")
        (claim,) = sources_claim(source_type="greenhouse", limit=1)
        reader = adapter("greenhouse")
        page = reader.split(body, reader.list_request(key))
        boards_store(reads=[BoardRead(claim, (page_read(reader, storage.keep(body), page),), "Acme Instruments", "digest")])
        return list(RawPosting.objects.filter(source=source).order_by("id"))

    return read
