"""JSON Schemas of payloads compared: what a new version breaks, and what a reader asks in vain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]


@dataclass(frozen=True)
class Shape:
    """What values a place in a payload can have, references and alternatives taken in."""

    types: frozenset[str]
    values: frozenset[str] | None
    properties: Mapping[str, Schema]
    required: frozenset[str]
    items: Schema | None


def shape(schema: Schema, root: Schema) -> Shape:
    """Return the shape of a part of a schema; ``root`` holds the definitions it refers to."""
    parts = list(_alternatives(schema, root))
    objects = [part for part in parts if "properties" in part]
    listed = [value for part in parts for value in part.get("enum", ())]
    listed += [part["const"] for part in parts if "const" in part]
    return Shape(
        types=frozenset(kind for part in parts for kind in _types(part)),
        values=frozenset(map(str, listed)) if listed else None,
        properties={name: one for part in objects for name, one in part["properties"].items()},
        required=frozenset.intersection(*(frozenset(part.get("required", ())) for part in objects))
        if objects
        else frozenset(),
        items=next((part["items"] for part in parts if "items" in part), None),
    )


def _alternatives(schema: Schema, root: Schema) -> Iterator[Schema]:
    if "$ref" in schema:
        yield from _alternatives(root["$defs"][schema["$ref"].rpartition("/")[2]], root)
        return
    choices = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
    for choice in choices:
        yield from _alternatives(choice, root)
    if not choices:
        yield schema


def _types(part: Schema) -> list[str]:
    if "type" in part:
        return [part["type"]] if isinstance(part["type"], str) else list(part["type"])
    return ["string"] if "enum" in part or "const" in part else ["anything"]


def every_name(schema: Schema) -> Iterator[str]:
    """Yield the name of every field in a schema, at any depth."""
    for part in (schema, *schema.get("$defs", {}).values()):
        yield from part.get("properties", {})


def breaking(before: Schema, after: Schema) -> list[str]:
    """Return what readers of ``before`` could stumble over; new optional fields pass."""
    return list(_breaking(before, after, before, after, "payload"))


def _breaking(
    before: Schema, after: Schema, old_root: Schema, new_root: Schema, place: str
) -> Iterator[str]:
    old, new = shape(before, old_root), shape(after, new_root)
    if old.types != new.types:
        yield f"{place} was {_words(old.types)} and is {_words(new.types)}"
    if old.values and new.values and (gone := old.values - new.values):
        yield f"{place} can no longer be {_words(gone)}"
    if old.items and new.items:
        yield from _breaking(old.items, new.items, old_root, new_root, f"{place}[]")
    for name in sorted(old.properties.keys() - new.properties.keys()):
        yield f"{place}.{name} is gone"
    for name in sorted(new.required - old.required):
        yield f"{place}.{name} is required now"
    for name in sorted((old.required - new.required) & new.properties.keys()):
        yield f"{place}.{name} may be missing now"
    for name in sorted(old.properties.keys() & new.properties.keys()):
        yield from _breaking(
            old.properties[name], new.properties[name], old_root, new_root, f"{place}.{name}"
        )


def unmet(view: Schema, payload: Schema) -> list[str]:
    """Return what a reader expects of a payload that its publisher does not promise."""
    return list(_unmet(view, payload, view, payload, "payload"))


def _unmet(
    view: Schema, payload: Schema, view_root: Schema, payload_root: Schema, place: str
) -> Iterator[str]:
    asked, given = shape(view, view_root), shape(payload, payload_root)
    understood = asked.types | ({"integer"} if "number" in asked.types else set())
    if "anything" not in asked.types and (odd := given.types - understood):
        yield f"{place} can be {_words(odd)}, which its reader does not take"
    if asked.values is not None and (given.values is None or given.values - asked.values):
        odd = (given.values or frozenset({"anything"})) - asked.values
        yield f"{place} can be {_words(odd)}, which its reader does not know"
    if asked.items and given.items:
        yield from _unmet(asked.items, given.items, view_root, payload_root, f"{place}[]")
    for name in sorted(asked.required - given.required):
        yield f"{place}.{name} is not promised"
    for name in sorted(asked.properties.keys() & given.properties.keys()):
        yield from _unmet(
            asked.properties[name],
            given.properties[name],
            view_root,
            payload_root,
            f"{place}.{name}",
        )


def _words(values: frozenset[str]) -> str:
    return " or ".join(sorted(values))
