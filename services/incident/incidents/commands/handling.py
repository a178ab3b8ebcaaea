"""What people and programs can do with incidents once they are declared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.incident.incidents.commands.recording import (
    entry_of,
    is_person,
    keep,
    require_visible,
)
from services.incident.incidents.domain import lifecycle, revision, transitions
from services.incident.incidents.domain.incident import (
    ForCustomersNotAllowedError,
    Incident,
)
from services.incident.incidents.domain.lifecycle import Outcome
from services.incident.incidents.domain.roles import assign_roles
from services.incident.incidents.domain.timeline import TimelineEntry
from services.incident.incidents.domain.transitions import Assign, Hold, Merge, Move, Resolve, Start
from services.incident.incidents.events.vocabulary import Milestone, Role, Visibility
from services.incident.incidents.tables import incidents as tables
from services.incident.incidents.tables import matrix as matrix_tables
from services.incident.outages.commands.automatic import require_none_open
from services.incident.routing.domain import Case, decide
from services.incident.routing.queries.routes import load_routes
from services.incident.settings import Settings
from services.incident.views import queries as views
from services.incident.views.domain import Scope
from services.incident.views.queries import items as item_views
from shared.auth import Actor
from shared.db import Tx
from shared.errors import require_version


@dataclass(frozen=True, slots=True)
class Weight:
    """Changes of impact, urgency or priority; ``lift`` takes an override back."""

    impact: int | None = None
    urgency: int | None = None
    override: int | None = None
    reason: str | None = None
    lift: bool = False


async def change_incident(
    tx: Tx,
    *,
    reference: str,
    expected_version: int,
    changes: Mapping[str, Any],
    weight: Weight,
    roles: Mapping[Role, str | None],
    actor: Actor,
    now: datetime,
) -> Incident:
    """Change what is said of an incident; ``changes`` holds the new values of its fields.

    ``service_id`` in it is an id or a number. A changed incident that no team has yet is routed: by
    the rules, and if its service becomes known, to its owner team.

    Raises:
        IncidentNotFoundError: there is none, or none that the actor may see.
        StaleVersionError: it is not at ``expected_version``.
        IncidentSettledError: it is over.
        ServiceUnknownError: a service is not known.
        CustomerUnknownError: a customer is not known.
        ItemUnknownError: a configuration item is not known.
        PriorityReasonError: a priority without a reason, or the reverse.
        RolesOverError: roles are given and it is not open.
        CommanderNeededError: a major incident would be without a commander.
    Emits:
        itsm.incident.updated.v1, .priority_changed.v1, .assigned.v1, .role_assigned.v1, as it
        changes
    """
    before = await tables.load_incident(tx, reference)
    await require_visible(tx, before, actor=actor)
    require_version(before.version, expected_version)
    wanted = dict(changes)
    team_id: UUID | None = None
    if wanted.get("service_id") is not None:
        service = await views.find_service(tx, reference=wanted["service_id"])
        wanted["service_id"] = service.service_id
        team_id = service.routing_team_id
    if wanted.get("affected_service_ids"):
        await views.require_services(tx, service_ids=wanted["affected_service_ids"])
    if wanted.get("ci_ids"):
        await item_views.require_items(tx, item_ids=wanted["ci_ids"])
    if wanted.get("customer_ids"):
        await views.require_customers(tx, customer_ids=wanted["customer_ids"])
    cells, _ = await matrix_tables.load_matrix(tx)
    after, described = revision.describe(before, wanted, now=now)
    after, weighed = revision.weigh(
        after,
        impact=weight.impact,
        urgency=weight.urgency,
        override=weight.override,
        reason=weight.reason,
        lift=weight.lift,
        cells=cells,
        now=now,
    )
    after, routed = await _route(
        tx, after, owner_team_id=team_id, changed=bool(described or weighed), now=now
    )
    after, assigned = assign_roles(after, roles, now=now)
    events = [*described, *weighed, *routed, *assigned]
    return await keep(tx, before, after, events, actor=actor, occurred_at=now, now=now)


async def _route(
    tx: Tx, incident: Incident, *, owner_team_id: UUID | None, changed: bool, now: datetime
) -> Outcome:
    """Give a changed incident that no team has to one; whoever has it keeps it."""
    if incident.state != "new" or not changed:
        return incident, []
    found = await load_routes(
        tx,
        title=incident.title,
        service_id=incident.service_id,
        category=incident.category,
        channel=incident.channel,
        customer_ids=incident.customer_ids,
    )
    case = Case(
        title=incident.title,
        service_id=incident.service_id,
        category=incident.category,
        channel=incident.channel,
        lineage=found.lineage,
        priority=incident.priority,
    )
    rule = decide(found.routes, case)
    if rule is None:
        return revision.route(incident, owner_team_id, rule_id=None, now=now)
    return revision.route(incident, rule.team_id, rule_id=rule.rule_id, now=now)


async def move_incident(
    tx: Tx,
    *,
    reference: str,
    expected_version: int,
    move: Move,
    occurred_at: datetime | None,
    settings: Settings,
    actor: Actor,
    now: datetime,
) -> Incident:
    """Take an incident to another state; ``occurred_at`` says when, if that was before now.

    A customer's user may confirm (close) or reopen what was declared for its customers alone.

    Raises:
        IncidentNotFoundError: there is none, or none that the actor may see.
        StaleVersionError: it is not at ``expected_version``.
        ForCustomersNotAllowedError: a customer's user asks for more.
        IncidentTransitionError: its state does not allow it.
        TransitionFieldError: something that the step needs is missing or out of place.
        MergeTargetError: the incident to merge into is over or the same one.
        TeamUnknownError: the team is not known or not active.
        MomentNotPossibleError: ``occurred_at`` lies ahead or before what went before.
        OutagesOpenError: it would be resolved while outages that people opened for it are open.
    Emits:
        itsm.incident.acknowledged.v1 before the step, if it is the first person's;
        .assigned.v1, .reassigned.v1, .started.v1, .resumed.v1, .put_on_hold.v1, .resolved.v1,
        .reopened.v1, .closed.v1, .cancelled.v1 or .merged.v1
    """
    references = [reference]
    if isinstance(move, Merge):
        references.append(move.duplicate_of)
    before, *others = await tables.load_incidents(tx, references)
    scope = await require_visible(tx, before, actor=actor)
    require_version(before.version, expected_version)
    _require_customers_may(scope, before, move)
    window = settings.reopen_window
    transitions.require_allowed(before, move.to, now=now, reopen_window=window)
    if isinstance(move, Assign) and move.team_id is not None:
        await views.require_team(tx, team_id=move.team_id, pointer="/team_id")
    if isinstance(move, Resolve):
        await require_none_open(tx, incident_id=before.id)
    at = before.moment(occurred_at, now=now)
    after, events = _step(
        before, move, others, settings=settings, by_person=is_person(actor), at=at, now=now
    )
    return await keep(tx, before, after, events, actor=actor, occurred_at=at, now=now)


def _step(
    incident: Incident,
    move: Move,
    others: Sequence[Incident],
    *,
    settings: Settings,
    by_person: bool,
    at: datetime,
    now: datetime,
) -> Outcome:
    outcome: Outcome
    match move:
        case Assign():
            outcome = lifecycle.assign(incident, move, by_person=by_person, at=at, now=now)
        case Start() if incident.state == "resolved":
            outcome = lifecycle.reopen(incident, reason=move.reason, at=at, now=now)
        case Start(assignee=who):
            outcome = lifecycle.start(incident, assignee=who, by_person=by_person, at=at, now=now)
        case Hold():
            outcome = lifecycle.hold(incident, move, by_person=by_person, at=at, now=now)
        case Resolve():
            after = settings.auto_close_after
            outcome = lifecycle.resolve(
                incident, move, by_person=by_person, auto_close_after=after, at=at, now=now
            )
        case Merge():
            outcome = lifecycle.merge(incident, into=others[0], at=at, now=now)
        case transitions.Cancel(reason=reason):
            outcome = lifecycle.cancel(incident, reason=reason, at=at, now=now)
        case transitions.Close():
            outcome = lifecycle.close(incident, automatic=False, at=at, now=now)
    return outcome


def _require_customers_may(scope: Scope, incident: Incident, move: Move) -> None:
    if scope.customers is None:
        return
    reopening = move.to == "in_progress" and incident.state in ("resolved", "closed")
    theirs = bool(incident.customer_ids) and scope.customers.issuperset(incident.customer_ids)
    if not theirs or not (move.to == "closed" or reopening):
        raise ForCustomersNotAllowedError(
            "You may confirm or reopen what was declared for your customer alone."
        )


async def comment_incident(
    tx: Tx, *, reference: str, text: str, visibility: Visibility, actor: Actor, now: datetime
) -> TimelineEntry:
    """Add an entry to the timeline; a customer's user writes for its own side and the provider.

    Raises:
        IncidentNotFoundError: there is none, or none that the actor may see.
        IncidentSettledError: it was merged.
    Emits:
        itsm.incident.commented.v1; what clocks of updates say to one that customers see
    """
    before = await tables.load_incident(tx, reference)
    scope = await require_visible(tx, before, actor=actor)
    seen_by: Visibility = visibility if scope.unbounded else "customer"
    after, events = before.comment(text=text, visibility=seen_by, now=now)
    await keep(tx, before, after, events, actor=actor, occurred_at=now, now=now)
    return entry_of(after, events[0], actor=actor, occurred_at=now, now=now)


async def record_milestone(
    tx: Tx,
    *,
    reference: str,
    expected_version: int,
    milestone: Milestone,
    occurred_at: datetime | None,
    actor: Actor,
    now: datetime,
) -> Incident:
    """Note when the cause was found, or when users were no longer affected.

    Raises:
        IncidentNotFoundError: there is none.
        StaleVersionError: it is not at ``expected_version``.
        IncidentSettledError: it is over.
        MomentNotPossibleError: the time does not fit the other milestones.
    Emits:
        itsm.incident.milestone_recorded.v1, before it .acknowledged.v1 if nobody had yet
    """
    before = await tables.load_incident(tx, reference)
    await require_visible(tx, before, actor=actor)
    require_version(before.version, expected_version)
    after, events = revision.record(before, milestone=milestone, at=occurred_at, now=now)
    at = occurred_at or now
    return await keep(tx, before, after, events, actor=actor, occurred_at=at, now=now)
