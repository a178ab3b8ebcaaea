"""Taking in what senders report: the one place that says new incident, update, repeat or over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypeAlias
from uuid import UUID

from services.incident.incidents import queries as incident_queries
from services.incident.incidents.commands import automation, declaring
from services.incident.incidents.domain.incident import OPEN, Declaration, Incident, IncidentId
from services.incident.settings import Settings
from services.incident.signals.domain.integration import Integration
from services.incident.signals.domain.signal import Delivery, Ledger, Report, Signal, sort_out
from services.incident.signals.domain.wording import MAX_TEXT_CHARS, lines, one_line
from services.incident.signals.tables import signals as tables
from services.incident.signals.tables.signals import Group
from services.incident.views import queries as views
from services.incident.views.domain import KnownService
from shared import outbox
from shared.auth import Actor
from shared.db import Tx

Outcome: TypeAlias = Literal["declared", "added", "reopened", "resolved", "noted"]
MAX_AFFECTED: Final = 100
MAX_DEDUP_KEY_CHARS: Final = 1000


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a delivery: which incident it concerns, and how many signals of each kind."""

    outcome: Outcome
    incident: Incident | None
    fresh: int
    repeated: int
    ended: int


@dataclass(frozen=True, slots=True)
class _Work:
    """What the steps of one delivery share."""

    tx: Tx
    integration: Integration
    delivery: Delivery
    ledger: Ledger
    services: Mapping[str, KnownService]
    new_id: Callable[[], UUID]
    settings: Settings
    actor: Actor
    now: datetime

    @property
    def firing_now(self) -> list[Signal]:
        """Return the fresh signals as they stand."""
        return [self.ledger.latest[one] for one in self.ledger.fresh]

    def weight(self) -> tuple[int, int]:
        """Return the heaviest impact and urgency of the fresh signals."""
        weights = [self.integration.weight_of(signal.severity) for signal in self.firing_now]
        return min(one[0] for one in weights), min(one[1] for one in weights)


async def take_in(
    tx: Tx,
    *,
    integration: Integration,
    delivery: Delivery,
    new_id: Callable[[], UUID],
    settings: Settings,
    now: datetime,
) -> Receipt:
    """Apply a delivery: the same again changes counts alone, a pair of senders counts as one.

    A signal that newly fires declares an incident, joins the open one of its group, or reopens
    the one resolved within the integration's window. When signals end, the incident is resolved
    as the integration's ``resolve_on`` says: with the last one, with the first one, or never.

    Raises:
        SignalRaceError: another group's delivery is storing the same signal; send it again.
    Emits:
        itsm.signal.received.v1, .deduplicated.v1, .resolved.v1; what the incident emits
    """
    group = await tables.lock_group(
        tx,
        group_id=new_id(),
        integration_id=integration.id,
        group_key=delivery.group_key,
        now=now,
    )
    known = await tables.load_known(tx, integration_id=integration.id, reports=delivery.reports)
    hints = {one.service_hint for one in delivery.reports if one.service_hint is not None}
    services = await views.find_services_hinted(tx, hints=hints) if hints else {}

    def build(report: Report, started_at: datetime) -> Signal:
        service = services.get(report.service_hint or "")
        return Signal(
            id=new_id(),
            integration_id=integration.id,
            group_id=group.id,
            fingerprint=report.fingerprint,
            started_at=started_at,
            status="firing",
            severity=report.severity,
            summary=report.summary or report.name,
            details=report.details,
            service_id=service.service_id if service else None,
            service_hint=report.service_hint,
            link=report.link,
            raw=report.raw,
            incident_id=group.incident_id,
            count=1,
            ended_at=None,
            version=1,
            first_seen_at=now,
            last_seen_at=now,
        )

    ledger = sort_out(delivery.reports, known, build=build, now=now)
    actor = Actor(
        sub=f"integration:{integration.id}",
        roles=frozenset({"integration"}),
        origin=f"integration:{integration.id}",
    )
    work = _Work(tx, integration, delivery, ledger, services, new_id, settings, actor, now)
    return await _conclude(work, group)


async def _conclude(work: _Work, group: Group) -> Receipt:
    ledger = work.ledger
    incident: Incident | None = None
    outcome: Outcome = "noted"
    if group.incident_id is not None:
        incident = await automation.load_survivor(work.tx, incident_id=group.incident_id)
    if ledger.fresh:
        outcome, incident = await _lead(work, incident)
        ledger.lead_to(incident.id)
        if incident.id != group.incident_id:
            await tables.lead_group(work.tx, group_id=group.id, incident_id=incident.id)
    await _store(work)
    if incident is not None and ledger.acknowledged:
        incident = await automation.acknowledge_if_open(
            work.tx, incident, actor=work.actor, now=work.now
        )
    for cleared in await _clear_those_over(work):
        outcome = "resolved"
        incident = cleared if incident is None or cleared.id == incident.id else incident
    return Receipt(
        outcome=outcome,
        incident=incident,
        fresh=len(ledger.fresh),
        repeated=sum(happened == "repeated" for happened, _ in ledger.steps),
        ended=len(ledger.ended),
    )


