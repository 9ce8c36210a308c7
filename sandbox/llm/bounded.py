"""A model that is held shorter than it is asked to be: small ones fill whatever room they have with the same words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sandbox.llm.exchange import Asked, Model, Written

MOST_CHARS = 80
MOST_ITEMS = 2


class Bounded:
    """Writes by a tighter schema: what is valid by that is valid by the one that was asked for, in a third of the tokens."""

    def __init__(self, model: Model) -> None:
        self._model = model

    async def write(self, asked: Asked) -> Written:
        return await self._model.write(replace(asked, schema=None if asked.schema is None else tightened(asked.schema)))


def tightened(schema: Any) -> Any:
    """The schema with at most MOST_CHARS in a text, MOST_ITEMS in a list and one item for each id, unless it asks for more.

    Descriptions are left out: no grammar knows them.
    """
    if isinstance(schema, list):
        return [tightened(item) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    kept = {key: tightened(value) for key, value in schema.items() if key not in ("properties", "description")}
    if "properties" in schema:
        kept["properties"] = {name: tightened(value) for name, value in schema["properties"].items()}
    return kept | _bounds(schema)


def _bounds(schema: Mapping[str, Any]) -> dict[str, int]:
    if schema.get("type") == "array":
        ids = schema["items"].get("properties", {}).get("id", {}).get("enum")
        most = len(ids) if ids else MOST_ITEMS
        return {"maxItems": max(schema.get("minItems", 0), min(schema.get("maxItems", most), most))}
    if schema.get("type") == "string" and not schema.keys() & {"enum", "pattern"}:
        return {"maxLength": max(schema.get("minLength", 0), min(schema.get("maxLength", MOST_CHARS), MOST_CHARS))}
    return {}
