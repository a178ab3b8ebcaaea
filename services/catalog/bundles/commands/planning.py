"""Compare documents with the records that they stand for."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.catalog.bundles.domain.documents import Document, id_of_key
from services.catalog.bundles.domain.faults import Fault, Faults
from services.catalog.bundles.domain.plans import (
    Change,
    Existing,
    FixedFieldError,
    NoWayError,
    judge,
)
from services.catalog.bundles.kinds.kind import Kind, Stored
from services.catalog.bundles.kinds.naming import ids_in, to_fields
from services.catalog.bundles.tables import find_entries, find_keys
from shared.db import ReadTx


@dataclass(frozen=True, slots=True)
class Planned:
    """A document, the record that it stands for if there is one, and what it does to it."""

    document: Document
    record_id: UUID | None
    change: Change


async def plan_documents(
    tx: ReadTx, *, kind: Kind, documents: Sequence[Document], faults: Faults, now: datetime
) -> list[Planned]:
    """Return what documents of one kind do to what is there at ``now``.

    What cannot be done is noted among the faults and left out.

    Raises:
        BundleRefusedError: there are a hundred faults.
    """
    known = await record_ids(tx, name=kind.name, keys=[one.key for one in documents])
    existing = await existing_records(tx, kind=kind, ids=list(known.values()), now=now)
    planned: list[Planned] = []
    for document in documents:
        record_id = known.get(document.key)
        found = None if record_id is None else existing.get(record_id)
        raw = document.raw
        try:
            change = judge(
                document,
                found,
                statuses=kind.statuses,
                changeable=kind.changeable,
                only_given=kind.only_given,
            )
        except FixedFieldError as error:
            at = f"/{error}"
            detail = f"{error} of a {kind.name} cannot change once it exists"
            faults.add(Fault(raw.line_of(at), f"{raw.place}{at}", detail))
        except NoWayError as error:
            faults.add(Fault(raw.line_of("/status"), f"{raw.place}/status", str(error)))
        else:
            planned.append(Planned(document, record_id if found else None, change))
    return planned


async def record_ids(tx: ReadTx, *, name: str, keys: Collection[str]) -> dict[str, UUID]:
    """Return the records that keys stand for: as imported before, or as an export wrote them."""
    found = await find_entries(tx, name, set(keys))
    for key in keys:
        if key not in found and (identity := id_of_key(key)) is not None:
            found[key] = identity
    return found


async def existing_records(
    tx: ReadTx, *, kind: Kind, ids: Sequence[UUID], now: datetime
) -> dict[UUID, Existing]:
    """Return records as documents would say them; what does not exist is left out."""
    if not ids:
        return {}
    stored = await kind.stored(tx, await kind.rows.by_id(tx, ids), now=now)
    return await as_documents(tx, kind=kind, stored=stored)


async def as_documents(tx: ReadTx, *, kind: Kind, stored: Sequence[Stored]) -> dict[UUID, Existing]:
    """Return stored records as documents would say them."""
    named = await find_keys(tx, {one for record in stored for _, one in ids_in(kind, record)})

    def key_of(identity: UUID) -> str:
        return named.get(identity) or str(identity)

    return {
        record.id: Existing(to_fields(kind, record, key_of), record.status) for record in stored
    }


async def is_empty(tx: ReadTx, *, kind: Kind) -> bool:
    """Tell whether there is no record of a kind that a document could stand for."""
    return not await kind.rows.any(tx)
