"""`manage.py evaluate --provider`: a language model on labelled rows, from the command to the stored figures."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from extraction.evaluate.run import SAMPLE_FOLDER
from extraction.models import LLMCall, Measurement
from sandbox.testing import RunningSandbox, running_sandbox

pytestmark = pytest.mark.django_db

TIERS = {"ollama": 1, "openai": 2, "anthropic": 2}
FILES = ["ats_full", "salary_usd"]
ROWS = 2


@pytest.fixture(scope="module")
def shared_vendors() -> Iterator[RunningSandbox]:
    with running_sandbox(generate=1, postings=1) as sandbox:
        yield sandbox


@pytest.fixture
def vendors(shared_vendors: RunningSandbox, settings: Any) -> Iterator[RunningSandbox]:
    addresses = shared_vendors.environment()
    settings.LLM_BASE_URLS = {name: addresses[f"{name.upper()}_BASE_URL"] for name in TIERS}
    settings.LLM_API_KEYS = dict.fromkeys(TIERS, "test")
    yield shared_vendors
    shared_vendors.control(faults=[])


def evaluate(provider: str, target: Path, **options: Any) -> dict[str, Any]:
    """The figures by file, as the command writes them."""
    asked = {"only": FILES, "limit": ROWS, "tier": TIERS.get(provider, 1), **options}
    call_command("evaluate", data=SAMPLE_FOLDER, provider=provider, json=target, **asked)
    figures: dict[str, Any] = json.loads(target.read_text(encoding="utf-8"))
    return figures


@pytest.mark.parametrize("provider", sorted(TIERS))
def test_a_model_is_measured_through_the_ledger_and_asked_once(
    provider: str, vendors: RunningSandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = evaluate(provider, tmp_path / "figures.json", store=True)
    assert {name: figures[name]["n"] for name in FILES} == dict.fromkeys(FILES, ROWS)
    assert provider in capsys.readouterr().out
    (stored,) = Measurement.objects.all()
    assert (stored.provider.split()[0], stored.tier, stored.rows) == (provider, TIERS[provider], ROWS * len(FILES))
    calls = LLMCall.objects.filter(provider=provider, state="answered", purpose="experiment")
    asked = calls.count()
    assert asked == LLMCall.objects.count() > 0
    assert evaluate(provider, tmp_path / "again.json") == figures
    assert LLMCall.objects.count() == asked


def test_what_a_model_invents_changes_no_figure(vendors: RunningSandbox, tmp_path: Path) -> None:
    vendors.control(faults=[{"kind": "invented", "rate": 1, "host": "ollama"}])
    lying = evaluate("ollama", tmp_path / "lying.json", only=["salary_usd"])
    rules = evaluate("rules", tmp_path / "rules.json", only=["salary_usd"])
    assert lying["salary_usd"]["accuracy"] == rules["salary_usd"]["accuracy"]
    assert "987,654" in LLMCall.objects.first().answer


def test_where_no_answer_can_be_used_the_rules_stand(vendors: RunningSandbox, tmp_path: Path) -> None:
    vendors.control(faults=[{"kind": "schema-ignored", "rate": 1, "host": "ollama"}])
    useless = evaluate("ollama", tmp_path / "useless.json")
    rules = evaluate("rules", tmp_path / "rules.json")
    for name in FILES:
        assert useless[name]["main"] == rules[name]["main"]


def test_a_model_that_is_not_there_is_said_with_what_to_do(vendors: RunningSandbox, settings: Any, tmp_path: Path) -> None:
    settings.TIER1_MODEL_NAME = "llama9:1b"
    with pytest.raises(CommandError, match="ollama pull llama9:1b"):
        evaluate("ollama", tmp_path / "figures.json")


def test_a_cap_ends_it_with_a_reason(vendors: RunningSandbox, settings: Any, tmp_path: Path) -> None:
    settings.LLM_SPEND_CAP_USD = 0
    with pytest.raises(CommandError, match="LLM_SPEND_CAP_USD"):
        evaluate("openai", tmp_path / "figures.json")
    assert not (tmp_path / "figures.json").exists()
