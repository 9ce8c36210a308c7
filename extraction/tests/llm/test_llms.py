from __future__ import annotations

from collections.abc import Iterator
from io import StringIO

import pytest
from django.core.management import call_command
from pytest_django import Settings as SettingsWrapper

from extraction.checks import language_models_check
from extraction.llm.llms import build, choose
from sandbox.testing import RunningSandbox, running_sandbox

NOBODY = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def models() -> Iterator[RunningSandbox]:
    with running_sandbox(generate=1, postings=1, arguments=["--openai-models=mine"]) as sandbox:
        yield sandbox


@pytest.fixture(autouse=True)
def tiers(settings: SettingsWrapper, models: RunningSandbox) -> Iterator[None]:
    """As after `make setup`, with the sandbox as the outside world."""
    places = models.environment()
    settings.LLM_BASE_URLS = {name: places[f"{name.upper()}_BASE_URL"] for name in settings.LLM_BASE_URLS}
    settings.LLM_API_KEYS = dict.fromkeys(settings.LLM_BASE_URLS, "")
    settings.TIER1_PROVIDER, settings.TIER1_MODEL_NAME = "auto", ""
    settings.TIER2_PROVIDER, settings.TIER2_MODEL_NAME = "disabled", ""
    yield
    models.control(faults=[])


def test_auto_takes_ollama_when_it_has_the_model() -> None:
    choice = choose(1)
    assert choice.ready
    assert choice.llm is not None
    assert (choice.llm.name, choice.llm.model, choice.llm.context_tokens) == ("ollama", "qwen3:4b-instruct", 16_384)
    assert "TIER1_PROVIDER=auto" in choice.message


def test_a_model_is_not_asked_for_more_context_than_it_has(settings: SettingsWrapper) -> None:
    settings.TIER1_CONTEXT_TOKENS = 1_000_000
    llm = choose(1).llm
    assert llm is not None
    assert llm.context_tokens == 262_144


def test_auto_takes_rules_when_nobody_answers(settings: SettingsWrapper) -> None:
    settings.LLM_BASE_URLS = {**settings.LLM_BASE_URLS, "ollama": NOBODY}
    choice = choose(1)
    assert choice.llm is None
    assert "rules alone" in choice.message
    assert NOBODY in choice.message


def test_auto_takes_rules_when_the_model_is_not_there(settings: SettingsWrapper) -> None:
    settings.TIER1_MODEL_NAME = "llama9"
    choice = choose(1)
    assert choice.llm is None
    assert "ollama pull llama9" in choice.message


def test_a_model_is_used_as_written(settings: SettingsWrapper) -> None:
    settings.TIER1_MODEL_NAME = "qwen3:4b"
    choice = choose(1)
    assert choice.llm is not None
    assert choice.llm.model == "qwen3:4b"
    assert choice.probe is not None
    assert choice.probe.thinking


def test_without_the_instruct_build_the_other_is_taken(settings: SettingsWrapper) -> None:
    with running_sandbox(generate=1, postings=1, arguments=["--ollama-models=qwen3:4b=thinking,other:1b"]) as other:
        settings.LLM_BASE_URLS = {**settings.LLM_BASE_URLS, "ollama": other.ollama_url}
        llm = choose(1).llm
    assert llm is not None
    assert llm.model == "qwen3:4b"


def test_a_server_of_ones_own_with_one_model_means_that_one(settings: SettingsWrapper) -> None:
    settings.TIER1_PROVIDER = "openai"
    choice = choose(1)
    assert choice.ready
    assert choice.llm is not None
    assert choice.llm.model == "mine"


def test_a_model_that_is_named_waits_for_its_server(settings: SettingsWrapper, models: RunningSandbox) -> None:
    settings.TIER1_PROVIDER = "ollama"
    models.control(faults=[{"kind": "503", "host": "ollama"}])
    choice = choose(1)
    assert choice.llm is not None
    assert not choice.ready


@pytest.mark.parametrize(("tier", "setting", "value"), [(1, "TIER1_PROVIDER", "rules"), (2, "TIER2_PROVIDER", "disabled")])
def test_a_tier_that_is_off(settings: SettingsWrapper, tier: int, setting: str, value: str) -> None:
    setattr(settings, setting, value)
    choice = choose(tier)
    assert choice.llm is None
    assert f"{setting}={value}" in choice.message


def test_tier_2_without_a_key_says_what_to_set(settings: SettingsWrapper) -> None:
    settings.TIER2_PROVIDER = "anthropic"
    settings.LLM_BASE_URLS = {**settings.LLM_BASE_URLS, "anthropic": "https://api.anthropic.com"}
    choice = choose(2)
    assert not choice.ready
    assert "ANTHROPIC_API_KEY" in choice.message
    (error,) = language_models_check()
    assert error.id == "extraction.E001"
    assert "ANTHROPIC_API_KEY is empty" in error.msg


def test_no_complaint_where_nothing_is_wrong(settings: SettingsWrapper) -> None:
    assert language_models_check() == []
    settings.TIER2_PROVIDER = "openai"
    assert language_models_check() == []  # a server of one's own needs no key
    settings.TIER1_MODEL_NAME = "qwen3:4b"
    (warning,) = language_models_check()
    assert warning.id == "extraction.W001"


def test_a_model_for_an_experiment_needs_no_tier() -> None:
    assert build("anthropic", 2, "claude-haiku-4-5").probe().ok


def test_the_command_shows_both_tiers(settings: SettingsWrapper) -> None:
    shown = StringIO()
    call_command("models", stdout=shown)
    assert "qwen3:4b-instruct" in shown.getvalue()
    assert "TIER2_PROVIDER=disabled" in shown.getvalue()
    settings.TIER1_PROVIDER, settings.TIER1_MODEL_NAME = "ollama", "llama9"
    with pytest.raises(SystemExit) as ended:
        call_command("models", stdout=shown)
    assert ended.value.code == 1
    assert "does not work" in shown.getvalue()
