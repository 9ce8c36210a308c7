"""The API's page: the OpenAPI document as a person reads it, made on the server (no script of anybody else's)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

from gtm_site.api.errors import HINTS
from gtm_site.api.pagination import MAX_LIMIT

Json = Mapping[str, Any]
PAGE_SIZE = settings.REST_FRAMEWORK["PAGE_SIZE"]
HOME_OF_FILTERS = ("GET", "/api/v1/jobs")
"""Where filters are shown that other endpoints take as well."""


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
    """One method of one path.

    `shared`: the endpoint where parameters stand that both have, if most; `not_shared` are those that only that one has.
    """

    method: str
    path: str
    description: str
    parameters: list[Row]
    responses: dict[str, str]
    example: str = ""
    fields: list[Row] = field(default_factory=list)
    body: list[Row] = field(default_factory=list)
    body_example: str = ""
    shared: Endpoint | None = None
    not_shared: list[str] = field(default_factory=list)

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
    rates = settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]
    context = {"section": "api", "endpoints": endpoints(), "rates": rates, "codes": _codes(), "page_size": PAGE_SIZE, "most": MAX_LIMIT}
    return render(request, "gtm_site/api_docs.html", context)


def _codes() -> list[tuple[str, SafeString]]:
    return [(code, marked_code(hint)) for code, hint in HINTS.items()]


@lru_cache(maxsize=1)
def endpoints() -> list[Endpoint]:
    """Every documented endpoint, in the order of the document."""
    schema: Json = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return _without_repetition(list(_endpoints(schema)))


def _endpoints(schema: Json) -> Iterator[Endpoint]:
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield Endpoint(
                method=method.upper(),
                path=path,
                description=operation.get("description", ""),
                parameters=[_parameter(p, schema) for p in operation.get("parameters", [])],
                responses={status: response.get("description", "") for status, response in operation["responses"].items()},
                example=_example(operation),
                fields=list(_fields(operation, schema)),
                body=_body(operation, schema),
                body_example=_body_example(operation),
            )


def _without_repetition(found: Sequence[Endpoint]) -> list[Endpoint]:
    """The same, where whoever takes most parameters of the home of filters refers to them."""
    home = next(endpoint for endpoint in found if (endpoint.method, endpoint.path) == HOME_OF_FILTERS)
    return [endpoint if endpoint is home else _referring(endpoint, home) for endpoint in found]


def _referring(endpoint: Endpoint, home: Endpoint) -> Endpoint:
    own = [row for row in endpoint.parameters if row not in home.parameters]
    if 2 * (len(endpoint.parameters) - len(own)) < len(home.parameters):
        return endpoint
    names = {row.name for row in endpoint.parameters}
    return replace(endpoint, parameters=own, shared=home, not_shared=[row.name for row in home.parameters if row.name not in names])


def _parameter(parameter: Json, schema: Json) -> Row:
    """Its type with its bounds and its default: `integer from 1 to 100, 25 unless given`."""
    node = parameter["schema"]
    bounds = "".join(f" {word} {node[name]:,}" for name, word in (("minimum", "from"), ("maximum", "to")) if name in node)
    default = f", {node['default']} unless given" if "default" in node else ""
    return Row(parameter["name"], f"{_type(node, schema)}{bounds}{default}", parameter.get("description", ""))


def _body(operation: Json, schema: Json) -> list[Row]:
    """What is sent: its fields, with those that must be there."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    sent = _resolved(content.get("schema", {}), schema)
    needed = sent.get("required", [])
    return [
        Row(name, f"{_type(member, schema)}{', needed' if name in needed else ''}", member.get("description", ""))
        for name, member in sent.get("properties", {}).items()
    ]


def _body_example(operation: Json) -> str:
    return _first_example(operation.get("requestBody", {}))


def _example(operation: Json) -> str:
    """The first example of the answer that says yes, as JSON to be read; "" where it is a file or nothing."""
    for status in ("200", "201", "202"):
        if shown := _first_example(operation["responses"].get(status, {})):
            return shown
    return ""


def _first_example(message: Json) -> str:
    """Of a request or an answer."""
    body: Json = message.get("content", {}).get("application/json", {})
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
