"""What can be done with routing rules."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.incident.routing import tables
from services.incident.routing.domain import (
    MAX_RULES,
    RoutingForProviderError,
    RoutingRule,
    RoutingRuleId,
    TooManyRoutingRulesError,
)
from services.incident.routing.events import RoutingRuleEvent, RuleStatus
from services.incident.views import queries as views
from shared import outbox
from shared.auth import Actor
from shared.db import Tx
from shared.errors import require_version


async def register_routing_rule(
    tx: Tx,
    *,
    rule_id: RoutingRuleId,
    fields: Mapping[str, Any],
    actor: Actor,
    now: datetime,
) -> RoutingRule:
    """Register a rule; unless it is not enabled, it decides from now on.

    Raises:
        RoutingForProviderError: the actor is bounded to a customer.
        TooManyRoutingRulesError: as many as there may be are active.
        RoutingRuleNameTakenError: another active rule has the name.
        TeamUnknownError: the team is not known or not active.
        ServiceUnknownError: a service is not known.
        CustomerUnknownError: a customer is not known.
    Emits:
        itsm.routing_rule.registered.v1
    """
    _require_provider(actor)
    await _require_known(tx, fields)
    await _require_room(tx)
    rule, events = RoutingRule.register(rule_id=rule_id, now=now, **fields)
    await tables.insert_rule(tx, rule)
    _tell(tx, rule, events, actor=actor, now=now)
    return rule


async def change_routing_rule(
    tx: Tx,
    *,
    rule_id: RoutingRuleId,
    expected_version: int,
    changes: Mapping[str, Any],
    actor: Actor,
    now: datetime,
) -> RoutingRule:
    """Change a rule; ``changes`` holds the new values of the fields to change.

    Incidents stay where they are: it decides for those that are declared from now on.

    Raises:
        RoutingForProviderError: the actor is bounded to a customer.
        RoutingRuleNotFoundError: there is none with this id.
        StaleVersionError: it is not at ``expected_version``.
        RoutingRuleNameTakenError: another active rule has the name.
        TeamUnknownError: the team is not known or not active.
        ServiceUnknownError: a service is not known.
        CustomerUnknownError: a customer is not known.
    Emits:
        itsm.routing_rule.changed.v1, unless nothing changes
    """
    _require_provider(actor)
    before = await tables.load_rule(tx, rule_id)
    require_version(before.version, expected_version)
    await _require_known(tx, changes)
    after, events = before.revise(changes, now=now)
    return await _keep(tx, after, events, actor=actor, now=now)


async def move_routing_rule(
    tx: Tx,
    *,
    rule_id: RoutingRuleId,
    expected_version: int,
    to: RuleStatus,
    actor: Actor,
    now: datetime,
) -> RoutingRule:
    """Retire a rule, or take it up again.

    Raises:
        RoutingForProviderError: the actor is bounded to a customer.
        RoutingRuleNotFoundError: there is none with this id.
        StaleVersionError: it is not at ``expected_version``.
        RoutingRuleTransitionError: its status does not allow it.
        TooManyRoutingRulesError: it would come back and as many as there may be are active.
        RoutingRuleNameTakenError: it would come back under a name in use.
    Emits:
        itsm.routing_rule.retired.v1 or .changed.v1
    """
    _require_provider(actor)
    before = await tables.load_rule(tx, rule_id)
    require_version(before.version, expected_version)
    after, events = before.move(to, now=now)
    if to == "active":
        await _require_room(tx)
    return await _keep(tx, after, events, actor=actor, now=now)


def _require_provider(actor: Actor) -> None:
    if actor.customer_id is not None:
        raise RoutingForProviderError("Routing is the provider's matter.")


async def _require_known(tx: Tx, fields: Mapping[str, Any]) -> None:
    if "team_id" in fields:
        await views.require_team(tx, team_id=fields["team_id"], pointer="/team_id")
    if fields.get("service_ids"):
        await views.require_services(tx, service_ids=fields["service_ids"], pointer="/service_ids")
    if fields.get("customer_ids"):
        await views.require_customers(tx, customer_ids=fields["customer_ids"])


async def _require_room(tx: Tx) -> None:
    if await tables.count_active(tx) >= MAX_RULES:
        raise TooManyRoutingRulesError(f"{MAX_RULES} routing rules are active: retire one first.")


async def _keep(
    tx: Tx, rule: RoutingRule, events: list[RoutingRuleEvent], *, actor: Actor, now: datetime
) -> RoutingRule:
    if events:
        await tables.save_rule(tx, rule)
        _tell(tx, rule, events, actor=actor, now=now)
    return rule


def _tell(
    tx: Tx, rule: RoutingRule, events: list[RoutingRuleEvent], *, actor: Actor, now: datetime
) -> None:
    outbox.append(
        tx, key=rule.id, version=rule.version, events=events, actor=actor, occurred_at=now, now=now
    )
