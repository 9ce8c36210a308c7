"""The documents say what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from compose_spec import PyCompose
from django.conf import settings
from django.core.management import get_commands

from extraction.providers.llm_registry import llm_classes
from ingestion.ats.registry import adapters

PROJECT = Path(settings.BASE_DIR)
OURS = {"gtm_site", "ingestion", "extraction", "catalog"}
READ = re.compile(
    r"env\.(?:text|optional|flag|integer|decimal|amount|optional_amount|choice|email|words|addresses|base_url|rate)\(\s*\"([A-Z0-9_]+)\""
)
MADE_BY_TOOLS = {"GTM_STATE_DIR"}


def variables_read() -> set[str]:
    sources = [path for app in OURS for path in (PROJECT / app).rglob("*.py") if "tests" not in path.parts]
    named = {name for path in sources for name in READ.findall(path.read_text(encoding="utf-8"))}
    models = {f"{name.upper()}_{what}" for name in llm_classes() for what in ("BASE_URL", "API_KEY")}
    return named | models | {name for adapter in adapters().values() for name in adapter.base_urls}


def variables_in_example() -> set[str]:
    text = (PROJECT / ".env.example").read_text(encoding="utf-8")
    return set(re.findall(r"^(?:# )?([A-Z][A-Z0-9_]+)=", text, re.MULTILINE))


def test_every_variable_is_in_the_example_and_nothing_else():
    assert variables_read() == variables_in_example()


def test_the_example_holds_the_defaults():
    lines = dict(re.findall(r"^([A-Z][A-Z0-9_]+)=(.*)$", (PROJECT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE))
    for name, adapter in ((name, a) for a in adapters().values() for name in a.base_urls):
        assert lines[name] == adapter.base_urls[name]
    for name, vendor in llm_classes().items():
        assert lines[f"{name.upper()}_BASE_URL"] == vendor.base_url
        assert lines[f"{name.upper()}_API_KEY"] == ""
    assert int(lines["TARGET_JOB_COUNT"]) == 50_000
    assert int(lines["TIER1_BATCH_SIZE"]) == 20


@pytest.mark.parametrize("name", ["POSTGRES_URL", "REDIS_URL", "S3_ENDPOINT", "S3_ACCESS_KEY", "S3_SECRET_KEY", "S3_BUCKET"])
def test_what_switches_embedded_services_off_stands_commented_out(name):
    assert re.search(rf"^# {name}=", (PROJECT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE)


def test_the_readme_names_every_command():
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    commands = [name for name, app in get_commands().items() if app in OURS]
    assert [name for name in commands if f"manage.py {name}" not in readme] == []


def test_the_readme_names_every_make_target():
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z][a-z-]*):.*##", (PROJECT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert [target for target in targets if f"make {target}" not in readme] == []


def test_the_documents_name_every_adapter():
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    assert [a.name for a in adapters().values() if a.name not in readme] == []


def test_the_documents_name_every_language_model():
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    assert [name for name in llm_classes() if f"`{name}`" not in readme] == []


def test_links_between_documents_lead_somewhere():
    documents = [PROJECT / "README.md", *(PROJECT / "docs").glob("*.md")]
    links = [(d, target) for d in documents for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", d.read_text(encoding="utf-8"))]
    broken = [f"{document.name}: {target}" for document, target in links if not (document.parent / target).exists()]
    assert broken == []


def test_no_document_says_a_thing_twice():
    for document in sorted({PROJECT / "README.md", *(PROJECT / "docs").glob("*.md")}):
        headings = re.findall(r"^#+ .+$", document.read_text(encoding="utf-8"), re.MULTILINE)
        assert len(headings) == len(set(headings)), f"{document.name} has a heading twice"


def test_docker_compose_follows_the_compose_specification():
    compose = PyCompose.from_yaml((PROJECT / "docker-compose.yml").read_text(encoding="utf-8"))
    compose.validate()
    compose.to_spec()
    assert set(compose.services or {}) >= {"postgres", "redis", "minio", "app"}
