"""What the limiter knows of the configured hosts right now. Reading only; a Redis that does not answer knows nothing."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal

from django.conf import settings
from redis import Redis

from ingestion.ats.registry import adapter, regions
from ingestion.http.addresses import host_port
from ingestion.politeness.limiter import LONGEST_PAUSE_S, keys
from ingestion.reading import base_url

Breaker = Literal["closed", "open", "half-open"]


@dataclass(frozen=True)
class HostState:
    """One host. `interval_ms`: what the adaptive rate keeps between starts, None while it is not slowed down."""

    host: str
    in_use: int
    breaker: Breaker
    failing: int
    """Different boards that failed since the host last answered one."""
    rests_s: float
    """Seconds until something is sent again: a pause that it asked for, or its open breaker."""
    interval_ms: float | None


def host_states() -> list[HostState]:
    """Of every host that a base URL names. Raises redis.exceptions.RedisError."""
    urls = [*settings.ATS_BASE_URLS.values(), settings.CDX_BASE_URL, settings.COLUMNAR_BASE_URL]
    with _redis() as redis:
        return [_state(redis, host) for host in dict.fromkeys(host_port(url) for url in urls)]


def resting_regions(source_type: str) -> list[str]:
    """Regions of an ATS whose host rests for longer than a worker waits. Raises redis.exceptions.RedisError."""
    reader = adapter(source_type)
    with _redis() as redis:
        states = {region: _state(redis, host_port(base_url(reader, region))) for region in regions(reader)}
    return [region for region, state in states.items() if state.rests_s > LONGEST_PAUSE_S]


def _redis() -> Redis:
    return Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2, decode_responses=True)


def _state(redis: Redis, host: str) -> HostState:
    leases, state, failing = keys(host)
    now = time.time() * 1000
    values = {name: float(value) for name, value in redis.hgetall(state).items() if name != "probe"}
    open_until = values.get("open_until")
    rests_ms = max(values.get("not_before", 0.0), open_until or 0.0) - now
    return HostState(
        host=host,
        in_use=int(redis.zcount(leases, now, "+inf")),
        breaker="closed" if open_until is None else "open" if open_until > now else "half-open",
        failing=int(redis.scard(failing)),
        rests_s=max(0.0, rests_ms / 1000),
        interval_ms=values.get("interval"),
    )
