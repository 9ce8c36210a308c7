from __future__ import annotations

import re
import subprocess
import sys
from typing import ClassVar

import pytest

from extraction.providers.llm_registry import _checked_name, llm_classes, names_of_tier


def test_vendors_are_found_by_being_there() -> None:
    assert list(llm_classes()) == ["anthropic", "ollama", "openai"]
    assert names_of_tier(1) == ("ollama", "openai")
    assert names_of_tier(2) == ("anthropic", "openai")


def test_every_vendor_states_the_contract() -> None:
    for name, vendor in llm_classes().items():
        assert re.fullmatch(r"[a-z0-9_]+", name)
        assert vendor.base_url.startswith("http")
        assert not vendor.base_url.endswith("/")
        assert vendor.default_models
        assert vendor.tiers <= {1, 2}


def test_a_name_is_that_of_its_file() -> None:
    class Other:
        name: ClassVar[str] = "other"

    with pytest.raises(ValueError, match="must be that of its file, 'ollama'"):
        _checked_name(Other, "ollama")


def test_asking_who_there_is_loads_no_client() -> None:
    script = "import sys; from extraction.providers.llm_registry import llm_classes; llm_classes(); print(*sys.modules)"
    loaded = set(subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split())
    assert not loaded & {"openai", "anthropic", "ollama", "httpx", "httpx2"}
