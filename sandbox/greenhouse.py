"""The Greenhouse Job Board API (developers.greenhouse.io/job-board.html), reading side."""

from __future__ import annotations

import asyncio
import re

from sandbox.answers import JSON_UTF8, Answer, Question, as_json
from sandbox.boards import Board, GreenhouseView, Payload
from sandbox.world import World

_PATH = re.compile(r"^/v1/boards/(?P<token>[^/]+)(?:/(?P<what>jobs)(?:/(?P<job>[^/]+))?)?/?$")


class Greenhouse:
    """`/v1/boards/{token}`, `/v1/boards/{token}/jobs`, `/v1/boards/{token}/jobs/{id}`."""

    name = "greenhouse"

    def __init__(self, world: World) -> None:
        self._world = world

    def board_of(self, path: str) -> str | None:
        """The token a path names, folded."""
        match = _PATH.match(path)
        return match["token"].casefold() if match else None

    async def answer(self, question: Question) -> Answer:
        match = _PATH.match(question.path)
        board = self._world.boards.find("greenhouse", match["token"]) if match else None
        if match is None or board is None:
            return not_found()
        if match["job"]:
            return self._one(board, match["job"], question)
        if match["what"]:
            return await self._list(board, question)
        return as_json({"name": board.name(self._world.moment), "content": ""}, content_type=JSON_UTF8)

    async def _list(self, board: Board, question: Question) -> Answer:
        view = GreenhouseView(content=_flag(question, "content"), pay=_flag(question, "pay_transparency"))
        payload = await asyncio.to_thread(board.greenhouse_list, self._world.moment, view)
        return answer_payload(payload)

    def _one(self, board: Board, job_id: str, question: Question) -> Answer:
        view = GreenhouseView(content=True, pay=_flag(question, "pay_transparency"))
        posting = board.posting(self._world.moment, job_id, view)
        return not_found() if posting is None else as_json(posting, content_type=JSON_UTF8)


def answer_payload(payload: Payload) -> Answer:
    """200 with the bytes of a board."""
    return Answer(body=payload.plain, packed=payload.packed, content_type=JSON_UTF8)


def not_found() -> Answer:
    """A 404 as Greenhouse sends it: it speaks of a job even where the board does not exist."""
    return as_json({"status": 404, "error": "Job not found"}, status=404, content_type=JSON_UTF8)


def _flag(question: Question, name: str) -> bool:
    return question.query.get(name, "").lower() == "true"
