"""What each crawl has captured of the boards: the content of the simulated index, without its protocol.

A few captures a board, as in the real index: the board's page and job pages, embeds, API calls, other
spellings of the token, redirects; and between them what discovery must throw away: files, words that are
no token, broken URLs, and tokens of boards that are gone.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple
from urllib.parse import quote

from sandbox.boards import Boards, Host
from sandbox.crawls import SURE_GREENHOUSE, SURE_LEVER, Crawl
from sandbox.faults import fraction
from sandbox.surt import surt

# One dead token for so many live ones.
_LIVE_PER_DEAD = 15


class Capture(NamedTuple):
    """One line of the index, in its sort order."""

    urlkey: str
    timestamp: str
    url: str
    status: str = "200"
    mime: str = "text/html"
    redirect: str = ""

    def fields(self, crawl: Crawl) -> dict[str, str]:
        """Every field by its name in the index; values are strings there."""
        digest = hashlib.sha1(f"{self.timestamp}{self.url}".encode(), usedforsecurity=False).digest()
        number = int.from_bytes(digest[:4])
        row = {
            "urlkey": self.urlkey,
            "timestamp": self.timestamp,
            "url": self.url,
            "mime": self.mime,
            "mime-detected": self.mime,
            "status": self.status,
            "digest": base64.b32encode(digest).decode(),
            "length": str(600 + number % 30_000),
            "offset": str(number),
            "filename": f"crawl-data/{crawl.id}/segments/{number % 100}/warc/{crawl.id}-{number % 640:05}.warc.gz",
        }
        extra = {"redirect": self.redirect} if self.redirect else {"languages": "eng", "encoding": "UTF-8"}
        return row | extra


@dataclass(frozen=True)
class _Shape:
    """A way a board appears in a crawl. `{t}` its token, `{o}` another spelling, `{e}` percent-encoded,

    `{n}` a posting's id; `share`: in how many crawls of how many boards.
    """

    share: float
    url: str
    status: str = "200"
    redirect: str = ""
    mime: str = "text/html"


_GREENHOUSE = (
    _Shape(0.35, "https://boards.greenhouse.io/{t}/jobs/{n}"),
    _Shape(0.20, "https://boards.greenhouse.io/{t}/jobs/{n}?gh_src=abc123&utm_source=newsletter"),
    _Shape(0.30, "https://job-boards.greenhouse.io/{t}"),
    _Shape(0.25, "https://job-boards.greenhouse.io/{t}/jobs/{n}"),
    _Shape(0.15, "https://boards.greenhouse.io/{o}"),
    _Shape(0.20, "https://boards.greenhouse.io/{t}", "301", "https://job-boards.greenhouse.io/{t}"),
    _Shape(0.10, "http://boards.greenhouse.io/{o}/jobs/{n}", "301", "https://boards.greenhouse.io/{o}/jobs/{n}"),
    _Shape(0.20, "https://boards.greenhouse.io/embed/job_board?for={t}&b=https%3A%2F%2Fcareers.example%2F"),
    _Shape(0.15, "https://boards.greenhouse.io/embed/job_app?for={t}&token={n}"),
    _Shape(0.05, "https://boards.greenhouse.io/embed/job_board/js?for={o}", mime="text/javascript"),
    _Shape(0.12, "https://boards-api.greenhouse.io/v1/boards/{t}/jobs", mime="application/json"),
    _Shape(0.05, "https://boards-api.greenhouse.io/v1/boards/{o}/jobs/{n}", mime="application/json"),
    _Shape(0.04, "https://boards.greenhouse.io/{e}"),
    _Shape(0.06, "https://boards.greenhouse.io/{t}/", "404"),
)
# The one capture every board has in the crawls that are sure to hold it; shares add up to 1.
_SURE_GREENHOUSE = (
    _Shape(0.62, "https://boards.greenhouse.io/{t}"),
    _Shape(0.20, "https://job-boards.greenhouse.io/{t}"),
    _Shape(0.06, "https://boards.greenhouse.io/embed/job_board?for={t}"),
    _Shape(0.04, "https://boards.greenhouse.io/embed/job_app?for={o}&token={n}"),
    _Shape(0.03, "https://boards-api.greenhouse.io/v1/boards/{t}/jobs", mime="application/json"),
    _Shape(0.05, "https://job-boards.eu.greenhouse.io/{t}/jobs/{n}"),
)
_LEVER = (
    _Shape(0.40, "https://{h}/{t}/{u}"),
    _Shape(0.20, "https://{h}/{t}/{u}/apply?lever-source=LinkedIn"),
    _Shape(0.15, "https://{h}/{o}"),
    _Shape(0.10, "https://{h}/{t}?department=Sales&commitment=Full-time"),
    _Shape(0.10, "http://{h}/{t}", "301", "https://{h}/{t}"),
    _Shape(0.03, "https://{h}/{e}"),
    _Shape(0.05, "https://{h}/{t}/", "404"),
)
_SURE_LEVER = (_Shape(1.0, "https://{h}/{t}"),)
_LEVER_HOSTS = {"lever": "jobs.lever.co", "lever-eu": "jobs.eu.lever.co"}

_JUNK_GREENHOUSE = (
    "https://boards.greenhouse.io/robots.txt",
    "https://boards.greenhouse.io/favicon.ico",
    "https://boards.greenhouse.io/",
    "https://boards.greenhouse.io/assets/application-3b1f.css",
    "https://boards.greenhouse.io/js/embed.js",
    "https://boards.greenhouse.io/embed",
    "https://boards.greenhouse.io/embed/job_board",
    "https://boards.greenhouse.io/embed/job_board?for=",
    "https://boards.greenhouse.io/embed/job_app?token=4012345",
    "https://boards.greenhouse.io/api",
    "https://boards.greenhouse.io/v1/boards",
    "https://boards.greenhouse.io/%",
    "https://boards.greenhouse.io/%20",
    "https://boards.greenhouse.io/%3Ca%20href=",
    "https://boards.greenhouse.io/${token}",
    "https://boards.greenhouse.io//jobs/4012345",
    "https://boards-api.greenhouse.io/robots.txt",
    "https://boards-api.greenhouse.io/v1/boards/",
    "https://job-boards.greenhouse.io/robots.txt",
    "https://job-boards.greenhouse.io/_next/static/css/main.css",
    "https://job-boards.eu.greenhouse.io/robots.txt",
)
_JUNK_LEVER = ("robots.txt", "", "favicon.ico", "css/main.css", "%", "%22%3E", "search?q=sales")


def captures_of(crawl: Crawl, boards: Boards, seed: int) -> list[Capture]:
    """Every capture of one crawl, sorted as the index sorts them."""
    found = list(_greenhouse(crawl, boards, seed))
    if crawl.holds_lever:
        found += _lever(crawl, boards, "lever", seed)
        found += _lever(crawl, boards, "lever-eu", seed)
    return sorted(set(found))


def _greenhouse(crawl: Crawl, boards: Boards, seed: int) -> Iterator[Capture]:
    for token in _tokens(boards, "greenhouse", seed):
        drawn = _Draw(crawl, f"{seed}/greenhouse/{token}", token)
        if drawn.is_sure(SURE_GREENHOUSE):
            yield drawn.capture(_one_of(_SURE_GREENHOUSE, drawn.chance("sure shape")))
        yield from drawn.captures(_GREENHOUSE)
    yield from (_Draw(crawl, url, "").capture(_Shape(1, url)) for url in _JUNK_GREENHOUSE)


def _lever(crawl: Crawl, boards: Boards, host: Host, seed: int) -> Iterator[Capture]:
    name = _LEVER_HOSTS[host]
    for site in _tokens(boards, host, seed):
        drawn = _Draw(crawl, f"{seed}/{host}/{site}", site, name)
        if drawn.is_sure(SURE_LEVER):
            yield drawn.capture(_SURE_LEVER[0])
        yield from drawn.captures(_LEVER)
    yield from (_Draw(crawl, path, "", name).capture(_Shape(1, "https://{h}/" + path)) for path in _JUNK_LEVER)


def _tokens(boards: Boards, host: Host, seed: int) -> Iterator[str]:
    """Tokens of the boards, and for every few of them one of a board that is gone."""
    keys = [board.key for board in boards.at(host)]
    yield from keys
    for number in range(-(-len(keys) // _LIVE_PER_DEAD)):
        yield dead_token(host, number, seed)


def dead_token(host: Host, number: int, seed: int) -> str:
    """The token of a board that once was: the index still has it, the API answers 404."""
    return f"former-{host}-{int(fraction(f'{seed}/dead/{host}/{number}') * 16**6):06x}"


def _one_of(shapes: tuple[_Shape, ...], chance: float) -> _Shape:
    for shape in shapes:
        chance -= shape.share
        if chance < 0:
            return shape
    return shapes[0]


class _Draw:
    """The luck of one board in one crawl: every choice depends on their names alone."""

    def __init__(self, crawl: Crawl, identity: str, token: str, host: str = "") -> None:
        self._crawl = crawl
        self._identity = identity
        self._token = token
        self._host = host

    def chance(self, what: str) -> float:
        return fraction(f"{self._crawl.id}/{self._identity}/{what}")

    def is_sure(self, crawls: tuple[Crawl, ...]) -> bool:
        """Whether this crawl must hold the board: one of two does, three boards in ten are in both."""
        if self._crawl not in crawls:
            return self.chance("also here") < 0.6
        place = fraction(f"{self._identity}/which crawl")
        return place < 0.3 or self._crawl == crawls[int(place * 1000) % len(crawls)]

    def captures(self, shapes: tuple[_Shape, ...]) -> Iterator[Capture]:
        return (self.capture(shape) for shape in shapes if self.chance(shape.url) < shape.share)

    def capture(self, shape: _Shape) -> Capture:
        url = self._fill(shape.url, shape.url)
        return Capture(
            urlkey=surt(url),
            timestamp=self._timestamp(shape.url),
            url=url,
            status=shape.status,
            mime="text/plain" if url.endswith(".txt") else shape.mime,
            redirect=self._fill(shape.redirect, shape.url),
        )

    def _fill(self, template: str, what: str) -> str:
        if not template or not self._token:
            return template.replace("{h}", self._host)
        number = int(self.chance(f"id {what}") * 4_000_000) + 4_000_000
        return template.format(
            t=quote(self._token),
            o=quote(_other_case(self._token, self.chance(f"case {what}"))),
            e=_encoded(self._token),
            n=number,
            u=f"{number:08x}-5f1e-4c11-9d2a-{number:012x}",
            h=self._host,
        )

    def _timestamp(self, what: str) -> str:
        span = self._crawl.end - self._crawl.begin
        moment = self._crawl.begin + timedelta(seconds=int(span.total_seconds() * self.chance(f"time {what}")))
        return moment.strftime("%Y%m%d%H%M%S")


def _other_case(token: str, chance: float) -> str:
    return token.upper() if chance < 0.4 else token.title() if chance < 0.8 else token.swapcase()


def _encoded(token: str) -> str:
    """The token with its first character percent-encoded, which means the same."""
    return f"%{token[0].encode()[0]:02X}{quote(token[1:])}" if token[0].isascii() else quote(token)
