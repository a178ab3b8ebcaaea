"""Which incidents of another system were imported, how much of them, and as what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from services.incident.schema import METADATA
from shared.db import Tx, columns, statement

IMPORT_RECORD: Final = sa.Table(
    "import_record",
    METADATA,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("source_number", sa.Text, primary_key=True),
    sa.Column("incident_id", sa.Uuid, nullable=False, unique=True),
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column("events", sa.Integer, nullable=False),
    sa.Column("digest", sa.LargeBinary, nullable=False, comment="SHA-256 of the facts"),
    sa.Column("ends_digest", sa.LargeBinary, nullable=False, comment="SHA-256 of how it ended"),
    sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
)


@dataclass(frozen=True, slots=True)
class ImportRecord:
    """An imported incident: so many rows of the log became so many events."""

    source: str
    source_number: str
    incident_id: UUID
    rows: int
    events: int
    digest: bytes
    ends_digest: bytes
    imported_at: datetime


_NAMES: Final = tuple(field.name for field in fields(ImportRecord))
_LOCK: Final = statement("select pg_advisory_xact_lock(hashtextextended('import_log', 0))")
_READ: Final = statement(
    f"select {', '.join(_NAMES)} from incident.import_record"  # noqa: S608 - our own names
    " where source = :source and source_number = any(cast(:numbers as text[]))"
)
_WRITE: Final = statement(
    f"insert into incident.import_record ({', '.join(_NAMES)})"  # noqa: S608 - our own names
    f" values ({', '.join(f':{name}' for name in _NAMES)})"
    " on conflict (source, source_number) do update set rows = excluded.rows,"
    " events = excluded.events, digest = excluded.digest, ends_digest = excluded.ends_digest,"
    " imported_at = excluded.imported_at"
)


async def lock_imports(tx: Tx) -> None:
    """Let no other import write until the transaction ends."""
    await tx.all(_LOCK)


async def load_records(tx: Tx, *, source: str, numbers: Sequence[str]) -> dict[str, ImportRecord]:
    """Return what was imported of some incidents, by their number in the source."""
    rows = await tx.all(_READ, source=source, numbers=list(numbers))
    return {row["source_number"]: ImportRecord(**row) for row in rows}


async def write_records(tx: Tx, records: Sequence[ImportRecord]) -> None:
    """Note what was imported, in place of what was noted before."""
    await tx.run_many(_WRITE, [columns(one) for one in records])
