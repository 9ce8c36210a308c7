"""Where tantivy indexes lie on disk, which of them is searched, and how far each has followed the rows. Imports tantivy.

    <folder>/current          the name of the index that is searched; absent until one is complete
    <folder>/<name>/          one index: tantivy's own files, and state.json

Every file is replaced in one step, after what it speaks of is on disk: a process that ends at any moment leaves an
index that can be searched and gone on with. Any number of processes read while one writes.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock
from typing import cast

import orjson
import tantivy

from catalog.changes import Position
from catalog.errors import IndexBusyError
from catalog.search.tantivy.kept import Kept
from catalog.search.tantivy.lag import Lag
from catalog.search.tantivy.schema import VERSION, make_index, open_index

_CURRENT = "current"
_STATE = "state.json"


@dataclass(frozen=True, slots=True)
class State:
    """How far an index has come. `filled_to`: jobs up to this id are in, until all are (None); `position`: of the changes since."""

    position: Position
    filled_to: int | None = 0
    version: int = VERSION

    @classmethod
    def read(cls, index: Path) -> State | None:
        """None for an index that cannot be gone on with: none, or one of another version."""
        try:
            found = orjson.loads((index / _STATE).read_bytes())
        except FileNotFoundError:
            return None
        if found["version"] != VERSION:
            return None
        return cls(Position.parse(found["position"]), found["filled_to"])

    def write(self, index: Path) -> None:
        values = {"version": self.version, "position": str(self.position), "filled_to": self.filled_to}
        _replace(index / _STATE, orjson.dumps(values))

    def filled(self) -> State:
        return replace(self, filled_to=None)


class IndexFolder:
    """The folder of the indexes, for writers; `Reader` searches."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def current(self) -> Path | None:
        """The index that is searched."""
        try:
            index = self.path / (self.path / _CURRENT).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        return index if State.read(index) else None

    @property
    def unfinished(self) -> Path | None:
        """The newest index that is still being filled, as whoever began it left it."""
        states = ((index, State.read(index)) for index in sorted(self._indexes(), reverse=True))
        return next((index for index, state in states if state and state.filled_to is not None), None)

    @property
    def is_filling(self) -> bool:
        """Whether an index is being filled, or the first one will be gone on with. A new one that was given up is not: it is begun anew."""
        try:
            with self.filling():
                return self.current is None and self.unfinished is not None
        except IndexBusyError:
            return True

    def begin(self, position: Position) -> Path:
        """A new, empty index beside the one that is searched; others that were never finished are removed."""
        self._remove_others()
        index = self.path / f"{time.time_ns():020}"
        index.mkdir(parents=True)
        make_index(index)
        State(position).write(index)
        return index

    def finish(self, index: Path) -> None:
        """From now on this index is searched. Whoever still reads another one has its files open."""
        _replace(self.path / _CURRENT, index.name.encode())
        self._remove_others()

    @contextlib.contextmanager
    def filling(self) -> Iterator[None]:
        """One process at a time fills an index. Raises IndexBusyError."""
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / "filling.lock").open("w") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise IndexBusyError("the search index is being filled by another process: wait for it, or stop it") from error
            yield

    def _indexes(self) -> list[Path]:
        return [path for path in self.path.iterdir() if path.is_dir()] if self.path.is_dir() else []

    def _remove_others(self) -> None:
        for index in self._indexes():
            if index != self.current:
                # Whoever follows the old one may be writing into it: what is left goes next time.
                shutil.rmtree(index, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Opened:
    """The index at one moment: a search and what is asked about it use the same one.

    `lag`: whether it has all changes. `counted`: how many jobs match. `queries`: what searches ask, in the quickest way for
    this state of it.
    """

    schema: tantivy.Schema
    searcher: tantivy.Searcher
    lag: Lag
    counted: Kept[int] = field(default_factory=Kept)
    queries: Kept[tantivy.Query] = field(default_factory=Kept)

    def numbers(self, column: str, places: list[tantivy.DocAddress]) -> list[int]:
        """A column's whole numbers at these places; it must have one everywhere."""
        return cast(list[int], self.searcher.fast_field_values(column, places))


class Reader:
    """Searches whatever index is the current one, as of its last commit. Three looks at the file system for each search."""

    def __init__(self, folder: IndexFolder) -> None:
        self._folder = folder
        self._lock = Lock()
        self._current: object = None
        self._commit: object = None
        self._path: Path | None = None
        self._index: tantivy.Index | None = None
        self._noted: object = None
        self._position: Position | None = None
        self._opened: Opened | None = None

    def open(self) -> Opened | None:
        """None while there is no index to search."""
        with self._lock:
            try:
                self._look()
            except (OSError, ValueError):
                # Another index took its place while it was being opened, and it is gone.
                self._current = None
                self._look()
            if self._opened is None and self._index is not None and self._position is not None:
                self._opened = Opened(self._index.schema, self._index.searcher(), Lag(self._position))
            return self._opened

    def _look(self) -> None:
        """What is there is noted before it is read: what comes in between is found at the next look."""
        current = _stamp(self._folder.path / _CURRENT)
        if current != self._current:
            self._opened = None
            self._path, self._index, self._commit, self._noted = self._folder.current, None, None, None
            self._current = current
        if self._path is None:
            return
        # How far it is, before what it holds: what is said of it is never more than what is there.
        noted = _stamp(self._path / _STATE)
        if noted != self._noted:
            self._opened = None
            state = State.read(self._path)
            self._position, self._noted = state.position if state else None, noted
        commit = _stamp(self._path / "meta.json")
        if commit != self._commit:
            self._opened = None
            if self._index is None:
                self._index = open_index(self._path)
            self._index.reload()
            self._commit = commit


def _stamp(path: Path) -> object:
    """Changes with every replacement of the file."""
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns


def _replace(path: Path, content: bytes) -> None:
    new = path.with_name(f"{path.name}.new")
    with new.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
