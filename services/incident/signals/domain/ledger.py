"""What a delivery of reports means for the signals that are known."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, TypeAlias
from uuid import UUID

from services.incident.signals.domain.signal import Happened, Identity, Report, Signal

_EXPLAINED_BY_NOTHING: Final[Mapping[str, Any]] = {
    "suppressed_by": None,
    "suppression_reason": None,
}


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
        self._say(self.fresh, incident_id=incident_id, standing="open", **_EXPLAINED_BY_NOTHING)

    def wait(self) -> None:
        """Keep the fresh signals until more of their group come; none is fresh any more."""
        self._say(self.fresh, incident_id=None, standing="waiting", **_EXPLAINED_BY_NOTHING)
        self.fresh.clear()

    def suppress(self, signal_ids: Collection[UUID], *, change_id: UUID, reason: str) -> None:
        """Keep fresh signals that a change explains; they are not fresh any more."""
        self._say(
            signal_ids,
            incident_id=None,
            standing="suppressed",
            suppressed_by=change_id,
            suppression_reason=reason,
        )
        self.fresh.difference_update(signal_ids)

    def link(self, waiting: Iterable[Signal], incident_id: UUID) -> None:
        """Let signals that waited lead to an incident as well."""
        for signal in waiting:
            present = self.latest.get(signal.id, signal)
            if present.standing == "waiting":
                after = replace(
                    present,
                    incident_id=incident_id,
                    standing="open",
                    version=present.version + 1,
                )
                self.note("linked", after)

    def release(self, signals: Iterable[Signal]) -> None:
        """Take signals that no change explains any more as fresh."""
        for signal in signals:
            after = replace(
                signal, standing="open", version=signal.version + 1, **_EXPLAINED_BY_NOTHING
            )
            self.note("released", after)
            self.fresh.add(after.id)

    def _say(self, signal_ids: Collection[UUID], **said: Any) -> None:  # noqa: ANN401 - fields of a signal
        chosen = frozenset(signal_ids)
        self.steps = [
            (happened, replace(signal, **said) if signal.id in chosen else signal)
            for happened, signal in self.steps
        ]
        for signal_id in chosen:
            self.latest[signal_id] = replace(self.latest[signal_id], **said)


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
