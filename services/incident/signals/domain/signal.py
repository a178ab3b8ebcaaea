"""A signal: one alert, and how it changes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, TypeAlias
from uuid import UUID

from services.incident.signals.events import (
    SignalDeduplicated,
    SignalEvent,
    SignalLinked,
    SignalReceived,
    SignalReleased,
    SignalResolved,
    SignalStatus,
    Standing,
)
from shared.errors import DomainError, Kind

Action: TypeAlias = Literal["trigger", "acknowledge", "resolve"]
Happened: TypeAlias = Literal["received", "repeated", "sender", "superseded", "linked", "released"]
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
    ci_hint: str | None
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
    standing: Standing = "open"
    suppressed_by: UUID | None = None
    suppression_reason: str | None = None
    ci_id: UUID | None = None
    ci_hint: str | None = None

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
            "standing": self.standing,
            "suppressed_by": self.suppressed_by,
            "suppression_reason": self.suppression_reason,
            "ci_id": self.ci_id,
            "ci_hint": self.ci_hint,
        }
        if happened == "received":
            return SignalReceived(**state)
        if happened == "repeated":
            return SignalDeduplicated(**state)
        if happened == "linked":
            return SignalLinked(**state)
        if happened == "released":
            return SignalReleased(**state)
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
