"""The interfaces of language models as their own documents have them, spoken to without the vendors' clients."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.faults import MODEL_KINDS
from sandbox.llm.bounded import MOST_CHARS, MOST_ITEMS, Bounded, tightened
from sandbox.llm.exchange import Asked, Ending, Written, limited, tokens, within
from sandbox.llm.facts import PostingFacts
from sandbox.llm.mishaps import ASKING, WRITING
from sandbox.llm.remembered import Remembered
from sandbox.llm.scripted import Scripted
from sandbox.testing import RunningSandbox

BODY = """Title: Senior Account Executive (Berlin)
Company: Acme Tools
Location: Berlin, Germany

You will open new accounts in the whole region. This is a hybrid role with Salesforce and Python.
- Build a pipeline of your own from the first week
The salary is $90k - $110k a year, full-time."""
QUOTED = {"anyOf": [{"type": "object", "additionalProperties": False, "required": ["value", "quote"],
                     "properties": {"value": {"type": "string", "enum": ["remote", "hybrid"]}, "quote": {"type": "string"}}},
                    {"type": "null"}]}  # fmt: skip
ITEM = {
    "type": "object",
    "additionalProperties": False,
    "required": ["id", "title", "remote_type", "tools", "shoe_size", "motto"],
    "properties": {
        "id": {"type": "string", "enum": ["a", "b"]},
        "title": {"type": "string"},
        "remote_type": QUOTED,
        "tools": {"type": "array", "items": {"type": "string"}},
        "shoe_size": {"type": "integer", "minimum": 30},
        "motto": {"anyOf": [{"type": "string"}, {"type": "null"}]},
    },
}
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["postings"],
    "properties": {"postings": {"type": "array", "items": ITEM}},
}
USER = f'<posting id="a">\n{BODY}\n</posting>\n<posting id="b">\nTitle: Nurse\n\nNothing else.\n</posting>\n'


def asked(max_tokens: int = 1000, user: str = USER) -> Asked:
    return Asked("m", "system", user, SCHEMA, max_tokens)


def told(max_tokens: int = 1000) -> dict[str, Any]:
    messages = [{"role": "system", "content": "system"}, {"role": "user", "content": USER}]
    return {"model": "gpt-4.1", "messages": messages, "max_tokens": max_tokens}


async def test_the_script_fills_in_the_schema_with_words_of_the_posting() -> None:
    first, second = json.loads((await Scripted().write(asked())).text)["postings"]
    assert first == {
        "id": "a",
        "title": "Senior Account Executive (Berlin)",
        "remote_type": {"value": "hybrid", "quote": "hybrid"},
        "tools": ["Salesforce", "Python"],
        "shoe_size": 30,
        "motto": None,
    }
    assert (second["id"], second["title"], second["remote_type"], second["tools"]) == ("b", "Nurse", None, [])
    assert (await Scripted().write(asked())) == (await Scripted().write(asked()))


async def test_a_choice_without_null_takes_its_first_form() -> None:
    schema = {"type": "object", "properties": {"size": {"anyOf": [{"type": "integer", "minimum": 3}, {"type": "string"}]}}}
    assert json.loads((await Scripted().write(Asked("m", "", "hello", schema, 100))).text) == {"size": 3}


async def test_without_a_schema_it_still_answers() -> None:
    written = await Scripted().write(Asked("m", "", "hello", None, 100))
    assert json.loads(written.text) == {"text": "hello"}


def test_what_is_read_out_of_a_posting_stands_in_it() -> None:
    facts = PostingFacts("a", BODY)
    assert facts.member("salary") == {
        "min": 90_000, "max": 110_000, "currency": "USD", "period": "year", "ote": False, "quote": "$90k - $110k"}  # fmt: skip
    assert facts.member("role_title") == "Senior Account Executive"
    assert facts.member("seniority_level") == {"value": "senior", "quote": "Senior"}
    assert facts.member("key_functions") == ["Build a pipeline of your own from the first week"]
    quotes = [*facts.member("summary"), *facts.member("tools"), facts.member("salary")["quote"], facts.member("employment_type")["quote"]]
    assert all(quote in BODY for quote in quotes)
    assert facts.member("favourite_colour") is None


def test_a_prompt_that_does_not_fit_loses_its_front() -> None:
    whole = asked()
    assert within(whole, whole.tokens) is whole
    cut = within(whole, 20)
    assert cut.tokens <= 20
    assert whole.user.endswith(cut.user)
    assert cut.system == ""


def test_an_answer_ends_at_the_limit() -> None:
    written = limited("x" * 400, asked(10))
    assert (written.text, written.tokens_out, written.ending) == ("x" * 40, 10, Ending.LENGTH)
    assert limited("x" * 40, asked(10)).ending is Ending.STOP
    assert tokens("é") == 1


def test_every_kind_of_a_model_is_played_somewhere() -> None:
    played_by_interfaces = {kind for kind in MODEL_KINDS if kind.startswith(("no-", "batch-"))}
    assert ASKING.keys() | WRITING.keys() | played_by_interfaces == MODEL_KINDS.keys()


def test_ollama_streams_unless_told_otherwise(sandbox: RunningSandbox, client: httpx.Client) -> None:
    body = {"model": "qwen3:4b-instruct", "messages": told()["messages"], "format": SCHEMA}
    lines = [json.loads(line) for line in client.post(f"{sandbox.ollama_url}/api/chat", json=body).text.splitlines()]
    assert [line["done"] for line in lines] == [False, True]
    assert lines[-1]["done_reason"] == "stop"
    whole = client.post(f"{sandbox.ollama_url}/api/chat", json={**body, "stream": False}).json()
    assert whole["message"]["content"] == lines[0]["message"]["content"]
    assert whole["prompt_eval_count"] > 0


def test_ollama_says_what_it_has(sandbox: RunningSandbox, client: httpx.Client) -> None:
    names = [model["name"] for model in client.get(f"{sandbox.ollama_url}/api/tags").json()["models"]]
    assert names == ["qwen3:4b-instruct", "qwen3:4b"]
    shown = client.post(f"{sandbox.ollama_url}/api/show", json={"model": "qwen3:4b"}).json()
    assert shown["capabilities"] == ["completion", "tools", "thinking"]
    assert client.post(f"{sandbox.ollama_url}/api/show", json={"model": "other"}).status_code == 404
    assert client.post(f"{sandbox.ollama_url}/api/chat", content=b"{").status_code == 400
    assert client.get(f"{sandbox.ollama_url}/api/nothing").status_code == 404


@pytest.mark.parametrize(
    ("status", "vendor", "kind"),
    [
        (429, "openai", "rate_limit_error"),
        (500, "openai", "server_error"),
        (529, "anthropic", "overloaded_error"),
        (429, "anthropic", "rate_limit_error"),
    ],
)
def test_errors_take_the_vendors_form(sandbox: RunningSandbox, client: httpx.Client, status: int, vendor: str, kind: str) -> None:
    sandbox.control(faults=[{"kind": str(status), "host": vendor}])
    url = sandbox.openai_url if vendor == "openai" else sandbox.anthropic_url
    answer = client.get(f"{url}/v1/models")
    assert answer.status_code == status
    assert answer.json()["error"]["type"] == kind


def test_openai_refuses_an_open_schema(sandbox: RunningSandbox, client: httpx.Client) -> None:
    for wrong in ({**SCHEMA, "additionalProperties": True}, {**SCHEMA, "required": []}):
        form = {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": wrong}}
        answer = client.post(f"{sandbox.openai_url}/v1/chat/completions", json={**told(), "response_format": form})
        assert answer.status_code == 400
        assert "response_format" in answer.json()["error"]["message"]


def test_anthropic_refuses_bounds(sandbox: RunningSandbox, client: httpx.Client) -> None:
    body = {"model": "claude-sonnet-4-6", "max_tokens": 10, "messages": [{"role": "user", "content": USER}],
            "output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}}  # fmt: skip
    answer = client.post(f"{sandbox.anthropic_url}/v1/messages", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"] == "output_config.format.schema: For 'integer' type, property 'minimum' is not supported"


def test_a_large_batch_is_taken(sandbox: RunningSandbox, client: httpx.Client) -> None:
    body = {"requests": [{"custom_id": "one", "params": {"model": "claude-sonnet-4-6", "max_tokens": 10, "messages": [
        {"role": "user", "content": "x" * 3_000_000}]}}]}  # fmt: skip
    assert client.post(f"{sandbox.anthropic_url}/v1/messages/batches", json=body).json()["processing_status"] == "in_progress"


def test_what_nobody_has_is_not_found(sandbox: RunningSandbox, client: httpx.Client) -> None:
    for path in ("/v1/files/file-0/content", "/v1/batches/none", "/v1/nothing"):
        assert client.get(f"{sandbox.openai_url}{path}").status_code == 404
    for path in ("/v1/models/none", "/v1/messages/batches/none", "/"):
        assert client.get(f"{sandbox.anthropic_url}{path}").status_code == 404


class Slow:
    """A model that counts how often it was asked, and keeps the last question."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []

    async def write(self, asked: Asked) -> Written:
        self.asked.append(asked)
        return Written(f'{{"answer": {len(self.asked)}}}', 10, 5, Ending.LENGTH)


