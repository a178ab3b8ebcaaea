"""From the rows of an exported log to incidents of the past."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, Literal, TypeAlias, TypeVar
from zoneinfo import ZoneInfo

from services.incident.incidents.domain.past import UNKNOWN, Past, PastFact
from services.incident.incidents.events.vocabulary import Channel, HoldReason, State
from shared.errors import DomainError, Kind

MAX_CELL_CHARS: Final = 1_000
MAX_TITLE_CHARS: Final = 200
MAX_CATEGORY_CHARS: Final = 60
MAX_REOPENINGS: Final = 1_000
MAX_ROWS_OF_ONE: Final = 10_000
EARLIEST_YEAR: Final = 1970
_NO_WORD: Final = re.compile(r"[^a-z0-9_.-]+")
Target: TypeAlias = State | Literal["same"]
Cells: TypeAlias = Mapping[str, str | None]
Label = TypeVar("Label")


class LogNotReadableError(DomainError):
    """The file, or its mapping, is not what it should be; nothing was imported from it."""

    code = "log-not-readable"
    kind = Kind.INVALID
    title = "The file cannot be read"


class RowError(Exception):
    """A row that cannot be used; the message says why."""


@dataclass(frozen=True)
class LogMapping:
    """How a log is read: names of columns, labels and what they mean here."""

    source: str
    encoding: str
    delimiter: str
    date_format: str
    zone: ZoneInfo
    missing: frozenset[str]
    columns: Mapping[str, str]
    title: tuple[str, ...]
    details: tuple[str, ...]
    states: Mapping[str, tuple[Target, HoldReason | None]]
    impact: Mapping[str, int]
    urgency: Mapping[str, int]
    priority: Mapping[str, int]
    priority_matrix: tuple[tuple[int, ...], ...]
    channels: Mapping[str, Channel]
    other_channel: Channel
    closed_codes: Mapping[str, str]

    @property
    def wanted(self) -> tuple[str, ...]:
        """Return the names of the columns that are read, none twice."""
        return tuple(dict.fromkeys((*self.columns.values(), *self.title, *self.details)))


@dataclass(frozen=True, slots=True)
class LogRow:
    """One usable row, in our words; ``cells`` are its texts by the source's columns."""

    number: str
    at: datetime
    target: Target
    hold_reason: HoldReason | None
    impact: int
    urgency: int
    priority: int
    reopen_count: int
    opened_at: datetime
    resolved_at: datetime | None
    closed_at: datetime | None
    cells: Cells


@dataclass(frozen=True, slots=True)
class _Cells:
    """The texts of one row, and how they are read."""

    cells: Cells
    mapping: LogMapping
    now: datetime

    def require_bounded(self) -> None:
        for column, text in self.cells.items():
            if text is not None and len(text) > MAX_CELL_CHARS:
                raise RowError(f"{column}: over {MAX_CELL_CHARS} characters")
            if text is not None and "\x00" in text:
                raise RowError(f"{column}: a null character")

    def text(self, name: str) -> str:
        column = self.mapping.columns[name]
        text = self.cells[column]
        if text is None:
            raise RowError(f"{column}: missing")
        return text

    def time(self, name: str) -> datetime:
        column, text = self.mapping.columns[name], self.text(name)
        try:
            at = _instant(text, self.mapping.date_format, self.mapping.zone)
        except (ValueError, OverflowError) as error:
            message = f"{column}: {text[:40]!r} is no time like {self.mapping.date_format}"
            raise RowError(message) from error
        if at > self.now or at.year < EARLIEST_YEAR:
            raise RowError(f"{column}: {text[:40]!r} lies ahead or before {EARLIEST_YEAR}")
        return at

    def time_if_any(self, name: str) -> datetime | None:
        return None if self.cells[self.mapping.columns[name]] is None else self.time(name)

    def level(self, name: str, labels: Mapping[str, Label]) -> Label:
        text = self.text(name)
        if text not in labels:
            raise RowError(f"{self.mapping.columns[name]}: {text[:40]!r} is not in the mapping")
        return labels[text]


