"""Boards into the database, many at once, so that one that cannot be stored hurts no other."""

from __future__ import annotations

import uuid

import structlog
from django.db import DatabaseError, OperationalError
from psycopg.errors import DeadlockDetected
from rq.timeouts import BaseTimeoutException

from ingestion.errors import RawObjectDamagedError, RawStorageError, UnreadableBodyError
from ingestion.services.boards import BoardRead, BoardResult, boards_store
from ingestion.services.refusals import is_refusal
from ingestion.services.sources import Claim, source_fail, sources_release

log = structlog.get_logger(__name__)


def store_or_divide(reads: list[BoardRead], run_id: uuid.UUID | None) -> list[BoardResult]:
    """Store boards together; when something in them cannot be stored, one by one, so that only that one is hurt."""
    try:
        return _store_undisturbed(reads, run_id)
    except (RawStorageError, BaseTimeoutException):
        raise  # the storage is away, or the task's time is over: no board's fault
    except Exception as error:
        if not is_refusal(error):
            raise
        if len(reads) > 1:
            return [result for read in reads for result in store_or_divide([read], run_id)]
        _put_aside(reads[0].claim, error, run_id)
        return []


def _store_undisturbed(reads: list[BoardRead], run_id: uuid.UUID | None) -> list[BoardResult]:
    """Store boards, once more where another transaction wanted their rows in another order and PostgreSQL ended this one."""
    try:
        return boards_store(reads=reads, run_id=run_id)
    except OperationalError as error:
        if not isinstance(error.__cause__, DeadlockDetected):
            raise
        log.info("boards are stored again after a deadlock", boards=len(reads), error=str(error))
        return boards_store(reads=reads, run_id=run_id)


def _put_aside(claim: Claim, error: Exception, run_id: uuid.UUID | None) -> None:
    """What becomes of a board that cannot be stored: it stays due when its bytes were deleted meanwhile, which is nobody's fault."""
    source = f"{claim.source_type}/{claim.source_key}"
    if isinstance(error, RawObjectDamagedError):
        log.info("board not stored, it stays due", source=source, error=str(error))
        sources_release(claims=[claim])
    else:
        log.error("board not stored", source=source, exc_info=error)
        reason = f"{'the database refused the board' if isinstance(error, DatabaseError) else type(error).__name__}: {error}"
        source_fail(claim=claim, error=UnreadableBodyError(reason, status=200), run_id=run_id)
