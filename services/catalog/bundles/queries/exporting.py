"""The catalogue as documents: what is there now, and what has ended and is still referred to.

Documents come kind by kind, ordered by their keys. A record that no bundle named has its id as its
key, so that importing an export changes nothing, wherever the records came from.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from services.catalog.bundles.commands.planning import as_documents
from services.catalog.bundles.domain.documents import LISTS
from services.catalog.bundles.domain.faults import refused
from services.catalog.bundles.domain.plans import Existing
from services.catalog.bundles.kinds.kind import Kind
from services.catalog.bundles.kinds.naming import ids_in
from services.catalog.bundles.kinds.registry import KINDS
from services.catalog.bundles.tables import find_keys
from shared.db import ReadTx

PORTION: Final = 1_000


@dataclass(frozen=True)
class Wanted:
    """Which kinds an export holds."""

    kinds: tuple[str, ...] = tuple(KINDS)

    @classmethod
    def of(cls, names: Collection[str]) -> Wanted:
        """Return the kinds that are named, singular or plural; all if none is.

        Raises:
            BundleRefusedError: there is no such kind.
        """
        if not names:
            return cls()
        kinds = {LISTS.get(name, name) for name in names}
        if unknown := sorted(kinds - set(KINDS)):
            known = ", ".join(KINDS)
            raise refused(1, "/kind", f"{unknown[0]} is none of {known}")
        return cls(tuple(name for name in KINDS if name in kinds))


async def export(
    tx: ReadTx, *, wanted: Wanted, now: datetime
) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    """Yield kind and document of everything that is there at ``now``, in a stable order."""
    found = {name: await KINDS[name].rows.in_order(tx, now=now) for name in wanted.kinds}
    await _add_referred(tx, found, now)
    for name, ids in found.items():
        kind = KINDS[name]
        defaults = kind.defaults
        for part in _parts(ids):
            keys = await find_keys(tx, part)
            stored = await kind.stored(tx, await kind.rows.by_id(tx, part), now=now)
            existing = await as_documents(tx, kind=kind, stored=stored)
            for identity in part:
                if identity in existing:
                    key = keys.get(identity, str(identity))
                    yield name, _document(kind, key, existing[identity], defaults)


async def count(tx: ReadTx, *, wanted: Wanted, now: datetime) -> int:
    """Return how many documents an export holds, not counting what has ended."""
    return sum([await KINDS[name].rows.count(tx, now=now) for name in wanted.kinds])


async def _add_referred(tx: ReadTx, found: dict[str, list[UUID]], now: datetime) -> None:
    """Add what has ended to which something refers still, from the upper kinds down."""
    for name in reversed(list(found)):
        kind = KINDS[name]
        if all(len(one.kinds) > 1 for one in kind.references):
            # What lies on the map is joined only while both ends are there.
            continue
        waiting = found[name]
        while waiting:
            added: dict[str, set[UUID]] = {}
            for part in _parts(waiting):
                records = await kind.rows.by_id(tx, part)
                for stored in await kind.stored(tx, records, now=now):
                    for target, identity in ids_in(kind, stored):
                        added.setdefault(target, set()).add(identity)
            waiting = await _merge(tx, found, added, name)


async def _merge(
    tx: ReadTx, found: dict[str, list[UUID]], added: dict[str, set[UUID]], name: str
) -> list[UUID]:
    """Put more records in their places; return those of one kind that are new."""
    own: list[UUID] = []
    for target, ids in added.items():
        new = ids - set(found.get(target, ids))
        if not new:
            continue
        everything = [*found[target], *new]
        keys: dict[UUID, str] = {}
        for part in _parts(everything):
            keys.update(await find_keys(tx, part))
        found[target] = sorted(everything, key=lambda one: keys.get(one, str(one)))
        if target == name:
            own = list(new)
    return own


def _document(kind: Kind, key: str, existing: Existing, defaults: dict[str, Any]) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for name in kind.order:
        if name not in existing.fields:
            continue
        value = existing.fields[name]
        without = name in defaults and defaults[name] == value
        if not without and not (name in kind.only_given and value is None):
            document[name] = value
    if kind.statuses is not None and existing.status != kind.statuses.birth(None):
        document["status"] = existing.status
    if kind.derive is not None and kind.derive(document) == key:
        return document
    return {"key": key, **document}


def _parts(ids: list[UUID]) -> Iterator[list[UUID]]:
    for first in range(0, len(ids), PORTION):
        yield ids[first : first + PORTION]
