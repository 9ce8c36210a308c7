"""Whether the service can do its work: 200 `ok` or 503 `down` (spec P3). Open, unthrottled, cheap."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

import structlog
from django.core.cache import cache
from django.db import DatabaseError, connection
from drf_spectacular.utils import extend_schema
from redis import RedisError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

log = structlog.get_logger(__name__)


def database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        log.warning("database_down", error=str(error))
        return False
    return True


def redis_answers() -> bool:
    try:
        cache.get("health")
    except RedisError as error:
        log.warning("redis_down", error=str(error))
        return False
    return True


class HealthView(APIView):
    """Everything that a request needs: the database and Redis."""

    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()
    checks: ClassVar[Sequence[Callable[[], bool]]] = (database_answers, redis_answers)

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        healthy = all(check() for check in self.checks)
        return Response({"status": "ok" if healthy else "down"}, status=200 if healthy else 503, headers={"Cache-Control": "no-store"})


class DatabaseHealthView(HealthView):
    """The database."""

    checks = (database_answers,)


class RedisHealthView(HealthView):
    """Redis."""

    checks = (redis_answers,)
