"""A model whose answers are kept in a folder: who asks the same again, today or after a restart, gets the same at once.

For models that answer the same question the same way (temperature 0) and take their time about it.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from pathlib import Path

import orjson

from sandbox.llm.exchange import Asked, Ending, Model, Written


class Remembered:
    """One file an answer, named by what was asked; the name of the model is no part of it, since there is just one."""

    def __init__(self, model: Model, folder: Path) -> None:
        """Makes the folder. Raises OSError where it cannot."""
        folder.mkdir(parents=True, exist_ok=True)
        self._model = model
        self._folder = folder

    async def write(self, asked: Asked) -> Written:
        file = self._folder / f"{_key(asked)}.json"
        if file.exists():
            return _read(file)
        written = await self._model.write(asked)
        # Under another name first: a process that is killed here leaves no half answer.
        unfinished = file.with_suffix(".part")
        unfinished.write_bytes(orjson.dumps(asdict(written)))
        unfinished.replace(file)
        return written


def _key(asked: Asked) -> str:
    parts = [asked.system, asked.user, asked.schema, asked.max_tokens]
    return hashlib.blake2b(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS), digest_size=16).hexdigest()


def _read(file: Path) -> Written:
    kept = orjson.loads(file.read_bytes())
    return Written(kept["text"], kept["tokens_in"], kept["tokens_out"], Ending(kept["ending"]))
