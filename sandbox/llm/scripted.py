"""A model that follows a script: it fills in the schema it is given, with words copied from the postings of the prompt.

It knows how postings stand in a prompt (`<posting id="...">`, lines of `Name: value`, then the text) and what a member of an
answer is called, nothing else. The same prompt gets the same answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.llm.exchange import Asked, Written, limited
from sandbox.llm.facts import PostingFacts

_POSTING = re.compile(r'<posting id="(?P<id>[^"]+)">\n(?P<body>.*?)\n</posting>', re.DOTALL)
_ABSENT = object()


class Scripted:
    """The default model of the sandbox."""

    async def write(self, asked: Asked) -> Written:
        return limited(json.dumps(_answer(asked), ensure_ascii=False), asked)


def _answer(asked: Asked) -> Any:
    schema = asked.schema or {"type": "object", "properties": {"text": {"type": "string"}}}
    postings = [PostingFacts(match["id"], match["body"]) for match in _POSTING.finditer(asked.user)]
    return _Filler(postings, asked.user).value(schema)


@dataclass
class _Filler:
    """Walks a schema. Inside an array of items that have an `id`, each item is about the posting of that id."""

    postings: list[PostingFacts]
    prompt: str
    posting: PostingFacts | None = None

    def value(self, schema: Mapping[str, Any], name: str = "") -> Any:
        known = self._known(schema, name)
        if known is not _ABSENT:
            return known
        variants = schema.get("anyOf")
        if variants and _kind(schema) != "null":
            return self.value(variants[0], name)
        kind = _kind(schema)
        return _MAKERS[kind](self, schema, name) if kind in _MAKERS else None

    def _known(self, schema: Mapping[str, Any], name: str) -> Any:
        """What the posting says for this member, where that is allowed here."""
        if self.posting is None or not name:
            return _ABSENT
        found = self.posting.member(name)
        return found if found is not None and _allowed(schema, found) else _ABSENT

    def object(self, schema: Mapping[str, Any], name: str) -> dict[str, Any]:
        return {member: self.value(shape, member) for member, shape in schema.get("properties", {}).items()}

    def array(self, schema: Mapping[str, Any], name: str) -> list[Any]:
        items = schema.get("items", {})
        if "id" not in items.get("properties", {}):
            return [self.value(items) for _ in range(schema.get("minItems", 0))]
        asked_for = items["properties"]["id"].get("enum")
        about = [posting for posting in self.postings if asked_for is None or posting.id in asked_for]
        return [_Filler(self.postings, self.prompt, posting).value(items) for posting in about]

    def string(self, schema: Mapping[str, Any], name: str) -> str:
        if "enum" in schema:
            return str(schema["enum"][0])
        if self.posting is None:  # the prompt itself is the matter
            return self.prompt[: schema.get("maxLength", 80)]
        return "x" * int(schema.get("minLength", 0))


_MAKERS: dict[str, Callable[[_Filler, Mapping[str, Any], str], Any]] = {
    "object": _Filler.object,
    "array": _Filler.array,
    "string": _Filler.string,
    "number": lambda filler, schema, name: schema.get("minimum", 0),
    "integer": lambda filler, schema, name: schema.get("minimum", 0),
    "boolean": lambda filler, schema, name: False,
}


def _kind(schema: Mapping[str, Any]) -> str:
    """The type a schema asks for; null wherever it may be."""
    if "enum" in schema:
        return "string"
    variants = [_kind(variant) for variant in schema.get("anyOf", ())]
    kind = schema.get("type", "null")
    kinds = variants or (kind if isinstance(kind, list) else [kind])
    return "null" if "null" in kinds else str(kinds[0])


def _allowed(schema: Mapping[str, Any], value: Any) -> bool:
    """Whether a value may stand here, as far as a script needs to know."""
    if "anyOf" in schema:
        return any(_allowed(variant, value) for variant in schema["anyOf"])
    if "enum" in schema:
        return value in schema["enum"]
    if isinstance(value, dict):
        shapes = schema.get("properties", {})
        return set(value) == set(shapes) and all(_allowed(shapes[key], item) for key, item in value.items())
    kinds = {str: {"string"}, list: {"array"}, bool: {"boolean"}, int: {"integer", "number"}, float: {"number"}, type(None): {"null"}}
    return schema.get("type") in kinds[type(value)]
