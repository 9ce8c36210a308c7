from typing import ClassVar

import pytest

from extraction.errors import ProviderError
from extraction.providers.registry import DuplicateProviderError, provider_classes, register
from extraction.providers.rules import RulesProvider


def a_provider(key: str) -> type:
    class Made:
        name: ClassVar[str] = key
        tier: ClassVar[int] = 1

    return Made


def test_providers_are_found_by_being_there() -> None:
    assert provider_classes()["rules"] is RulesProvider
    assert {found.tier for found in provider_classes().values()} <= {0, 1, 2}


def test_a_name_that_is_taken_raises() -> None:
    found = {"rules": RulesProvider}
    with pytest.raises(DuplicateProviderError, match="Made and RulesProvider are both 'rules'"):
        register(found, a_provider("rules"))
    assert found == {"rules": RulesProvider}


def test_a_bad_name_raises() -> None:
    with pytest.raises(ValueError, match="must be made of"):
        register({}, a_provider("Open AI"))


def test_the_error_says_whether_to_try_again() -> None:
    assert ProviderError("busy", retryable=True).retryable
    assert str(ProviderError("refused", retryable=False)) == "refused"
