"""An import from beginning to end: many transactions, each of whole incidents.

Stopped at any time and run again, it goes on where it was; two at once take turns, portion by
portion, and the later finds what the other has written.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Protocol

from services.incident.imports.commands import Outcome, import_portion
from services.incident.imports.domain import (
    MAX_ROWS_OF_ONE,
    LogMapping,
    LogRow,
    RowError,
    past_of,
    read_row,
)
from services.incident.imports.formats.log_file import Numbered, SortedLog, sorted_log
from services.incident.incidents.commands.history import figures_of
from services.incident.incidents.domain.past import Past
from shared import clock
from shared.auth import Actor
from shared.db import Database, Row

PORTION_ROWS: Final = 1_000
"""A transaction ends with the incident that reaches this many rows."""


class Told(Protocol):
    """Hears how an import gets on."""

    def reads(self, rows: int) -> None:
        """Hear how many rows of the file were read."""

    def writes(self, rows: int, total: int) -> None:
        """Hear how many of all rows were dealt with."""


@dataclass
class Tally:
    """What the report says, counted in the database portion by portion."""

    rows: int = 0
    rejected: list[tuple[int, str]] = field(default_factory=list)
    by_state: Counter[str] = field(default_factory=Counter)
    by_priority: Counter[str] = field(default_factory=Counter)
    sums: Counter[str] = field(default_factory=Counter)
    to_acknowledge: Decimal = Decimal(0)
    to_resolve: Decimal = Decimal(0)
    new: int = 0
    longer: int = 0
    seconds: float = 0.0

    def add(self, figures: Sequence[Row]) -> None:
        """Add what is stored of some incidents."""
        for row in figures:
            self.by_state[row["state"]] += row["incidents"]
            self.by_priority[str(row["priority"])] += row["incidents"]
            for name in ("incidents", "reopens", "overridden", "acknowledged", "resolved"):
                self.sums[name] += row[name]
            self.to_acknowledge += row["to_acknowledge"]
            self.to_resolve += row["to_resolve"]

    def report(self) -> dict[str, Any]:
        """Return the report as JSON values; a mean of nothing is null."""
        return {
            "rows": self.rows,
            "incidents": self.sums["incidents"],
            "by_state": dict(sorted(self.by_state.items())),
            "by_priority": {str(one): self.by_priority[str(one)] for one in range(1, 6)},
            "reopens": self.sums["reopens"],
            "priority_mismatches": self.sums["overridden"],
            "rejected": [{"row": row, "reason": reason} for row, reason in sorted(self.rejected)],
            "mtta_seconds": _mean(self.to_acknowledge, self.sums["acknowledged"]),
            "time_to_resolve_seconds": _mean(self.to_resolve, self.sums["resolved"]),
            "seconds": round(self.seconds, 3),
        }


def _mean(total: Decimal, count: int) -> float | None:
    return round(float(total / count), 3) if count else None


class _OnlyTriedError(Exception):
    """Ends a transaction that was a rehearsal."""


@dataclass(frozen=True)
class LogImport:
    """One import: where it writes, in whose name, how it reads, and who hears of it."""

    database: Database
    actor: Actor
    mapping: LogMapping
    told: Told
    dry_run: bool = False

    async def carry_out(self, file: Path) -> Tally:
        """Import a log; return what is stored of its incidents now.

        Raises:
            LogNotReadableError: the file is not as the mapping says; nothing was imported.
        """
        began = time.monotonic()
        tally = Tally()
        now = clock.now()
        with sorted_log(file, self.mapping, self.told.reads) as log:
            tally.rows = log.rows
            tally.rejected = list(log.rejected)
            places: dict[str, list[int]] = {}
            pasts: list[Past] = []
            held = done = 0
            for past, rows in self._usable(log, tally, now):
                pasts.append(past)
                places[past.source_number] = rows
                held += len(rows)
                if held >= PORTION_ROWS:
                    await self._portion(pasts, places, tally)
                    done += held
                    self.told.writes(done, log.rows)
                    pasts, places, held = [], {}, 0
            if pasts:
                await self._portion(pasts, places, tally)
            self.told.writes(log.rows, log.rows)
        tally.seconds = time.monotonic() - began
        return tally

    def _usable(
        self, log: SortedLog, tally: Tally, now: datetime
    ) -> Iterator[tuple[Past, list[int]]]:
        for number, lines in log.incidents():
            rows, broken = self._rows(lines, now)
            if not broken:
                yield past_of(rows, self.mapping), [place for place, _ in lines]
                continue
            tally.rejected += broken.items()
            reason = f"row {min(broken)} of the same incident, {number[:40]}, cannot be used"
            tally.rejected += [(place, reason) for place, _ in lines if place not in broken]

    def _rows(
        self, lines: Sequence[Numbered], now: datetime
    ) -> tuple[list[LogRow], dict[int, str]]:
        if len(lines) > MAX_ROWS_OF_ONE:
            return [], {lines[0][0]: f"over {MAX_ROWS_OF_ONE} rows of one incident"}
        rows: list[LogRow] = []
        broken: dict[int, str] = {}
        for place, cells in lines:
            try:
                rows.append(read_row(cells, self.mapping, now=now))
            except RowError as error:
                broken[place] = str(error)
        return rows, broken

    async def _portion(
        self, pasts: Sequence[Past], places: dict[str, list[int]], tally: Tally
    ) -> None:
        outcome = Outcome()
        figures: list[Row] = []
        try:
            async with self.database.transaction() as tx:
                outcome = await import_portion(
                    tx, pasts=pasts, actor=self.actor, new_id=clock.new_id, now=clock.now()
                )
                figures = await figures_of(tx, incident_ids=outcome.incident_ids)
                self._keep_or_not()
        except _OnlyTriedError:
            pass
        tally.add(figures)
        tally.new += outcome.new
        tally.longer += outcome.longer
        for number, reason in outcome.refused.items():
            tally.rejected += [(place, reason) for place in places[number]]

    def _keep_or_not(self) -> None:
        if self.dry_run:
            raise _OnlyTriedError
