"""An export as a download."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from django.http import StreamingHttpResponse
from django.utils import timezone

from catalog.changes import Position, settled_until
from catalog.exports.stream import Export
from catalog.exports.wanted import Wanted

# For a reader to take a piece.
PATIENCE_S = 60


def export_response(wanted: Wanted, environ: Mapping[str, Any]) -> StreamingHttpResponse:
    """The file as a download, with `X-Total-Count`, and `X-Since`, from where changes of all its jobs go on. Raises ExportBusyError.

    `environ`: of the request.

    A few jobs (`most`) are made at once, so that however slowly they are read they hold neither a snapshot nor a slot.
    """
    since = Position(settled_until())  # before the snapshot: what it has not is then still to come
    export = Export(wanted)
    name = f"jobs-{timezone.now():%Y-%m-%d}.{wanted.format.value}"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "X-Total-Count": str(export.total),
        "Cache-Control": "no-store",
    }
    if export.is_whole:
        headers["X-Since"] = str(since)
    _lose_patience(environ)
    pieces = export if wanted.most is None else _made_at_once(export)
    return StreamingHttpResponse(pieces, content_type=wanted.format.media_type, headers=headers)


def _lose_patience(environ: Mapping[str, Any]) -> None:
    """Gunicorn waits forever for a reader who has stopped to read; its socket does not."""
    if connected := environ.get("gunicorn.socket"):
        connected.settimeout(PATIENCE_S)


def _made_at_once(export: Export) -> list[bytes]:
    with contextlib.closing(export):
        return list(export)
