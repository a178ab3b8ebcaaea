"""A signal, and what a delivery of reports means for the signals that are known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal, TypeAlias
from uuid import UUID

from services.incident.signals.events import (
    SignalDeduplicated,
    SignalEvent,
    SignalReceived,
    SignalResolved,
    SignalStatus,
)
from shared.errors import DomainError, Kind

Action: TypeAlias = Literal["trigger", "acknowledge", "resolve"]
Happened: TypeAlias = Literal["received", "repeated", "sender", "superseded"]
Identity: TypeAlias = tuple[str, datetime]


class SignalNotFoundError(DomainError):
    """No such signal."""

    code = "signal-not-found"
    kind = Kind.NOT_FOUND
    title = "No such signal"


class SignalRaceError(DomainError):
    """Another delivery is just storing one of these signals; the next try finds it stored."""

    code = "signal-in-flight"
    kind = Kind.UNAVAILABLE
    title = "Another delivery is storing one of these signals"


@dataclass(frozen=True, slots=True)
class Report:
    """What a sender says of one alert; without ``started_at`` it speaks of the one that fires.

    ``name`` is what its sender calls the kind of alert, for one that comes without a summary.
    """

    fingerprint: str
    action: Action
    started_at: datetime | None
    ended_at: datetime | None
    severity: str
    service_hint: str | None
    name: str
    summary: str
    details: str
    link: str | None
    raw: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """The reports of one group, as one body brought them; its title and text are for people."""

    group_key: str
    title: str
    text: str
    reports: tuple[Report, ...]


@dataclass(frozen=True, slots=True)
class Signal:
    """One alert as it stands; ``version`` counts its events, ``count`` its firing reports."""

    id: UUID
    integration_id: UUID
    group_id: UUID
    fingerprint: str
    started_at: datetime
    status: SignalStatus
    severity: str
    summary: str
    details: str
    service_id: UUID | None
    service_hint: str | None
    link: str | None
    raw: str
    incident_id: UUID | None
    count: int
    ended_at: datetime | None
    version: int
    first_seen_at: datetime
    last_seen_at: datetime

    @property
    def identity(self) -> Identity:
        """Return what tells it from the other signals of its integration."""
        return self.fingerprint, self.started_at

    def told(self, happened: Happened) -> SignalEvent:
        """Return the event that brought it here."""
        state: dict[str, Any] = {
            "signal_id": self.id,
            "integration_id": self.integration_id,
            "fingerprint": self.fingerprint,
            "status": self.status,
            "severity": self.severity,
            "summary": self.summary,
            "service_id": self.service_id,
            "service_hint": self.service_hint,
            "incident_id": self.incident_id,
            "count": self.count,
            "started_at": self.started_at,
            "ended_at": self.ended_at,
        }
        if happened == "received":
            return SignalReceived(**state)
        if happened == "repeated":
            return SignalDeduplicated(**state)
        return SignalResolved(**state, reason=happened)

    def again(self, report: Report, *, now: datetime) -> Signal:
        """Return it after another firing report; what the report leaves empty stays as it was."""
        return replace(
            self._worded(report),
            status="firing",
            ended_at=None,
            count=self.count + 1,
            last_seen_at=now,
            version=self.version + 1,
        )

    def over(self, report: Report | None, *, at: datetime, now: datetime) -> Signal:
        """Return it after its end; the end may come without texts, which then stay."""
        worded = self if report is None else self._worded(report)
        return replace(
            worded,
            status="resolved",
            ended_at=max(at, self.started_at),
            last_seen_at=now,
            version=self.version + 1,
        )

    def _worded(self, report: Report) -> Signal:
        return replace(
            self,
            severity=report.severity or self.severity,
            summary=report.summary or self.summary,
            details=report.details or self.details,
            link=report.link or self.link,
            raw=report.raw or self.raw,
        )


@dataclass(slots=True)
class Ledger:
    """What a delivery changed: each step in order, and how each signal stands in the end.

    ``fresh`` are those that fire now and did not before; ``ended`` those that no longer do.
    """

    steps: list[tuple[Happened, Signal]] = field(default_factory=list)
    latest: dict[UUID, Signal] = field(default_factory=dict)
    born: set[UUID] = field(default_factory=set)
    fresh: set[UUID] = field(default_factory=set)
    ended: set[UUID] = field(default_factory=set)
    acknowledged: set[UUID] = field(default_factory=set)

    def note(self, happened: Happened, signal: Signal) -> None:
        """Take a step."""
        self.steps.append((happened, signal))
        self.latest[signal.id] = signal

    def lead_to(self, incident_id: UUID) -> None:
        """Say which incident the fresh signals led to, in every step of theirs."""
        self.steps = [
            (happened, self._leading(signal, incident_id)) for happened, signal in self.steps
        ]
        for signal_id in self.fresh:
            self.latest[signal_id] = replace(self.latest[signal_id], incident_id=incident_id)

    def _leading(self, signal: Signal, incident_id: UUID) -> Signal:
        return replace(signal, incident_id=incident_id) if signal.id in self.fresh else signal


Build: TypeAlias = Callable[[Report, datetime], Signal]


def sort_out(
    reports: Sequence[Report],
    known: Iterable[Signal],
    *,
    build: Build,
    now: datetime,
) -> Ledger:
    """Return what reports mean for the signals that are known: new, repeated, over.

    ``known`` are the signals of the reports' fingerprints that fire or have a reported start;
    ``build`` makes a new, firing signal of a report and its start. The last report of an identity
    in a body counts. An alert fires once at a time: a newer start ends the older one.
    """
    ledger = Ledger()
    signals: dict[Identity, Signal] = {signal.identity: signal for signal in known}
    firing: dict[str, Signal] = {}
    for signal in signals.values():
        if signal.status == "firing":
            _remember(firing, signal)
    for identity, report in _by_identity(reports, firing, now=now).items():
        present = signals.get(identity)
        if report.action == "acknowledge":
            if present is not None and present.status == "firing":
                ledger.acknowledged.add(present.id)
            continue
        if report.action == "resolve":
            after = _end(ledger, present, report, identity, build=build, now=now)
        else:
            after = _fire(ledger, present, report, identity, firing, build=build, now=now)
        signals[identity] = after
        if after.status == "firing":
            _remember(firing, after)
    return ledger


def _by_identity(
    reports: Sequence[Report], firing: Mapping[str, Signal], *, now: datetime
) -> dict[Identity, Report]:
    found: dict[Identity, Report] = {}
    for report in reports:
        current = firing.get(report.fingerprint)
        started = report.started_at or (current.started_at if current else now)
        found[report.fingerprint, started] = report
    return dict(sorted(found.items(), key=lambda entry: entry[0][1]))


def _remember(firing: dict[str, Signal], signal: Signal) -> None:
    other = firing.get(signal.fingerprint)
    if other is None or other.started_at < signal.started_at:
        firing[signal.fingerprint] = signal


def _end(
    ledger: Ledger,
    present: Signal | None,
    report: Report,
    identity: Identity,
    *,
    build: Build,
    now: datetime,
) -> Signal:
    at = report.ended_at or now
    if present is None:
        # It came and went between two deliveries: worth keeping, not worth an incident.
        whole = build(report, identity[1])
        born = replace(whole, status="resolved", ended_at=max(at, whole.started_at))
        ledger.born.add(born.id)
        ledger.note("received", born)
        return born
    if present.status == "resolved":
        return present
    after = present.over(report, at=at, now=now)
    ledger.ended.add(after.id)
    ledger.note("sender", after)
    return after


def _fire(
    ledger: Ledger,
    present: Signal | None,
    report: Report,
    identity: Identity,
    firing: Mapping[str, Signal],
    *,
    build: Build,
    now: datetime,
) -> Signal:
    if present is not None and present.status == "firing":
        after = present.again(report, now=now)
        ledger.note("repeated", after)
        return after
    if present is None:
        after = build(report, identity[1])
        ledger.born.add(after.id)
    else:
        after = present.again(report, now=now)
    other = firing.get(after.fingerprint)
    if other is not None and other.started_at > after.started_at:
        # A report that was overtaken by a newer start: it is over already.
        after = replace(after, status="resolved", ended_at=other.started_at)
        ledger.note("received", after)
        return after
    ledger.note("received", after)
    ledger.fresh.add(after.id)
    if other is not None:
        older = ledger.latest.get(other.id, other).over(None, at=after.started_at, now=now)
        ledger.ended.add(older.id)
        ledger.note("superseded", older)
    return after