def read_row(cells: Cells, mapping: LogMapping, *, now: datetime) -> LogRow:
    """Return what a row says.

    Raises:
        RowError: it cannot be used.
    """
    said = _Cells(cells, mapping, now)
    said.require_bounded()
    target, reason = said.level("state", mapping.states)
    return LogRow(
        number=said.text("number"),
        at=said.time("updated_at"),
        target=target,
        hold_reason=reason,
        impact=said.level("impact", mapping.impact),
        urgency=said.level("urgency", mapping.urgency),
        priority=said.level("priority", mapping.priority),
        reopen_count=_count(said.text("reopen_count"), mapping.columns["reopen_count"]),
        opened_at=said.time("opened_at"),
        resolved_at=said.time_if_any("resolved_at"),
        closed_at=said.time_if_any("closed_at"),
        cells=cells,
    )


def _count(text: str, column: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and int(text) <= MAX_REOPENINGS):
        raise RowError(f"{column}: {text[:40]!r} is no number from 0 to {MAX_REOPENINGS}")
    return int(text)


@lru_cache(maxsize=10_000)
def _instant(text: str, date_format: str, zone: ZoneInfo) -> datetime:
    at = datetime.strptime(text, date_format)  # noqa: DTZ007 - the zone follows
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)


def past_of(rows: Sequence[LogRow], mapping: LogMapping) -> Past:
    """Return the incident that some rows tell of, in the order of the file."""
    first, last = rows[0], rows[-1]

    def text(row: LogRow, name: str) -> str | None:
        return row.cells.get(mapping.columns.get(name, ""))

    facts: list[PastFact] = []
    state: State = "new"
    reason: HoldReason | None = None
    for row in rows:
        if row.target != "same":
            state, reason = row.target, row.hold_reason
        facts.append(
            PastFact(
                at=row.at,
                state=state,
                hold_reason=reason,
                impact=row.impact,
                urgency=row.urgency,
                priority=row.priority,
                group=text(row, "assignment_group"),
                assignee=text(row, "assignee"),
                reopen_count=row.reopen_count,
                noticed=row.target != "new",
            )
        )
    named = [one for column in mapping.title if (one := last.cells[column]) is not None]
    title = " / ".join((first.number, *named))
    kept = [(column, last.cells[column]) for column in mapping.details]
    code = text(last, "closed_code")
    channel = text(first, "channel") or ""
    return Past(
        source=mapping.source,
        source_number=first.number,
        title=title[:MAX_TITLE_CHARS],
        description="\n".join(f"{column}: {value}" for column, value in kept if value),
        channel=mapping.channels.get(channel, mapping.other_channel),
        category=category_of(text(last, "category") or ""),
        caller=text(first, "caller"),
        reported_at=first.opened_at,
        resolved_at=last.resolved_at,
        closed_at=last.closed_at,
        resolution_code=UNKNOWN if code is None else mapping.closed_codes.get(code, code),
        by_matrix=mapping.priority_matrix[last.impact - 1][last.urgency - 1] == last.priority,
        facts=tuple(facts),
    )


def category_of(text: str) -> str | None:
    """Return a text as our categories are written: ``Network / LAN`` becomes ``network/lan``."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = (_NO_WORD.sub("-", part).strip("-_.") for part in plain.split("/"))
    return "/".join(word for word in words if word)[:MAX_CATEGORY_CHARS].rstrip("/-_.") or None


def digest_of(past: Past, rows: int) -> bytes:
    """Return the digest of what the first rows say: the facts, not how it all ended.

    Exports repeat the newest end on every row, so that it differs in a longer log of the same.
    """
    said = (past.source_number, past.reported_at, past.facts[:rows])
    return hashlib.sha256(repr(said).encode()).digest()


def ends_digest_of(past: Past) -> bytes:
    """Return the digest of how the source says that it ended."""
    said = (past.resolved_at, past.closed_at, past.resolution_code)
    return hashlib.sha256(repr(said).encode()).digest()
