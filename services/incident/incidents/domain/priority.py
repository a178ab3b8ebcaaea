"""How impact and urgency make a priority.

The matrix is data: nine numbers, row by row, the rows by impact and the columns by urgency, each
1 (high), 2 (medium), 3 (low). Until a provider replaces it, the usual three by three holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from shared.errors import DomainError, Kind

LEVELS: Final[Mapping[str, int]] = {"high": 1, "medium": 2, "low": 3}
DEFAULT_CELLS: Final = (1, 2, 3, 2, 3, 4, 3, 4, 5)
MATRIX_ID: Final = UUID("6a1f3a52-3c8e-5b37-9d57-0e9b0c3f7a10")
"""There is one matrix; its id is fixed so that its events have a key."""
CRITICAL: Final = 1
SIZE: Final = 3


class MatrixOrderError(DomainError):
    """A matrix in which less would count for more."""

    code = "priority-matrix-out-of-order"
    kind = Kind.INVALID
    title = "The matrix ranks something lower above something higher"


class PriorityReasonError(DomainError):
    """Setting a priority against the matrix needs a reason, and only that does."""

    code = "priority-reason-needed"
    kind = Kind.INVALID
    title = "An overridden priority needs a reason"


def priority_of(impact: int, urgency: int, cells: Sequence[int] | None) -> int:
    """Return the priority, 1 (critical) to 5 (planning); without cells by the default matrix."""
    return (cells or DEFAULT_CELLS)[(impact - 1) * SIZE + urgency - 1]


def rows_of(cells: Sequence[int]) -> tuple[tuple[int, ...], ...]:
    """Return the cells as one row per impact."""
    return tuple(tuple(cells[start : start + SIZE]) for start in range(0, SIZE * SIZE, SIZE))


def checked_cells(rows: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """Return a matrix's cells row by row.

    Raises:
        MatrixOrderError: a lower impact or urgency would give a higher priority.
    """
    for impact in range(SIZE):
        for urgency in range(SIZE):
            lower = [(impact + 1, urgency), (impact, urgency + 1)]
            for row, column in lower:
                if max(row, column) < SIZE and rows[row][column] < rows[impact][urgency]:
                    raise MatrixOrderError(
                        f"Impact {row + 1} with urgency {column + 1} would rank above impact"
                        f" {impact + 1} with urgency {urgency + 1}.",
                        pointer=f"/cells/{row}/{column}",
                    )
    return tuple(cell for row in rows for cell in row)
