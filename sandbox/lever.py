"""The Lever Postings API (github.com/lever/postings-api), reading side; the EU host is the same code."""

from __future__ import annotations

import asyncio
import re

from sandbox.answers import JSON_UTF8, Answer, Question, as_json
from sandbox.boards import GreenhouseView, Host
from sandbox.greenhouse import answer_payload
from sandbox.world import World

_PATH = re.compile(r"^/v0/postings/(?P<site>[^/]+)(?:/(?P<posting>[^/]+))?/?$")
_WHOLE = GreenhouseView(content=True, pay=True)


class Lever:
    """`/v0/postings/{site}?mode=json&skip=&limit=` and `/v0/postings/{site}/{id}`."""

    def __init__(self, world: World, host: Host) -> None:
        self._world = world
        self.name: str = host
        self._host = host

    def board_of(self, path: str) -> str | None:
        """The site a path names, folded."""
        match = _PATH.match(path)
        return match["site"].casefold() if match else None

    async def answer(self, question: Question) -> Answer:
        match = _PATH.match(question.path)
        board = self._world.boards.find(self._host, match["site"]) if match else None
        if match is None or board is None:
            return _not_found()
        if match["posting"]:
            posting = board.posting(self._world.moment, match["posting"], _WHOLE)
            return _not_found() if posting is None else as_json(posting, content_type=JSON_UTF8)
        skip, limit = _whole_number(question, "skip") or 0, _whole_number(question, "limit")
        payload = await asyncio.to_thread(board.lever_page, self._world.moment, skip, limit)
        return answer_payload(payload)


def _not_found() -> Answer:
    return as_json({"ok": False, "error": "Document not found"}, status=404, content_type=JSON_UTF8)


def _whole_number(question: Question, name: str) -> int | None:
    text = question.query.get(name, "")
    return int(text) if text.isascii() and text.isdigit() else None