async def _lead(work: _Work, incident: Incident | None) -> tuple[Outcome, Incident]:
    """Return the incident that the fresh signals belong to, and how it came to that."""
    first = min(work.firing_now, key=lambda signal: (signal.started_at, signal.id))
    words = first.summary or work.delivery.title
    if incident is not None and incident.state in OPEN:
        impact, urgency = work.weight()
        text = f"{len(work.ledger.fresh)} further: {words}"
        return "added", await automation.add_signals(
            work.tx,
            incident,
            text=text,
            impact=impact,
            urgency=urgency,
            actor=work.actor,
            now=work.now,
        )
    if incident is not None:
        reopened = await automation.reopen_if_recent(
            work.tx,
            incident,
            reason=one_line(f"It fires again: {words}"),
            window=work.integration.reopen_window,
            actor=work.actor,
            now=work.now,
        )
        if reopened is not None:
            return "reopened", reopened
    return "declared", await _declare(work)


async def _declare(work: _Work) -> Incident:
    signals = sorted(work.firing_now, key=lambda signal: (signal.started_at, signal.id))
    named = {one.service_id: one for one in work.services.values()}
    affected = list(dict.fromkeys(one.service_id for one in signals if one.service_id))
    service = named[affected[0]] if affected else await _default_service(work)
    impact, urgency = work.weight()
    # A sender's clock may go ahead of ours: what is reported now has begun by now.
    started = min(signals[0].started_at, work.now)
    said = Declaration(
        title=work.delivery.title,
        description_technical=lines(work.delivery.text, MAX_TEXT_CHARS),
        description_business=f"{service.name_business} is disturbed" if service else "",
        channel="monitoring",
        caller=None,
        customer_ids=(),
        affected_service_ids=tuple(affected[:MAX_AFFECTED]),
        impact=impact,
        urgency=urgency,
        started_at=started,
        detected_at=started,
        reported_at=work.now,
        dedup_key=work.delivery.group_key[:MAX_DEDUP_KEY_CHARS],
        signal_ids=tuple(signal.id for signal in signals),
    )
    return await declaring.declare_incident(
        work.tx,
        incident_id=IncidentId(work.new_id()),
        said=said,
        service=str(service.service_id) if service else None,
        actor=work.actor,
        now=work.now,
        team_id=work.integration.default_team_id,
    )


async def _default_service(work: _Work) -> KnownService | None:
    """Return the integration's own service; a signal is not lost for one that is retired."""
    service_id = work.integration.default_service_id
    return None if service_id is None else await _named(work, service_id)


async def _named(work: _Work, service_id: UUID) -> KnownService | None:
    hint = str(service_id)
    return (await views.find_services_hinted(work.tx, hints=[hint])).get(hint)


async def _store(work: _Work) -> None:
    ledger = work.ledger
    await tables.write_signals(
        work.tx,
        new=[signal for key, signal in ledger.latest.items() if key in ledger.born],
        changed=[signal for key, signal in ledger.latest.items() if key not in ledger.born],
    )
    for happened, signal in ledger.steps:
        began = work.now if happened == "repeated" else signal.started_at
        outbox.append(
            work.tx,
            key=signal.id,
            version=signal.version,
            events=[signal.told(happened)],
            actor=work.actor,
            occurred_at=signal.ended_at or began,
            now=work.now,
        )


async def _clear_those_over(work: _Work) -> list[Incident]:
    """Resolve the incidents of signals that ended: an alert of two groups ends for both."""
    ended = [work.ledger.latest[one].incident_id for one in work.ledger.ended]
    cleared: dict[UUID, Incident] = {}
    for incident_id in sorted({one for one in ended if one is not None}):
        incident = await automation.load_survivor(work.tx, incident_id=incident_id)
        if incident.state in OPEN and await _is_over(work, incident):
            cleared[incident.id] = await _clear(work, incident)
    return list(cleared.values())


async def _is_over(work: _Work, incident: Incident) -> bool:
    if work.integration.resolve_on == "first":
        return not work.ledger.fresh
    if work.integration.resolve_on == "never":
        return False
    family = await incident_queries.family_of(work.tx, incident_id=incident.id)
    return not await tables.is_any_firing(work.tx, incident_ids=family)


async def _clear(work: _Work, incident: Incident) -> Incident:
    service = None if incident.service_id is None else await _named(work, incident.service_id)
    of_what = f" of {service.name_business}" if service else ""
    return await automation.clear_if_open(
        work.tx,
        incident,
        technical=f"{work.integration.name}: no alert of {incident.number} fires any more.",
        business=f"Monitoring sees no disturbance{of_what} any more.",
        settings=work.settings,
        actor=work.actor,
        now=work.now,
    )
