"""The state all interfaces share: the boards, the moment being played, the faults in force."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from sandbox.boards import Boards, Moment
from sandbox.faults import Fault, FaultPlan
from sandbox.recorded import parse_time


@dataclass
class World:
    """What may change while the sandbox runs changes here, and only through `control`."""

    boards: Boards
    reference_date: date
    seed: int = 1
    latency: float = 0.0
    moment: Moment = field(default_factory=Moment)
    plan: FaultPlan = field(default_factory=lambda: FaultPlan(seed=1))

    def control(self, wish: Mapping[str, Any]) -> None:
        """Apply a control message; ValueError names what is wrong with it, and then nothing changes."""
        unknown = wish.keys() - {"at", "day", "faults", "latency_ms"}
        if unknown:
            raise ValueError(f"unknown: {', '.join(sorted(unknown))}; known: at, cut, day, faults, latency_ms")
        moment = self._moment(wish) if wish.keys() & {"at", "day"} else self.moment
        faults = _faults(wish["faults"]) if "faults" in wish else None
        latency = float(wish.get("latency_ms", self.latency * 1000)) / 1000
        self.moment, self.latency = moment, latency
        if faults is not None:
            self.plan = FaultPlan(seed=self.seed, faults=faults)

    def _moment(self, wish: Mapping[str, Any]) -> Moment:
        at = parse_time(str(wish["at"])) if wish.get("at") else None
        return Moment(at=at, day=int(wish["day"]) if "day" in wish else self.day_of(at))

    def day_of(self, at: datetime | None) -> int:
        """Days the generated boards have lived since the reference date; 0 before it and without a time."""
        return max(0, (at.astimezone(UTC).date() - self.reference_date).days) if at else 0

    def state(self) -> dict[str, Any]:
        """What `GET /_control` tells about this world."""
        return {
            "at": self.moment.at.isoformat() if self.moment.at else None,
            "day": self.moment.day,
            "latency_ms": self.latency * 1000,
            "faults": [fault.as_dict() for fault in self.plan.faults],
            "faults_played": self.plan.played(),
            "board_counts": {host: len(keys) for host, keys in self.boards.keys().items()},
        }


def _faults(value: Sequence[Mapping[str, Any]]) -> tuple[Fault, ...]:
    if not isinstance(value, list):
        raise ValueError("faults must be a list of {kind, rate, host, board, times, seconds}")
    return tuple(Fault.from_dict(item) for item in value)
