"""Counts of what happened since a window of time began, over all processes: of the cache, which reads and forgets them by their keys."""

from __future__ import annotations

from functools import lru_cache

from django.conf import settings
from django.core.cache import cache
from redis import Redis
from redis.commands.core import Script

# In one, so that no counter is left without an end when its process dies.
_COUNT = """
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return count
"""


def window_count(key: str, seconds: int) -> int:
    """How often this key was counted, with this time, since its window of so many seconds began. One call. Raises RedisError."""
    return int(_count()(keys=[cache.make_key(key)], args=[seconds]))


@lru_cache(maxsize=1)
def _count() -> Script:
    return Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2).register_script(_COUNT)
