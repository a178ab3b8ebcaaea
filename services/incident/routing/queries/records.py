"""Reading routing rules."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import sqlalchemy as sa

from services.incident.routing.domain import RoutingRuleId, RoutingRuleNotFoundError
from services.incident.routing.events import RoutingRuleEvent
from services.incident.routing.schemas import RoutingRuleRecord
from services.incident.routing.tables import ROUTING_RULE, find_rule, rule_of
from services.incident.views.queries import scope_of
from shared.auth import Actor
from shared.db import ReadTx
from shared.history import History, HistoryEntry
from shared.paging import Listing, PageRequest, page
from shared.schemas import Page

ROUTING_RULES: Final = Listing(
    source=sa.select(ROUTING_RULE),
    key=ROUTING_RULE.c.id,
    filters={
        "status": ROUTING_RULE.c.status,
        "enabled": ROUTING_RULE.c.enabled,
        "category": ROUTING_RULE.c.category,
        "team_id": ROUTING_RULE.c.team_id,
        "name": ROUTING_RULE.c.name,
    },
    sorts={
        "position": ROUTING_RULE.c.position,
        "name": ROUTING_RULE.c.name,
        "created_at": ROUTING_RULE.c.created_at,
    },
    # The order in which they are asked: of one position the older one, by its id.
    default_sort="position",
)
HISTORY: Final = History("incident", "routing_rule")


async def list_routing_rules(
    tx: ReadTx, *, asked: PageRequest, actor: Actor
) -> Page[RoutingRuleRecord]:
    """Return a page of routing rules; for who is bounded to a customer there are none.

    Raises:
        ProblemError: a parameter is not valid.
    """
    where = [] if (await scope_of(tx, actor=actor)).unbounded else [sa.false()]
    rows, following = await page(tx, ROUTING_RULES, asked, where=where)
    items = [RoutingRuleRecord.of(rule_of(row)) for row in rows]
    return Page[RoutingRuleRecord](items=items, next=following)


async def read_routing_rule(
    tx: ReadTx, *, rule_id: RoutingRuleId, as_of: datetime | None, actor: Actor
) -> RoutingRuleRecord:
    """Return one routing rule as it is now, or as it was known at an instant.

    Raises:
        RoutingRuleNotFoundError: there is none with this id, or none for the actor, or none yet.
    """
    await _require_unbounded(tx, rule_id, actor=actor)
    if as_of is not None:
        told = await HISTORY.state_at(tx, key=rule_id, as_of=as_of)
        if told is None:
            raise _no_such(rule_id)
        return told.record(RoutingRuleRecord, RoutingRuleEvent)
    rule = await find_rule(tx, rule_id)
    if rule is None:
        raise _no_such(rule_id)
    return RoutingRuleRecord.of(rule)


async def read_routing_rule_history(
    tx: ReadTx, *, rule_id: RoutingRuleId, asked: PageRequest, actor: Actor
) -> Page[HistoryEntry]:
    """Return a page of what happened to a routing rule, by sequence.

    Raises:
        RoutingRuleNotFoundError: there is none with this id, or none for the actor.
        ProblemError: a parameter is not valid.
    """
    await _require_unbounded(tx, rule_id, actor=actor)
    found = await HISTORY.entries(tx, key=rule_id, asked=asked)
    if found is None:
        raise _no_such(rule_id)
    return found


async def _require_unbounded(tx: ReadTx, rule_id: RoutingRuleId, *, actor: Actor) -> None:
    if not (await scope_of(tx, actor=actor)).unbounded:
        raise _no_such(rule_id)


def _no_such(rule_id: RoutingRuleId) -> RoutingRuleNotFoundError:
    return RoutingRuleNotFoundError(f"There is no routing rule {rule_id}.")
