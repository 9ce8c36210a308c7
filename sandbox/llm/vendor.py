"""What the paid vendors' interfaces have in common: requests that are refused, schemas walked through, batches asked one by one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

import orjson

from sandbox.answers import Answer
from sandbox.faults import Fault
from sandbox.llm.batches import Outcome


class RefusedRequestError(Exception):
    """A request that the vendor answers with an error; `param` names what is wrong, where something is."""

    def __init__(self, message: str, *, status: int = 400, param: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.param = param
        self.code = code


def decoded(body: bytes, complaint: str) -> Mapping[str, Any]:
    """The JSON of a request. Raises RefusedRequestError in the vendor's words."""
    try:
        value: Mapping[str, Any] = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise RefusedRequestError(complaint) from None
    return value


def schemas_in(schema: Any) -> Iterator[Mapping[str, Any]]:
    """A JSON schema and every schema inside it, the outer ones first."""
    if isinstance(schema, list):
        for item in schema:
            yield from schemas_in(item)
    if not isinstance(schema, dict):
        return
    yield schema
    for value in schema.get("properties", {}).values():
        yield from schemas_in(value)
    for key in ("items", "anyOf"):
        yield from schemas_in(schema.get(key))


async def line_outcome(
    custom_id: str,
    fault: Fault | None,
    *,
    ask: Callable[[str | None], Awaitable[Mapping[str, Any]]],
    refusal: Callable[[int], Answer],
    error: Callable[[RefusedRequestError], Mapping[str, Any]],
) -> Outcome:
    """What comes of one request of a batch, which has its own share of faults.

    `ask` is told the mishap that is to happen, if any; `refusal` and `error` are errors as the vendor words them.
    """
    kind = fault.kind if fault else None
    if kind == "batch-expired":
        return Outcome(custom_id, "expired")
    if kind and kind[:3].isdigit():
        status = int(kind[:3])
        return Outcome(custom_id, "errored", status, orjson.loads(refusal(status).body))
    try:
        return Outcome(custom_id, "answered", 200, await ask(kind))
    except RefusedRequestError as refused:
        return Outcome(custom_id, "errored", refused.status, error(refused))
