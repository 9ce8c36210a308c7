"""The API's page: the OpenAPI document as a person reads it, made on the server (no script of anybody else's)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """A parameter or a field: its name, its type, and what it is for."""

    name: str
    type: str
    description: str

    @property
    def marked(self) -> SafeString:
        return marked_code(self.description)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method of one path."""

    method: str
    path: str
    description: str
    parameters: list[Row]
    responses: dict[str, str]
    example: str = ""
    fields: list[Row] = field(default_factory=list)

    @property
    def anchor(self) -> str:
        return f"{self.method}{self.path}".lower().replace("/", "-").replace("{", "").replace("}", "")

    @property
    def paragraphs(self) -> list[SafeString]:
        """The description as HTML: what stands between backticks is code."""
        return [marked_code(text) for text in self.description.split("\n\n")]

    @property
    def summary(self) -> str:
        """Its description's first sentence."""
        return self.description.partition(". ")[0].partition("\n\n")[0].rstrip(".").replace("`", "")


def marked_code(text: str) -> SafeString:
    """The text as HTML, what stands between two backticks as code."""
    parts = text.split("`")
    return format_html_join("", "{}", ((format_html("<code>{}</code>", part) if n % 2 else part,) for n, part in enumerate(parts)))


@require_safe
def docs_page(request: HttpRequest) -> HttpResponse:
    return render(request, "gtm_site/api_docs.html", {"section": "api", "endpoints": endpoints()})


@lru_cache(maxsize=1)
def endpoints() -> list[Endpoint]:
    """Every documented endpoint, in the order of the document."""
    schema: Json = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return list(_endpoints(schema))


def _endpoints(schema: Json) -> Iterator[Endpoint]:
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield Endpoint(
                method=method.upper(),
                path=path,
                description=operation.get("description", ""),
                parameters=[Row(p["name"], _type(p["schema"], schema), p.get("description", "")) for p in operation.get("parameters", [])],
                responses={status: response.get("description", "") for status, response in operation["responses"].items()},
                example=_example(operation),
                fields=list(_fields(operation, schema)),
            )


def _example(operation: Json) -> str:
    """The first example of the answer that says yes, as JSON to be read; "" where it is a file or nothing."""
    for status in ("200", "201", "202"):
        body: Json = operation["responses"].get(status, {}).get("content", {}).get("application/json", {})
        for shown in body.get("examples", {}).values():
            return orjson.dumps(shown["value"], option=orjson.OPT_INDENT_2).decode()
    return ""


def _fields(operation: Json, schema: Json) -> Iterator[Row]:
    content = operation["responses"].get("200", {}).get("content", {})
    bodies: list[Json] = [body["schema"] for body in content.values()]
    for name, member in _resolved(bodies[0] if bodies else {}, schema).get("properties", {}).items():
        yield Row(name, _type(member, schema), member.get("description", ""))
        yield from (Row(f"{name}[].{inner}", _type(m, schema), m.get("description", "")) for inner, m in _members(member, schema).items())


def _members(member: Json, schema: Json) -> Json:
    properties: Json = _resolved(member.get("items", {}), schema).get("properties", {})
    return properties


def _resolved(node: Json, schema: Json) -> Json:
    if "$ref" in node:
        target: Json = schema["components"]["schemas"][node["$ref"].rpartition("/")[2]]
        return target
    return node


def _type(node: Json, schema: Json) -> str:
    """In words: `integer`, `list of string`, `one of open, missing, closed`, `date-time or null`."""
    either = node.get("allOf") or node.get("oneOf")
    inner = _resolved(either[0] if either else node, schema)
    if "enum" in inner:
        text = f"one of {', '.join(str(value) for value in inner['enum'])}"
    elif inner.get("type") == "array":
        text = f"list of {_type(inner.get('items', {}), schema)}"
    else:
        kind = inner.get("type", "object")
        text = str(inner["format"] if inner.get("format") in ("date-time", "uri") else kind)
    return f"{text} or null" if node.get("nullable") else text
