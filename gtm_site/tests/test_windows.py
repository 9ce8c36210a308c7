from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.core.cache import cache
from redis import Redis

from gtm_site.windows import window_count


@pytest.fixture(autouse=True)
def _nothing_counted() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def test_a_window_counts_ends_and_can_be_read_and_forgotten() -> None:
    assert [window_count("guess", 60), window_count("guess", 60), window_count("other", 60)] == [1, 2, 1]
    assert cache.get("guess") == 2
    assert 0 < Redis.from_url(settings.REDIS_URL).ttl(cache.make_key("guess")) <= 60
    cache.delete("guess")
    assert window_count("guess", 60) == 1


def test_counting_costs_one_call(monkeypatch: pytest.MonkeyPatch) -> None:
    window_count("first", 60)  # Redis has the script from here on
    sent: list[str] = []
    original = Redis.execute_command

    def noted(self: Redis, *args: object, **options: object) -> object:
        sent.append(str(args[0]))
        return original(self, *args, **options)

    monkeypatch.setattr(Redis, "execute_command", noted)
    assert window_count("first", 60) == 2
    assert sent == ["EVALSHA"]
