"""Which record stands for which entry of the bundles that were imported."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from services.catalog.schema import METADATA
from shared.db import ReadTx, Tx, statement

BUNDLE_ENTRY: Final = sa.Table(
    "bundle_entry",
    METADATA,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("record_id", sa.Uuid, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    sa.UniqueConstraint("record_id"),
)

LOCK: Final = 0x6974736D62756E64
"""The advisory lock of imports: one at a time per database."""
_FIND: Final = statement(
    "select key, record_id from catalog.bundle_entry where kind = :kind and key = any(:keys)"
)
_KEYS: Final = statement(
    "select record_id, key from catalog.bundle_entry where record_id = any(:ids)"
)
# A record that a key stood for may have ended for good; the key then stands for its successor.
_KEEP: Final = statement(
    "insert into catalog.bundle_entry (kind, key, record_id, created_at, updated_at)"
    " select :kind, entry.key, entry.record_id, :now, :now"
    " from unnest(cast(:keys as text[]), cast(:ids as uuid[])) as entry (key, record_id)"
    " on conflict (kind, key) do update set record_id = excluded.record_id,"
    " updated_at = excluded.updated_at"
)
_TRY_LOCK: Final = statement("select pg_try_advisory_lock(:lock)")
_UNLOCK: Final = statement("select pg_advisory_unlock(:lock)")


async def find_entries(tx: ReadTx, kind: str, keys: Collection[str]) -> dict[str, UUID]:
    """Return the records that keys of one kind stand for; unknown keys are left out."""
    if not keys:
        return {}
    rows = await tx.all(_FIND, kind=kind, keys=list(keys))
    return {row["key"]: row["record_id"] for row in rows}


async def find_keys(tx: ReadTx, ids: Collection[UUID]) -> dict[UUID, str]:
    """Return the keys of records; those that no bundle named are left out."""
    if not ids:
        return {}
    rows = await tx.all(_KEYS, ids=list(ids))
    return {row["record_id"]: row["key"] for row in rows}


async def keep_entries(
    tx: Tx, kind: str, entries: Sequence[tuple[str, UUID]], *, now: datetime
) -> None:
    """Note which records stand for keys from now on, in the transaction that made them."""
    await tx.run(
        _KEEP,
        kind=kind,
        keys=[key for key, _ in entries],
        ids=[record_id for _, record_id in entries],
        now=now,
    )


async def try_lock(tx: ReadTx) -> bool:
    """Take the lock of imports for this connection; tell whether it was free."""
    return bool(await tx.value(_TRY_LOCK, lock=LOCK))


async def unlock(tx: ReadTx) -> None:
    """Give the lock of imports back."""
    await tx.value(_UNLOCK, lock=LOCK)
