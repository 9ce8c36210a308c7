"""How far a stage of a run is, how fast it goes and when it may end. Pure arithmetic on the rows of `RunStage`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from ingestion.models import RunStage

# Before this, a rate says more about start-up than about the work.
MIN_SECONDS_FOR_RATE = 1.0


@dataclass(frozen=True, slots=True)
class StageProgress:
    """One bar. `rate` is units per second since the stage began, `eta` what is left at that rate; None = not known yet."""

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
        return 100 if self.total == 0 else min(100, 100 * self.done // self.total)


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
    """Progress of a stage as of `now`. Failed units are among the done ones: nobody waits for them any more."""
    seconds = ((stage.ended_at or now) - stage.started_at).total_seconds() if stage.started_at else 0.0
    rate = stage.done / seconds if seconds >= MIN_SECONDS_FOR_RATE else None
    left = None if stage.total is None or stage.ended_at else stage.total - stage.done
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
    )
