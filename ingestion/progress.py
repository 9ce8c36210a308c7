"""How far a stage of a run is, how fast it goes and when it may end. Pure arithmetic on the rows of `RunStage`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from ingestion.models import RunStage, Source

# Before this, a rate says more about start-up than about the work.
MIN_SECONDS_FOR_RATE = 1.0


@dataclass(frozen=True, slots=True)
class StageProgress:
    """One bar. `rate` is units per second since the stage began, done or failed, `eta` what is left at that rate; None = not known yet."""

    name: str
    unit: str
    done: int
    failed: int
    total: int | None
    seconds: float
    rate: float | None
    eta: timedelta | None
    is_ended: bool
    is_started: bool
    counts: dict[str, int]
    not_done: dict[str, int]

    @property
    def settled(self) -> int:
        """Units that nobody waits for any more: what failed is not among what is done."""
        return self.done + self.failed

    @property
    def failed_otherwise(self) -> int:
        """Failed units that no count names: a board that is gone is one of them, and counted as gone."""
        return max(0, self.failed - sum(self.counts.get(state, 0) for state in Source.INVALID))

    @property
    def counts_by_unit(self) -> list[tuple[str, dict[str, int]]]:
        """The counts with what they count: boards by their state, then what became of the boards' postings."""
        boards = {name: count for name, count in self.counts.items() if name in Source.State.values}
        others = {name: count for name, count in self.counts.items() if name not in boards}
        return [(unit, counts) for unit, counts in (("boards", boards), ("postings" if self.name == "fetch" else "", others)) if counts]

    @property
    def rate_text(self) -> str:
        return "" if self.rate is None else f"{self.rate:,.0f}" if self.rate >= 10 else f"{self.rate:.1f}"

    @property
    def eta_text(self) -> str:
        return "" if self.eta is None else duration(self.eta.total_seconds())

    @property
    def seconds_text(self) -> str:
        return duration(self.seconds)

    @property
    def percent(self) -> int | None:
        """Whole percent, rounded down, so that 100 means all; None while the total is unknown."""
        if self.total is None:
            return None
        return 100 if self.total == 0 else min(100, 100 * self.settled // self.total)


def duration(seconds: float) -> str:
    """In two units at most: "4.2 s", "3 min 20 s", "2 h 5 min"."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def stage_progress(stage: RunStage, now: datetime) -> StageProgress:
    """Progress of a stage as of `now`."""
    seconds = ((stage.ended_at or now) - stage.started_at).total_seconds() if stage.started_at else 0.0
    settled = stage.done + stage.failed
    rate = settled / seconds if seconds >= MIN_SECONDS_FOR_RATE else None
    left = None if stage.total is None or stage.ended_at else stage.total - settled
    return StageProgress(
        name=stage.name,
        unit=stage.unit,
        done=stage.done,
        failed=stage.failed,
        total=stage.total,
        seconds=seconds,
        rate=rate,
        eta=timedelta(seconds=left / rate) if left is not None and left > 0 and rate else None,
        is_ended=stage.ended_at is not None,
        is_started=stage.started_at is not None,
        counts=stage.counts,
        not_done=stage.not_done,
    )
