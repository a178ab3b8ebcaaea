"""How an incident comes into being."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.incident.incidents.commands.recording import is_person, keep_new
from services.incident.incidents.domain.declaration import Declaration
from services.incident.incidents.domain.incident import (
    ForCustomersNotAllowedError,
    Incident,
    IncidentId,
    number_of,
)
from services.incident.incidents.domain.priority import priority_of
from services.incident.incidents.tables.context import Context, load_context
from services.incident.routing.domain import Case, Route, decide
from services.incident.views import queries as views
from services.incident.views.queries import items as item_views
from shared.auth import Actor
from shared.db import Tx


async def declare_incident(
    tx: Tx,
    *,
    incident_id: IncidentId,
    said: Declaration,
    service: str | None,
    actor: Actor,
    now: datetime,
    team_id: UUID | None = None,
    at_the_end: bool = False,
) -> Incident:
    """Declare an incident; it goes to the team of the first routing rule that holds for it.

    Without one it goes to the owner team of its service, without that to ``team_id``. ``service``
    is an id or a number. A customer's user declares for its own customers. ``at_the_end``: nothing
    else in the transaction needs the new row, so it can wait for the last statement.

    Raises:
        ServiceUnknownError: the service, or an affected one, is not known.
        CustomerUnknownError: a customer is not known, or not the caller's.
        ItemUnknownError: a configuration item is not known, or the caller is a customer's user.
        ForCustomersNotAllowedError: a customer's role without a customer.
        MomentNotPossibleError: a milestone lies ahead or before the one before it.
    Emits:
        itsm.incident.declared.v1; itsm.sla_clock.started.v1 for each promise that applies
    """
    if not is_person(actor) and not actor.has_any(frozenset({"integration"})):
        said = await _for_own_customers(tx, said, actor=actor)
    reported = said.reported_at or now
    context = await load_context(
        tx,
        service=service,
        customer_ids=said.customer_ids,
        title=said.title,
        category=said.category,
        channel=said.channel,
        at=reported,
    )
    if service is not None and context.service is None:
        raise views.unknown_service(service)
    views.refuse_unknown_customers(set(said.customer_ids) - context.customers)
    if said.affected_service_ids:
        await views.require_services(tx, service_ids=said.affected_service_ids)
    if said.ci_ids:
        await item_views.require_items(tx, item_ids=said.ci_ids)
    rule = _rule_for(said, context)
    owner = context.service.routing_team_id if context.service else None
    incident, events = Incident.declare(
        said,
        incident_id=incident_id,
        number=number_of(context.count),
        service_id=context.service.service_id if context.service else None,
        team_id=rule.team_id if rule else owner or team_id,
        routing_rule_id=rule.rule_id if rule else None,
        cells=context.cells,
        now=now,
    )
    await keep_new(
        tx,
        incident,
        events,
        promised=context.promises,
        at_the_end=at_the_end,
        actor=actor,
        now=now,
    )
    return incident


def _rule_for(said: Declaration, context: Context) -> Route | None:
    """Return the route of the rule that decides, None where no rule does."""
    if not context.routing.routes:
        return None
    case = Case(
        title=said.title,
        service_id=context.service.service_id if context.service else None,
        category=said.category,
        channel=said.channel,
        lineage=context.routing.lineage,
        priority=priority_of(said.impact, said.urgency, context.cells),
    )
    return decide(context.routing.routes, case)


async def _for_own_customers(tx: Tx, said: Declaration, *, actor: Actor) -> Declaration:
    scope = await views.scope_of(tx, actor=actor)
    if actor.customer_id is None:
        raise ForCustomersNotAllowedError("Your token names no customer to declare for.")
    # What services are made of is the provider's own affair.
    item_views.refuse_unknown_items(said.ci_ids)
    customer_ids = said.customer_ids or (actor.customer_id,)
    views.refuse_unknown_customers([one for one in customer_ids if not scope.covers(one)])
    return replace(said, customer_ids=customer_ids)
