"""The one place that says what signals lead to: new incident, update, repeat or over."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypeAlias
from uuid import UUID

from services.incident.incidents import queries as incident_queries
from services.incident.incidents.commands import automation, declaring, rooting
from services.incident.incidents.domain.declaration import Declaration
from services.incident.incidents.domain.incident import OPEN, Incident, IncidentId
from services.incident.settings import Settings
from services.incident.signals.commands.correlating import hold_back
from services.incident.signals.domain.integration import Integration
from services.incident.signals.domain.ledger import Ledger
from services.incident.signals.domain.signal import Delivery, Signal
from services.incident.signals.domain.wording import MAX_TEXT_CHARS, lines, one_line
from services.incident.signals.tables import signals as tables
from services.incident.signals.tables.signals import Group
from services.incident.views import queries as views
from services.incident.views.domain import KnownService
from shared import outbox
from shared.auth import Actor
from shared.db import Tx

Outcome: TypeAlias = Literal[
    "declared", "added", "reopened", "resolved", "noted", "waiting", "suppressed"
]
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
class Work:
    """What the steps of one delivery share."""

    tx: Tx
    integration: Integration
    delivery: Delivery
    ledger: Ledger
    services: Mapping[UUID, KnownService]
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


def sender_actor(integration: Integration) -> Actor:
    """Return who acts when an integration's signals do something."""
    name = f"integration:{integration.id}"
    return Actor(sub=name, roles=frozenset({"integration"}), origin=name)


async def conclude(work: Work, group: Group) -> Receipt:
    """Store what the ledger of a locked group holds, and do what follows from it."""
    ledger = work.ledger
    incident: Incident | None = None
    outcome: Outcome = "noted"
    if group.incident_id is not None:
        incident = await automation.load_survivor(work.tx, incident_id=group.incident_id)
    fresh = len(ledger.fresh)
    waiting, held = await hold_back(
        work.tx,
        integration=work.integration,
        ledger=ledger,
        group_id=group.id,
        is_open=incident is not None and incident.state in OPEN,
        now=work.now,
    )
    if held is not None:
        outcome = held
    if ledger.fresh:
        outcome, incident = await _lead(work, incident)
        ledger.lead_to(incident.id)
        ledger.link(waiting, incident.id)
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
        fresh=fresh,
        repeated=sum(happened == "repeated" for happened, _ in ledger.steps),
        ended=len(ledger.ended),
    )


async def _lead(work: Work, incident: Incident | None) -> tuple[Outcome, Incident]:
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
    return await _join_or_declare(work)


async def _join_or_declare(work: Work) -> tuple[Outcome, Incident]:
    """Declare an incident, unless what the service rests on has one that explains it."""
    signals = sorted(work.firing_now, key=lambda signal: (signal.started_at, signal.id))
    affected = [
        one for one in _each(signal.service_id for signal in signals) if one in work.services
    ]
    items = _each(signal.ci_id for signal in signals)
    service = work.services[affected[0]] if affected else await _default_service(work)
    impact, urgency = work.weight()
    place = next(iter(items), service.service_id if service else None)
    if place is not None:
        root = await rooting.root_of(work.tx, node_id=place, now=work.now)
        if root is not None:
            effect = _effect(signals[0], service)
            return "added", await automation.add_signals(
                work.tx,
                await automation.load_survivor(work.tx, incident_id=root),
                text=f"{effect}, which rests on this: {signals[0].summary}",
                impact=impact,
                urgency=urgency,
                actor=work.actor,
                now=work.now,
            )
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
        ci_ids=tuple(items[:MAX_AFFECTED]),
    )
    return "declared", await declaring.declare_incident(
        work.tx,
        incident_id=IncidentId(work.new_id()),
        said=said,
        service=str(service.service_id) if service else None,
        actor=work.actor,
        now=work.now,
        team_id=work.integration.default_team_id,
    )


def _each(found: Iterable[UUID | None]) -> list[UUID]:
    return list(dict.fromkeys(one for one in found if one is not None))


def _effect(signal: Signal, service: KnownService | None) -> str:
    """Return what people call the thing that a signal is about, which has an effect's trouble."""
    if signal.ci_id is not None and signal.ci_hint:
        return signal.ci_hint
    return service.name_business if service else signal.summary


async def _default_service(work: Work) -> KnownService | None:
    """Return the integration's own service; a signal is not lost for one that is retired."""
    service_id = work.integration.default_service_id
    return None if service_id is None else await _named(work, service_id)


async def _named(work: Work, service_id: UUID) -> KnownService | None:
    hint = str(service_id)
    return (await views.find_services_hinted(work.tx, hints=[hint])).get(hint)


async def _store(work: Work) -> None:
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


async def _clear_those_over(work: Work) -> list[Incident]:
    """Resolve the incidents of signals that ended: an alert of two groups ends for both."""
    ended = [work.ledger.latest[one].incident_id for one in work.ledger.ended]
    cleared: dict[UUID, Incident] = {}
    for incident_id in sorted({one for one in ended if one is not None}):
        incident = await automation.load_survivor(work.tx, incident_id=incident_id)
        if incident.state in OPEN and await _is_over(work, incident):
            cleared[incident.id] = await _clear(work, incident)
    return list(cleared.values())


async def _is_over(work: Work, incident: Incident) -> bool:
    if work.integration.resolve_on == "first":
        return not work.ledger.fresh
    if work.integration.resolve_on == "never":
        return False
    family = await incident_queries.family_of(work.tx, incident_id=incident.id)
    return not await tables.is_any_firing(work.tx, incident_ids=family)


async def _clear(work: Work, incident: Incident) -> Incident:
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
