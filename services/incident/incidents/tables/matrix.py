"""Where the priority matrix is kept, once a provider has set its own."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from services.incident.incidents.domain.priority import MATRIX_ID
from services.incident.schema import METADATA
from shared.db import ReadTx, Tx, statement

PRIORITY_MATRIX: Final = sa.Table(
    "priority_matrix",
    METADATA,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("cells", postgresql.ARRAY(sa.Integer), nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
)


_READ: Final = statement("select cells, version from incident.priority_matrix")
_LOCK: Final = statement("select pg_advisory_xact_lock(hashtextextended('priority_matrix', 0))")
_WRITE: Final = statement(
    "insert into incident.priority_matrix (id, cells, version, created_at, updated_at)"
    " values (:id, :cells, :version, :now, :now) on conflict (id) do update set"
    " cells = excluded.cells, version = excluded.version, updated_at = excluded.updated_at"
)


async def load_matrix(tx: ReadTx) -> tuple[tuple[int, ...] | None, int]:
    """Return the cells, None while the default holds, and the version, then 0."""
    row = await tx.first(_READ)
    return (None, 0) if row is None else (tuple(row["cells"]), row["version"])


async def lock_matrix(tx: Tx) -> None:
    """Keep others from replacing the matrix until the transaction ends, even the first one."""
    await tx.all(_LOCK)


async def write_matrix(tx: Tx, *, cells: tuple[int, ...], version: int, now: datetime) -> None:
    """Write the matrix that this transaction has locked."""
    await tx.run(_WRITE, id=MATRIX_ID, cells=cells, version=version, now=now)