async def test_a_remembered_answer_outlasts_the_process(tmp_path: Path) -> None:
    first = await Remembered(Slow(), tmp_path).write(asked())
    model = Slow()
    assert await Remembered(model, tmp_path).write(replace(asked(), model="another name")) == first
    assert model.asked == []


async def test_only_the_very_same_question_is_remembered(tmp_path: Path) -> None:
    model = Slow()
    remembered = Remembered(model, tmp_path)
    for question in (asked(), asked(max_tokens=7), asked(user="else"), replace(asked(), schema=None), replace(asked(), system="else")):
        await remembered.write(question)
    assert len(model.asked) == 5


async def test_a_model_is_held_short_by_a_tighter_schema() -> None:
    model = Slow()
    await Bounded(model).write(asked())
    items = model.asked[0].schema["properties"]["postings"]
    assert items["maxItems"] == 2  # one for each id
    members = items["items"]["properties"]
    assert members["id"] == ITEM["properties"]["id"]
    assert members["motto"]["anyOf"][0] == {"type": "string", "maxLength": MOST_CHARS}
    assert members["tools"] == {"type": "array", "items": {"type": "string", "maxLength": MOST_CHARS}, "maxItems": MOST_ITEMS}


@pytest.mark.parametrize(
    ("asked_for", "kept"),
    [
        ({"type": "array", "items": {}, "minItems": 20, "maxItems": 20}, {"minItems": 20, "maxItems": 20}),
        ({"type": "array", "items": {}, "maxItems": 1}, {"maxItems": 1}),
        ({"type": "string", "maxLength": 3}, {"maxLength": 3}),
        ({"type": "string", "minLength": 90}, {"minLength": 90, "maxLength": 90}),
        ({"type": "string", "pattern": "^[A-Z]{3}$"}, {"pattern": "^[A-Z]{3}$"}),
        ({"type": "number", "maximum": 5}, {"maximum": 5}),
    ],
)
def test_a_tighter_schema_asks_for_nothing_else(asked_for: dict[str, Any], kept: dict[str, Any]) -> None:
    tighter = tightened(asked_for)
    assert {key: value for key, value in tighter.items() if key not in ("type", "items")} == kept
