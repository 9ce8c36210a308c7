"""Which boards exist, whoever brings them (recorded files or the generator)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

Host = Literal["greenhouse", "lever", "lever-eu"]
HOSTS: tuple[Host, ...] = ("greenhouse", "lever", "lever-eu")


@dataclass(frozen=True)
class Moment:
    """The point in time the sandbox plays: `at` picks snapshots, `day` the state of generated boards."""

    at: datetime | None = None
    day: int = 0


@dataclass(frozen=True)
class Payload:
    """Part of a board, as bytes: plain, or gzipped where that is how they are kept."""

    plain: bytes = b""
    packed: bytes | None = None


@dataclass(frozen=True)
class GreenhouseView:
    """What a caller of the Greenhouse list asked to see."""

    content: bool
    pay: bool


class Board(Protocol):
    """One company's board at one ATS."""

    @property
    def host(self) -> Host:
        """The service it is at."""
        ...

    @property
    def key(self) -> str:
        """Its token or site, as the company spells it."""
        ...

    def name(self, moment: Moment) -> str:
        """The company's name."""
        ...

    def greenhouse_list(self, moment: Moment, view: GreenhouseView) -> Payload:
        """The body of `GET /v1/boards/{token}/jobs`."""
        ...

    def lever_page(self, moment: Moment, skip: int, limit: int | None) -> Payload:
        """The body of `GET /v0/postings/{site}`: a bare array, cut to the page."""
        ...

    def posting(self, moment: Moment, posting_id: str, view: GreenhouseView) -> dict[str, Any] | None:
        """One posting by its id, None when it is not (or no longer) on the board."""
        ...

    def posting_ids(self, moment: Moment) -> list[str]:
        """Ids of the postings on the board, in board order."""
        ...


class Boards:
    """All boards, found by host and key in any case of letters. The first to bring a key keeps it."""

    def __init__(self, boards: Iterable[Board]) -> None:
        self._boards: dict[tuple[Host, str], Board] = {}
        for board in boards:
            self._boards.setdefault((board.host, board.key.casefold()), board)

    def find(self, host: Host, key: str) -> Board | None:
        """The board of that key, or None."""
        return self._boards.get((host, key.casefold()))

    def at(self, host: Host) -> Iterator[Board]:
        """Every board of one host, in the order they were brought."""
        return (board for (where, _), board in self._boards.items() if where == host)

    def keys(self) -> dict[Host, list[str]]:
        """Keys of all boards by host, sorted."""
        return {host: sorted(board.key for board in self.at(host)) for host in HOSTS}
