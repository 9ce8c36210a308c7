"""What `manage.py check`, and every command before it starts, says about language models. Asks no server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning

from extraction.providers.llm_registry import llm_classes


def language_models_check(*, app_configs: Sequence[Any] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """A vendor that is switched on needs its key; a thinking build is named with its price."""
    return [*_missing_keys(), *_thinking_builds()]


def _missing_keys() -> list[CheckMessage]:
    chosen = {1: str(settings.TIER1_PROVIDER), 2: str(settings.TIER2_PROVIDER)}
    return [
        Error(
            f"TIER{tier}_PROVIDER={name} needs a key, and {name.upper()}_API_KEY is empty.",
            hint=f"Set {name.upper()}_API_KEY, set {name.upper()}_BASE_URL to a server of your own, or switch the tier off.",
            id="extraction.E001",
        )
        for tier, name in chosen.items()
        if _lacks_key(name)
    ]


def _lacks_key(name: str) -> bool:
    vendor = llm_classes().get(name)
    if vendor is None or not vendor.needs_key or settings.LLM_API_KEYS[name]:
        return False
    return bool(settings.LLM_BASE_URLS[name] == vendor.base_url)


def _thinking_builds() -> list[CheckMessage]:
    if settings.TIER1_MODEL_NAME != "qwen3:4b" or settings.TIER1_PROVIDER not in ("auto", "ollama"):
        return []
    return [
        Warning(
            "TIER1_MODEL_NAME=qwen3:4b is a thinking build: it is slower and cannot be told to stop thinking.",
            hint="Set TIER1_MODEL_NAME=qwen3:4b-instruct, or leave it empty and run `ollama pull qwen3:4b-instruct`.",
            id="extraction.W001",
        )
    ]
