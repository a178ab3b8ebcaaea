"""Replacing the priority matrix."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from services.incident.incidents.domain.priority import MATRIX_ID, checked_cells, rows_of
from services.incident.incidents.events.major import PriorityMatrixChanged
from services.incident.incidents.tables import matrix as matrix_tables
from shared import outbox
from shared.auth import Actor
from shared.db import Tx
from shared.errors import require_version


async def replace_matrix(
    tx: Tx,
    *,
    rows: Sequence[Sequence[int]],
    expected_version: int,
    actor: Actor,
    now: datetime,
) -> int:
    """Put another priority matrix in force for what is declared or changed from now on.

    Returns the matrix's version; the default's is 0.

    Raises:
        StaleVersionError: it is not at ``expected_version``.
        MatrixOrderError: less would count for more.
    Emits:
        itsm.priority_matrix.changed.v1, unless it is the same
    """
    cells = checked_cells(rows)
    await matrix_tables.lock_matrix(tx)
    present, version = await matrix_tables.load_matrix(tx)
    require_version(version, expected_version)
    if cells == present:
        return version
    version += 1
    await matrix_tables.write_matrix(tx, cells=cells, version=version, now=now)
    event = PriorityMatrixChanged(priority_matrix_id=MATRIX_ID, cells=rows_of(cells))
    outbox.append(
        tx, key=MATRIX_ID, version=version, events=[event], actor=actor, occurred_at=now, now=now
    )
    return version
