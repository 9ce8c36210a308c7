"""How far the tantivy index is. Imports tantivy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from catalog.models import Job
from catalog.search.tantivy.folder import IndexFolder, Reader, State


@dataclass(frozen=True, slots=True)
class IndexStatus:
    """`jobs`: rows in PostgreSQL. `indexed`: those in the index that is searched, None where there is none yet.

    `to_follow`: jobs changed since the index last looked. `filled`: jobs in an index that is being filled beside it.
    """

    path: str
    jobs: int
    indexed: int | None
    to_follow: int
    filled: int | None
    segments: int
    megabytes: float

    def __str__(self) -> str:
        lines = [f"{self.path}: {self.megabytes:,.1f} MB"]
        if self.indexed is None:
            lines.append(f"No index yet, PostgreSQL answers. `manage.py search_index rebuild` makes one of {self.jobs:,} jobs.")
        else:
            lines.append(f"{self.indexed:,} of {self.jobs:,} jobs are in {self.segments} segments; {self.to_follow:,} have changed since.")
        if self.filled is not None:
            lines.append(f"Another one is being filled: {self.filled:,} jobs are in.")
        return "\n".join(lines)


def index_status(path: Path) -> IndexStatus:
    folder = IndexFolder(path)
    opened = Reader(folder).open()
    state = State.read(folder.current) if folder.current else None
    filling = State.read(folder.unfinished) if folder.unfinished else None
    return IndexStatus(
        path=str(path),
        jobs=Job.objects.count(),
        indexed=opened.searcher.num_docs if opened else None,
        to_follow=Job.objects.changed_since(state.position).count() if state else 0,
        filled=Job.objects.filter(pk__lte=filling.filled_to).count() if filling and filling.filled_to is not None else None,
        segments=opened.searcher.num_segments if opened else 0,
        megabytes=round(sum(file.stat().st_size for file in path.rglob("*") if file.is_file()) / 1e6, 1) if path.is_dir() else 0.0,
    )
