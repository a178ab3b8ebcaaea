"""The operations of a service as its OpenAPI document tells them, and requests that fit them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

import httpx

Schema = Mapping[str, Any]
SOME_ID: Final = UUID("01970000-0000-7000-8000-0000deadbeef")
METHODS: Final = ("get", "post", "patch", "put", "delete")


@dataclass(frozen=True)
class Operation:
    """One operation and the document it stands in."""

    service: str
    method: str
    path: str
    described: Schema
    document: Schema

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.path}"

    @property
    def name(self) -> str:
        found: str = self.described["operationId"]
        return found

    @property
    def statuses(self) -> set[int]:
        """Return every status that the operation declares."""
        return {int(status) for status in self.described["responses"]}

    @property
    def names_a_record(self) -> bool:
        """Tell whether the path has a parameter."""
        return "{" in self.path

    @property
    def collection(self) -> str:
        """Return the path of the collection that the record belongs to."""
        return self.path.partition("/{")[0]

    def takes(self, parameter: str) -> bool:
        """Tell whether the operation declares a parameter."""
        return any(one["name"] == parameter for one in self.described.get("parameters", ()))

    def query(self) -> dict[str, Any]:
        """Return the smallest valid query: the parameters that it cannot do without."""
        return {
            one["name"]: sample(one["schema"], self.document)
            for one in self.described.get("parameters", ())
            if one["in"] == "query" and one.get("required")
        }

    def body(self) -> Any:  # noqa: ANN401 - any JSON value
        """Return the smallest valid body, None where the operation takes none."""
        content = self.described.get("requestBody", {}).get("content", {})
        if not content:
            return None
        return sample(content[self.media_type]["schema"], self.document)

    @property
    def media_type(self) -> str:
        """Return what kind of body the operation takes."""
        content = self.described.get("requestBody", {}).get("content", {})
        return next(iter(content), "application/json")

    def at(self, reference: str) -> str:
        """Return the path with a record's reference in it."""
        return re.sub(r"{\w+}", lambda _: reference, self.path, count=1)


def operations(service: str, document: Schema) -> Iterator[Operation]:
    """Yield every operation of a document."""
    for path, methods in document["paths"].items():
        for method in METHODS:
            if method in methods:
                yield Operation(service, method, path, methods[method], document)


async def ask(
    http: httpx.AsyncClient,
    operation: Operation,
    reference: object = SOME_ID,
    *,
    query: str = "",
    if_match: str | None = '"1"',
    media_type: str | None = None,
) -> httpx.Response:
    """Send a request that fits an operation but for what the caller changes."""
    kind = operation.media_type if media_type is None else media_type
    headers = {"Content-Type": kind} if operation.body() is not None else {}
    if if_match is not None and operation.takes("If-Match"):
        headers["If-Match"] = if_match
    request = http.build_request(
        operation.method,
        operation.at(str(reference)) + _with(query, operation.query()),
        json=operation.body(),
        headers=headers,
    )
    if operation.body() is None:
        request.headers.pop("Content-Type", None)
    return await http.send(request)


def _with(query: str, needed: Mapping[str, Any]) -> str:
    if not needed:
        return query
    return f"{query}&{urlencode(needed)}" if query else f"?{urlencode(needed)}"


def sample(schema: Schema, root: Schema) -> Any:  # noqa: ANN401, C901, PLR0911 - any JSON value
    """Return a value that satisfies a schema: its example, or the smallest one."""
    if "$ref" in schema:
        return sample(root["components"]["schemas"][schema["$ref"].rpartition("/")[2]], root)
    for key in ("examples", "enum"):
        if schema.get(key):
            return schema[key][0]
    if "const" in schema:
        return schema["const"]
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return sample(schema[key][0], root)
    match schema.get("type"):
        case "object":
            properties = schema.get("properties", {})
            return {name: sample(properties[name], root) for name in schema.get("required", ())}
        case "array":
            return [sample(schema["items"], root)] * schema.get("minItems", 0)
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return True
        case "string":
            formats = {"uuid": str(SOME_ID), "date-time": "2026-03-02T09:00:00Z"}
            return formats.get(schema.get("format", ""), "x" * max(1, schema.get("minLength", 1)))
    return {}
