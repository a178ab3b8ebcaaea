"""From names to ids and back: the references in documents, and in what the API takes and gives."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from uuid import UUID

from services.catalog.bundles.domain.documents import Reference
from services.catalog.bundles.kinds.kind import Body, Kind, Stored

EVERY = "*"


def holders(value: Any, path: tuple[str, ...], at: str = "") -> Iterator[tuple[Body, str]]:  # noqa: ANN401 - any JSON value
    """Yield each mapping that can hold the last part of a path, and its pointer."""
    if len(path) == 1:
        if isinstance(value, dict):
            yield value, at
    elif path[0] == EVERY:
        if isinstance(value, list):
            for number, entry in enumerate(value):
                yield from holders(entry, path[1:], f"{at}/{number}")
    elif isinstance(value, dict):
        yield from holders(value.get(path[0]), path[1:], f"{at}/{path[0]}")


def independent(kind: Kind, value: Mapping[str, Any]) -> Body:
    """Return a copy of a document whose references can be replaced."""
    if any(len(one.path) > 1 for one in kind.references):
        return copy.deepcopy(dict(value))
    return dict(value)


def references(kind: Kind, value: Mapping[str, Any]) -> Iterator[tuple[Reference, object, str]]:
    """Yield each name in a document: the reference, the text, and its pointer."""
    for reference in kind.references:
        last = reference.path[-1]
        for holder, at in holders(value, reference.path):
            if (found := holder.get(last)) is None:
                continue
            if reference.many and isinstance(found, list):
                for number, one in enumerate(found):
                    yield reference, one, f"{at}/{last}/{number}"
            else:
                yield reference, found, f"{at}/{last}"


def to_body(kind: Kind, value: Mapping[str, Any], id_of: Callable[[str, str], UUID | None]) -> Body:
    """Return a document as the API takes it: ids for names. What ``id_of`` does not know stays."""
    body = independent(kind, value)

    def replaced(reference: Reference, text: object) -> object:
        target = reference.target(text)
        found = None if target is None else id_of(*target)
        return text if found is None else str(found)

    for reference in kind.references:
        last = reference.path[-1]
        for holder, _ in holders(body, reference.path):
            if last not in holder:
                continue
            found = holder.pop(last)
            if reference.many and isinstance(found, list):
                holder[reference.name] = [replaced(reference, one) for one in found]
            else:
                holder[reference.name] = None if found is None else replaced(reference, found)
    return body


def to_fields(kind: Kind, stored: Stored, key_of: Callable[[UUID], str]) -> Body:
    """Return a record as a document says it: names for ids."""
    fields = independent(kind, stored.body)

    def named(reference: Reference, text: str) -> str:
        target, identity = _target(reference, text)
        return reference.text(target, key_of(identity))

    for reference in kind.references:
        path = (*reference.path[:-1], reference.name)
        for holder, _ in holders(fields, path):
            if reference.name not in holder:
                continue
            found = holder.pop(reference.name)
            if isinstance(found, list):
                holder[reference.path[-1]] = sorted(named(reference, one) for one in found)
            else:
                holder[reference.path[-1]] = None if found is None else named(reference, found)
    return fields


def ids_in(kind: Kind, stored: Stored) -> Iterator[tuple[str, UUID]]:
    """Yield kind and id of everything that a record refers to."""
    for reference in kind.references:
        path = (*reference.path[:-1], reference.name)
        for holder, _ in holders(stored.body, path):
            found = holder.get(reference.name)
            for one in found if isinstance(found, list) else [found]:
                if one is not None:
                    yield _target(reference, one)


def _target(reference: Reference, text: str) -> tuple[str, UUID]:
    kind, separator, identity = text.rpartition("/")
    return (kind if separator else reference.kinds[0]), UUID(identity)


def as_written(kind: Kind, pointer: str) -> str:
    """Return a pointer into the API's body as one into the document."""
    parts = pointer.split("/")[1:]
    for reference in kind.references:
        length = len(reference.path)
        if len(parts) < length or parts[length - 1] != reference.name:
            continue
        if all(
            wanted in (part, EVERY)
            for part, wanted in zip(parts[: length - 1], reference.path, strict=False)
        ):
            parts[length - 1] = reference.path[-1]
            return "/" + "/".join(parts)
    return pointer
