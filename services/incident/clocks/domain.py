"""What clocks are made of: facts of a record, targets, and the clock itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, NewType, TypeAlias
from uuid import UUID

from services.incident.clocks.events import AgreementType, ClockState, Metric, RecordType
from shared.errors import DomainError, Kind

ClockId = NewType("ClockId", UUID)
FactKind: TypeAlias = Literal[
    "started",
    "acknowledged",
    "held",
    "resumed",
    "weighed",
    "assigned",
    "updated",
    "resolved",
    "reopened",
    "cancelled",
    "corrected",
]
MICROSECONDS: Final = 1_000_000
CLOCKED: Final[Mapping[RecordType, frozenset[Metric]]] = {
    "incident": frozenset({"response", "update", "resolution"}),
    "service_request": frozenset({"response", "fulfilment"}),
}
"""Which promises have clocks, by the type of record."""


class ClockNotFoundError(DomainError):
    """No such clock, or none that the caller may see."""

    code = "clock-not-found"
    kind = Kind.NOT_FOUND
    title = "No such clock"


class UnknownFactError(DomainError):
    """A correction names a fact that was never noted."""

    code = "clock-fact-unknown"
    kind = Kind.CONFLICT
    title = "There is no such fact to correct"


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that happened to a record at ``at`` (aware UTC); ``sequence`` is its name.

    ``reason`` belongs to ``held``, ``priority`` to ``started`` and ``weighed``, ``team_id`` to
    ``started`` and ``assigned``. ``corrected`` gives another fact, by its sequence, another time
    and, where they are set, another reason, priority or team. ``entry`` is what the record's own
    story calls what it comes from; facts from before that was kept have none.
    """

    sequence: int
    kind: FactKind
    at: datetime
    reason: str | None = None
    priority: int | None = None
    team_id: UUID | None = None
    corrects: int | None = None
    entry: int | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """A promise: so many open seconds of a calendar; without one, of real time.

    ``pause_on`` and ``runs_only_on`` are reasons to be on hold; an empty ``runs_only_on`` means
    always. ``thresholds`` are ascending percentages.
    """

    target_id: UUID
    agreement_version: int
    seconds: int
    calendar_id: UUID | None = None
    pause_on: frozenset[str] = frozenset()
    runs_only_on: frozenset[str] = frozenset()
    thresholds: tuple[int, ...] = (50, 75, 100)


Terms: TypeAlias = Mapping[int, Target | None]
"""The target for each priority that the record has had; None where nothing is promised."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What tells one clock of a record from another: which promise, to or by whom."""

    metric: Metric
    terms: Terms
    team_id: UUID | None = None
    supplier_id: UUID | None = None
    withdrawn_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """Time of a clock that one team or supplier had, and on which kind of hold if on any."""

    team_id: UUID | None
    supplier_id: UUID | None
    reason: str | None
    seconds: int


@dataclass(frozen=True, slots=True)
class Hit:
    """A percentage of the target, and the instant at which so much was used up."""

    percent: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Reading:
    """What a clock shows at ``at``; durations are microseconds of open time.

    ``running`` says whether time counts: a breached clock runs on until it is stopped. ``deadline``
    is null while nothing is due; of a breached clock it is the instant of the breach. ``wake_at``
    is when the next threshold is reached, if nothing happens before.
    """

    at: datetime
    state: ClockState
    running: bool
    started_at: datetime
    stopped_at: datetime | None
    breached_at: datetime | None
    deadline: datetime | None
    elapsed: int
    target: Target
    hits: tuple[Hit, ...]
    attribution: tuple[Share, ...]
    wake_at: datetime | None


@dataclass(frozen=True, slots=True)
class Record:
    """The record that clocks belong to; ``facts`` are in the order in which they were noted.

    ``customer_ids`` are those that it was declared for; ``reached`` says which services of each
    customer in its reach are disturbed, the nearest first.
    """

    id: UUID
    type: RecordType
    number: str
    service_id: UUID | None
    supplier_id: UUID | None
    is_open: bool
    facts: tuple[Fact, ...]
    customer_ids: tuple[UUID, ...]
    reached: Mapping[UUID, tuple[UUID, ...]]
    created_at: datetime
    updated_at: datetime

    @property
    def covers(self) -> dict[UUID, tuple[UUID, ...]]:
        """Return which services count for which customer, the one that counts most first."""
        found = dict(self.reached)
        if self.service_id is not None:
            for customer_id in self.customer_ids:
                others = (one for one in found.get(customer_id, ()) if one != self.service_id)
                found[customer_id] = (self.service_id, *others)
        return found

    @property
    def services(self) -> frozenset[UUID]:
        """Return every service that a promise could be about."""
        own = () if self.service_id is None else (self.service_id,)
        return frozenset(own).union(*self.reached.values())


@dataclass(frozen=True, slots=True)
class Clock:
    """One clock as it is kept: its rules, what it belongs to, and what it last showed."""

    id: ClockId
    record_id: UUID
    agreement_id: UUID
    agreement_type: AgreementType
    agreement_sequence: int
    service_id: UUID
    customer_id: UUID | None
    rules: Rules
    reading: Reading
    calendar_version: int | None
    calendar_sequence: int | None
    version: int
    created_at: datetime
    updated_at: datetime

    @property
    def identity(self) -> tuple[UUID, Metric, UUID, UUID | None, UUID | None, UUID | None]:
        """Return what no two clocks of a record share."""
        return (
            self.agreement_id,
            self.rules.metric,
            self.service_id,
            self.customer_id,
            self.rules.team_id,
            self.rules.supplier_id,
        )


@dataclass(frozen=True, slots=True)
class Note:
    """A fact that an upper area wants noted; ``entry`` is what its own story calls it.

    A correction names the fact that it means by its kind (``corrects``), and which one by when it
    was (``was``, as it is known until then); without that it is the newest. With an ``entry`` it is
    the fact of that entry, if that told the clocks anything.
    """

    kind: FactKind
    at: datetime
    reason: str | None = None
    priority: int | None = None
    team_id: UUID | None = None
    corrects: FactKind | None = None
    was: datetime | None = None
    entry: int | None = None


@dataclass(frozen=True, slots=True)
class Belongs:
    """Which service a record is about, and for which customers it was declared."""

    service_id: UUID | None
    customer_ids: tuple[UUID, ...]
