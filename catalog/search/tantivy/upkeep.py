"""Filling a tantivy index from the jobs' rows, and following their changes. Imports tantivy."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import tantivy

from catalog.changes import Position, settled_until
from catalog.errors import IndexBusyError
from catalog.models import Job
from catalog.search.tantivy.folder import IndexFolder, State
from catalog.search.tantivy.schema import READ, document, open_index, schema

BATCH = 2_000
# What a process that ends in the middle has to read again, at most.
_COMMIT_EVERY = 50_000
_HEAP_BYTES = 100_000_000
_WAIT_S = 30.0
# For what can be written later just as well; longer than the follower takes for its turn.
_SHORT_WAIT_S = 4.0

Progress = Callable[[int], None]


def rebuild(folder: IndexFolder, on_progress: Progress) -> None:
    """A new index of all jobs takes the place of the one that is searched meanwhile. Raises IndexBusyError."""
    with folder.filling():
        index = folder.begin(Position(settled_until()))
        _fill(folder, index, float("inf"), on_progress)


def keep_up(folder: IndexFolder, seconds: float) -> int:
    """Follow the changes of jobs, or go on filling the first index, for about so long; how many jobs were written.

    Raises IndexBusyError.
    """
    until = time.monotonic() + seconds
    if folder.current is not None:
        return _follow(folder.current, until)
    with folder.filling():
        index = folder.unfinished or folder.begin(Position(settled_until()))
        return _fill(folder, index, until, lambda done: None)


def write(folder: IndexFolder, job_ids: Collection[int]) -> None:
    """Bring these jobs in line with their rows now, whatever the follower has seen.

    Raises IndexBusyError, after a short wait, and while another index is being filled, which may have read them already. Call
    it when what is to be written has been committed: an index that is begun from then on reads it by itself.
    """
    if folder.is_filling:
        raise IndexBusyError("the search index is being filled by another process")
    index = folder.current
    if index is None:
        return
    with _writer(index, _SHORT_WAIT_S) as writer:
        _remove(writer, job_ids)
        _add(writer, Job.objects.filter(pk__in=job_ids).values_list(*READ))
        writer.commit()


def _fill(folder: IndexFolder, index: Path, until: float, on_progress: Progress) -> int:
    """In the order of ids; resumed behind the last one of which the index says that it is in."""
    state = _state(index)
    assert state.filled_to is not None
    begun, done = state.filled_to, 0
    with _writer(index) as writer:
        # Committed but not noted, when somebody ended in between.
        writer.delete_documents_by_query(tantivy.Query.range_query(schema(), "id", tantivy.FieldType.Unsigned, begun + 1, None))
        for rows in _batches(begun):
            _add(writer, rows)
            done += len(rows)
            state = replace(state, filled_to=rows[-1][0])
            on_progress(done)
            if time.monotonic() > until:
                break
            if done % _COMMIT_EVERY < BATCH:
                _commit(writer, index, state)
        else:
            state = state.filled()
        _commit(writer, index, state)
    if state.filled_to is None:
        folder.finish(index)
    return done


def _batches(after: int) -> Iterator[Sequence[Sequence[Any]]]:
    while rows := list(Job.objects.filter(pk__gt=after).order_by("pk").values_list(*READ)[:BATCH]):
        yield rows
        after = rows[-1][0]


def _follow(index: Path, until: float) -> int:
    """Rows are read by the only writer: read before, they could be older than what `write` has written in between."""
    done = 0
    if not Job.objects.changed_since(_state(index).position).exists():
        return 0
    with _writer(index) as writer:
        state = _state(index)
        while rows := _changes(state.position):
            _remove(writer, [job_id for _, job_id, *_ in rows])
            _add(writer, [row[1:] for row in rows])
            state = replace(state, position=Position(rows[-1][0], rows[-1][1]))
            done += len(rows)
            _commit(writer, index, state)
            if len(rows) < BATCH or time.monotonic() > until:
                break
    return done


def _state(index: Path) -> State:
    state = State.read(index)
    assert state is not None
    return state


def _changes(position: Position) -> list[Sequence[Any]]:
    return list(Job.objects.changed_since(position).values_list("updated_at", *READ)[:BATCH])


@contextlib.contextmanager
def _writer(index: Path, wait_s: float = _WAIT_S) -> Iterator[tantivy.IndexWriter]:
    """The only writer of this index; opened anew each time, so that it begins with the last commit of whoever wrote before.

    Raises IndexBusyError when another process has not finished in time.
    """
    writer = _acquire(index, time.monotonic() + wait_s)
    try:
        yield writer
    finally:
        writer.wait_merging_threads()


def _acquire(index: Path, until: float) -> tantivy.IndexWriter:
    while True:
        try:
            return open_index(index).writer(_HEAP_BYTES, 1)
        except ValueError as error:
            if "LockBusy" not in str(error):
                raise
            if time.monotonic() > until:
                raise IndexBusyError("the search index is being written by another process") from error
            time.sleep(0.05)


def _remove(writer: tantivy.IndexWriter, job_ids: Collection[int]) -> None:
    """By query: by term, an id of Python's is taken for a signed number, which no job has."""
    writer.delete_documents_by_query(tantivy.Query.term_set_query(schema(), "id", list(job_ids)))


def _add(writer: tantivy.IndexWriter, rows: Collection[Sequence[Any]]) -> None:
    for row in rows:
        writer.add_document(document(row))


def _commit(writer: tantivy.IndexWriter, index: Path, state: State) -> None:
    writer.commit()
    state.write(index)
