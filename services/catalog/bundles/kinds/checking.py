"""Judge one document by itself: its key, its status, and its fields by the API's own model."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any
from uuid import UUID

import orjson
from pydantic import ValidationError

from services.catalog.bundles.domain.documents import (
    Document,
    Raw,
    Reference,
    is_derived_key,
    is_key,
)
from services.catalog.bundles.domain.faults import Fault, Faults
from services.catalog.bundles.kinds.kind import Body, Kind
from services.catalog.bundles.kinds.naming import (
    as_written,
    holders,
    independent,
    references,
    to_body,
)
from shared.problems import pointer


def stand_in(kind: str, key: str) -> UUID:
    """Return an id for whatever a name means, while a document is judged by itself."""
    return UUID(bytes=blake2b(f"{kind}/{key}".encode(), digest_size=16).digest())


def check(kind: Kind, raw: Raw, faults: Faults) -> Document | None:
    """Return a document that is sound by itself, or note what is wrong with it.

    Raises:
        BundleRefusedError: it brings the hundredth fault.
    """
    before = len(faults.found)
    value = {name: entry for name, entry in raw.value.items() if name not in ("key", "status")}
    key = _key(kind, raw, faults)
    status = _status(kind, raw, faults)
    _check_names(kind, raw, value, faults)
    if len(faults.found) > before or key is None:
        return None
    body = to_body(kind, value, stand_in)
    if kind.statuses is not None and kind.statuses.asked:
        body["status"] = kind.statuses.birth(status)
    try:
        sound = kind.model.model_validate_json(orjson.dumps(body))
    except ValidationError as error:
        for one in error.errors(include_url=False, include_input=False):
            _add(faults, raw, as_written(kind, pointer(one["loc"], body)), one["msg"])
        return None
    if (wrong := kind.unsound(sound)) is not None:
        _add(faults, raw, as_written(kind, wrong[0]), wrong[1])
        return None
    fields = _fields(kind, sound.model_dump(mode="json", by_alias=True), value)
    return Document(raw, key, fields, frozenset(value), status)


def _fields(kind: Kind, dumped: Body, value: Mapping[str, Any]) -> Body:
    """Return all fields by the document's names, with the names that the document has."""
    for name in kind.unsaid:
        dumped.pop(name, None)
    for reference in kind.references:
        if len(reference.path) == 1 and reference.name in dumped:
            empty = dumped.pop(reference.name)
            dumped[reference.path[0]] = in_order(reference, value.get(reference.path[0], empty))
    dumped = kind.canonical(dumped)
    nested = [one for one in kind.references if len(one.path) > 1]
    if nested:
        named = independent(kind, value)
        for reference in nested:
            _put_names(dumped, named, reference)
    return dumped


def _check_names(kind: Kind, raw: Raw, value: Mapping[str, Any], faults: Faults) -> None:
    """Note names that can name nothing, and fields that are the API's and not a document's."""
    for reference, text, at in references(kind, value):
        if reference.target(text) is None:
            _add(faults, raw, at, reference.form)
    for reference in kind.references:
        if len(reference.path) == 1 and reference.name in value:
            _add(faults, raw, f"/{reference.name}", f"name it by its key, as {reference.path[0]}")
    for name in kind.hidden & value.keys():
        _add(faults, raw, f"/{name}", "Extra inputs are not permitted")


def in_order(reference: Reference, names: object) -> object:
    """Return names as a record would tell them: those of a list ascending."""
    return sorted(names) if reference.many and isinstance(names, list) else names


def _put_names(dumped: Body, named: Body, reference: Reference) -> None:
    """Put names where the API has ids; both have the same shape, or it were not sound."""
    path = (*reference.path[:-1], reference.name)
    written = {at: holder for holder, at in holders(named, reference.path)}
    last = reference.path[-1]
    for holder, at in list(holders(dumped, path)):
        if reference.name in holder:
            empty = holder.pop(reference.name)
            holder[last] = in_order(reference, written.get(at, {}).get(last, empty))


def _key(kind: Kind, raw: Raw, faults: Faults) -> str | None:
    key = raw.value.get("key")
    if key is None and kind.derive is not None:
        return kind.derive(raw.value)
    if not is_key(key) and not (kind.derive is not None and is_derived_key(key)):
        _add(faults, raw, "/key", "must be a text of 1 to 100 letters, digits and ._-")
        return None
    return str(key)


def _status(kind: Kind, raw: Raw, faults: Faults) -> str | None:
    if "status" not in raw.value:
        return None
    if kind.statuses is None:
        _add(faults, raw, "/status", f"a {kind.name} has no status")
        return None
    status = raw.value["status"]
    if not isinstance(status, str) or status not in kind.statuses.transitions:
        _add(faults, raw, "/status", f"must be one of {', '.join(kind.statuses.names)}")
        return None
    return status


def _add(faults: Faults, raw: Raw, at: str, detail: str) -> None:
    faults.add(Fault(raw.line_of(at), f"{raw.place}{at}", detail))
