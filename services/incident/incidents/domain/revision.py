"""Changing what is said of an incident: its texts, its services, its weight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from services.incident.incidents.domain import milestones
from services.incident.incidents.domain.incident import Incident, affected
from services.incident.incidents.domain.priority import PriorityReasonError, priority_of
from services.incident.incidents.events.handling import (
    IncidentAssigned,
    IncidentMilestoneRecorded,
    IncidentPriorityChanged,
    IncidentUpdated,
)
from services.incident.incidents.events.vocabulary import IncidentEvent, Milestone


def describe(
    incident: Incident, changes: Mapping[str, Any], *, now: datetime
) -> tuple[Incident, list[IncidentEvent]]:
    """Change texts, caller, customers, services or items; what changes nothing makes no event.

    Raises:
        IncidentSettledError: it is over.
    """
    incident.require_unsettled()
    wanted = dict(changes)
    if "service_id" in wanted and "affected_service_ids" not in wanted:
        kept = tuple(one for one in incident.affected_service_ids if one != incident.service_id)
        wanted["affected_service_ids"] = kept
    if "service_id" in wanted or "affected_service_ids" in wanted:
        service_id = wanted.get("service_id", incident.service_id)
        wanted["affected_service_ids"] = affected(service_id, wanted["affected_service_ids"])
    if "ci_ids" in wanted:
        wanted["ci_ids"] = tuple(dict.fromkeys(wanted["ci_ids"]))
    changed = tuple(name for name, value in wanted.items() if getattr(incident, name) != value)
    if not changed:
        return incident, []
    preview = replace(incident, **wanted)
    own = {
        **preview.described(),
        "changed": changed,
        "previous_service_id": incident.service_id,
    }
    after, event = incident.then(IncidentUpdated, now=now, own=own, **wanted)
    return after, [event]


def route(
    incident: Incident, team_id: UUID | None, *, rule_id: UUID | None, now: datetime
) -> tuple[Incident, list[IncidentEvent]]:
    """Give a new incident to the team that a rule names, or its service belongs to, if any does."""
    if incident.state != "new" or team_id is None:
        return incident, []
    after, event = incident.then(
        IncidentAssigned,
        now=now,
        own={"by_routing": True, "routing_rule_id": rule_id},
        state="assigned",
        state_since=incident.moment(None, now=now),
        assignment_team_id=team_id,
    )
    return after, [event]


def weigh(
    incident: Incident,
    *,
    impact: int | None = None,
    urgency: int | None = None,
    override: int | None = None,
    reason: str | None = None,
    lift: bool = False,
    cells: Sequence[int] | None,
    now: datetime,
) -> tuple[Incident, list[IncidentEvent]]:
    """Change impact or urgency; set a priority against the matrix, or ``lift`` such a one.

    Raises:
        IncidentSettledError: it is over.
        PriorityReasonError: an override without a reason, or a reason without an override.
    """
    incident.require_unsettled()
    if (override is None) != (reason is None):
        raise PriorityReasonError(
            "Send priority and priority_reason together.", pointer="/priority_reason"
        )
    wanted: dict[str, Any] = {
        "impact": impact or incident.impact,
        "urgency": urgency or incident.urgency,
    }
    if override is not None:
        wanted |= {"priority": override, "priority_source": "override"}
        wanted["priority_reason"] = reason
    elif lift or incident.priority_source == "matrix":
        priority = priority_of(wanted["impact"], wanted["urgency"], cells)
        wanted |= {"priority": priority, "priority_source": "matrix", "priority_reason": None}
    changed = [name for name, value in wanted.items() if getattr(incident, name) != value]
    asked = lift or any(one is not None for one in (impact, urgency, override))
    if not changed or not asked:
        return incident, []
    own = {
        "previous_priority": incident.priority,
        "previous_impact": incident.impact,
        "previous_urgency": incident.urgency,
        "source": wanted.get("priority_source", incident.priority_source),
        "reason": wanted.get("priority_reason", incident.priority_reason),
    }
    after, event = incident.then(IncidentPriorityChanged, now=now, own=own, **wanted)
    return after, [event]


def record(
    incident: Incident, *, milestone: Milestone, at: datetime | None, now: datetime
) -> tuple[Incident, list[IncidentEvent]]:
    """Note that the cause was found, or that users are no longer affected.

    Whoever knows that has taken notice of the incident too.

    Raises:
        IncidentSettledError: it is over.
        MomentNotPossibleError: ``at`` lies ahead, or between other milestones than it should.
    """
    incident.require_unsettled()
    if at is None:
        moment = incident.moment(None, now=now)
    else:
        moment = milestones.settle(
            at, earliest=incident.reported_at, now=now, pointer="/occurred_at"
        )
    name = f"{milestone}_at"
    if getattr(incident, name) == moment:
        return incident, []
    noticed, events = incident.acknowledge(at=moment, now=now)
    known = {each: getattr(noticed, each) for each in milestones.ORDER}
    milestones.require_order({**known, name: moment}, pointer="/occurred_at")
    own = {"milestone": milestone, "reached_at": moment}
    after, event = noticed.then(IncidentMilestoneRecorded, now=now, own=own, **{name: moment})
    return after, [*events, event]
