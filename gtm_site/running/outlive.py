"""Work of a command that tends the servers itself, while they come and go."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import redis
from django.db import InterfaceError, OperationalError, connection

# How long a start waits for database and Redis that went away; embedded ones are back in a second or two.
SERVERS_AWAY_S = 60.0

T = TypeVar("T")


def outlive(work: Callable[[], T], tend: Callable[[], None]) -> T:
    """What `work` answers, done again when database or Redis went away meanwhile; `tend` brings the embedded ones back.

    Only for work that may be done twice. Raises the error when they stay away.
    """
    deadline: float | None = None
    while True:
        try:
            return work()
        except (OperationalError, InterfaceError, redis.ConnectionError, redis.TimeoutError):
            connection.close()
            deadline = deadline or time.monotonic() + SERVERS_AWAY_S  # the work itself may have taken longer
            if time.monotonic() > deadline:
                raise
            tend()
            time.sleep(0.5)
