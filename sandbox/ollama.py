"""The Ollama API (docs.ollama.com/api): models, and chat with structured output."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from sandbox.answers import JSON_UTF8, Answer, Question, as_json
from sandbox.llm.exchange import Asked, Ending, Model, Written, within
from sandbox.llm.mishaps import write

DEFAULT_CONTEXT = 4096
"""What Ollama takes when nobody asks for more."""
MODEL_CONTEXT = 262_144
_NO_LIMIT = 1_000_000
_DONE = {Ending.STOP: "stop", Ending.LENGTH: "length", Ending.REFUSAL: "stop"}
_STATUS_WORDS = {503: "server busy, please try again.  maximum pending requests exceeded", 404: "model not found"}


class Ollama:
    """`/api/tags`, `/api/ps`, `/api/show`, `/api/version`, `/api/chat`. `models`: name -> capabilities."""

    name = "ollama"

    def __init__(self, model: Model, models: Mapping[str, Sequence[str]]) -> None:
        self._model = model
        self._models = models

    def board_of(self, path: str) -> str | None:
        """The last part of the path (chat, show, tags): faults can be meant for one of them."""
        return path.rsplit("/", 1)[-1]

    async def answer(self, question: Question) -> Answer:
        listed = {"models": [self._described(name) for name in self._models]}
        plain = {"/api/tags": listed, "/api/ps": {"models": []}, "/api/version": {"version": "0.40.0"}}
        if question.method == "GET" and question.path in plain:
            return as_json(plain[question.path], content_type=JSON_UTF8)
        if question.path not in ("/api/show", "/api/chat"):
            return Answer(status=404, body=b"404 page not found", content_type="text/plain")
        return await self._about_model(question)

    def refusal(self, status: int) -> Answer:
        """An error as Ollama words it."""
        return as_json({"error": _STATUS_WORDS.get(status, "something went wrong")}, status=status, content_type=JSON_UTF8)

    async def _about_model(self, question: Question) -> Answer:
        try:
            body = orjson.loads(question.body)
            name = _tagged(str(body["model"]))
        except (ValueError, KeyError, TypeError):
            return as_json({"error": "model is required"}, status=400, content_type=JSON_UTF8)
        if name not in self._models:
            return as_json({"error": f"model '{body['model']}' not found"}, status=404, content_type=JSON_UTF8)
        return await self._chat(body, name, question.mishap) if question.path == "/api/chat" else self._show(name)

    def _show(self, name: str) -> Answer:
        info = {"general.architecture": "qwen3", "qwen3.context_length": MODEL_CONTEXT}
        shown = {"details": self._described(name)["details"], "model_info": info, "capabilities": list(self._models[name])}
        return as_json(shown, content_type=JSON_UTF8)

    def _described(self, name: str) -> dict[str, Any]:
        details = {"format": "gguf", "family": "qwen3", "families": ["qwen3"], "parameter_size": "4.0B", "quantization_level": "Q4_K_M"}
        return {"name": name, "model": name, "modified_at": _now(), "size": 2_497_293_918, "digest": "0" * 64, "details": details}

    async def _chat(self, body: Mapping[str, Any], name: str, mishap: str | None) -> Answer:
        options = body.get("options") or {}
        asked = _asked(body, name, int(options.get("num_predict", _NO_LIMIT)))
        read = within(asked, int(options.get("num_ctx") or DEFAULT_CONTEXT))
        # The thinking build thinks whatever it is told (ollama#12917), and its template has opened the block already.
        mishap = mishap or ("thinking-unopened" if "thinking" in self._models[name] else None)
        told = _told(name, await write(self._model, read, mishap))
        if body.get("stream", True):
            pieces = [{**told, "done": False}, {**told, "message": {"role": "assistant", "content": ""}}]
            return Answer(body=b"".join(orjson.dumps(piece) + b"\n" for piece in pieces), content_type="application/x-ndjson")
        return as_json(told, content_type=JSON_UTF8)


def _asked(body: Mapping[str, Any], name: str, max_tokens: int) -> Asked:
    texts = {role: "\n".join(m["content"] for m in body.get("messages", ()) if m["role"] == role) for role in ("system", "user")}
    form = body.get("format")
    limit = max_tokens if max_tokens > 0 else _NO_LIMIT  # -1: as long as it likes
    return Asked(name, texts["system"], texts["user"], form if isinstance(form, dict) else None, limit)


def _told(name: str, written: Written) -> dict[str, Any]:
    return {
        "model": name,
        "created_at": _now(),
        "message": {"role": "assistant", "content": written.text},
        "done": True,
        "done_reason": _DONE[written.ending],
        "total_duration": 1_000_000_000,
        "load_duration": 1_000_000,
        "prompt_eval_count": written.tokens_in,
        "prompt_eval_duration": 400_000_000,
        "eval_count": written.tokens_out,
        "eval_duration": 500_000_000,
    }


def _tagged(name: str) -> str:
    return name if ":" in name else f"{name}:latest"


def _now() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")
