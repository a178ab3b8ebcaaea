"""Asking which rules an incident may be routed by.

The database leaves out what title, service, category, channel and customers rule out, so that
hundreds of rules cost little; whether a rule decides, the domain says, of all its conditions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from services.incident.routing.domain import Conditions, Route, categories_above
from services.incident.routing.events import Channel
from shared.db import Row, Tx, statement

# Behind a select of their own, the customers count for as many whether the plan knows them or not;
# else a plan for those of one call would look cheaper than it is, and be made anew at each call.
_LINEAGE: Final = (
    "(with recursive above as (select c.customer_id, c.parent_id from incident.view_customer c"
    " where c.customer_id = any((select cast(:customer_ids as uuid[]))::uuid[])"
    " union select c.customer_id, c.parent_id from above"
    " join incident.view_customer c on c.customer_id = above.parent_id)"
    " select array_agg(customer_id) from above)"
)


def _routes(service: str) -> str:
    # Of many services only the one in question comes along: that it is among them is known here.
    return (
        "jsonb_agg(jsonb_build_array(r.id, r.position, r.team_id,"
        f" case when cardinality(r.service_ids) > 0 then array[{service}] else r.service_ids end,"
        " r.category, r.channels, r.customer_ids, r.priorities, r.title_words))"
    )


def _in_question(service: str) -> str:
    return (
        " from incident.routing_rule r where r.enabled and r.status = 'active'"
        f" and (cardinality(r.service_ids) = 0 or {service} = any(r.service_ids))"
        " and (r.category is null or r.category = any(cast(:categories as text[])))"
        " and (cardinality(r.channels) = 0 or cast(:channel as text) = any(r.channels))"
        " and (cardinality(r.title_patterns) = 0"
        " or cast(:title as text) like any(r.title_patterns))"
        " and not exists (select from incident.view_team t where t.team_id = r.team_id"
        " and t.status = 'retired')"
    )


def routes_fragment(*, service: str) -> str:
    """Return SQL for one row, from SQL of the service's id: ``routes`` and ``by_customer``.

    It asks for ``question_of`` an incident. ``routes`` is null where there are none; where rules
    ask for customers, ``by_customer`` is true and ``load_routes`` has those too. To look for
    customers above customers, even if no rule asks, would cost every declaration a third more.
    """
    return (
        f"select {_routes(service)} filter (where cardinality(r.customer_ids) = 0) as routes,"
        f" bool_or(cardinality(r.customer_ids) > 0) as by_customer{_in_question(service)}"
    )


_SERVICE: Final = "cast(:service_id as uuid)"
_ALL_ROUTES: Final = statement(
    f"select {_routes(_SERVICE)} as routes,"
    f" case when bool_or(cardinality(r.customer_ids) > 0) then {_LINEAGE} end as lineage"
    f"{_in_question(_SERVICE)}"
    f" and (cardinality(r.customer_ids) = 0 or r.customer_ids && {_LINEAGE})"
)


@dataclass(frozen=True, slots=True)
class Routes:
    """The rules that may decide, in no order, and the customers with all above them."""

    routes: tuple[Route, ...]
    lineage: frozenset[UUID]


NO_ROUTES: Final = Routes((), frozenset())


def question_of(*, title: str, category: str | None, channel: Channel) -> dict[str, object]:
    """Return what a statement with the fragment asks for."""
    return {
        "title": title.casefold(),
        "categories": categories_above(category),
        "channel": channel,
    }


def routes_of(row: Row) -> Routes:
    """Return what a row with the fragment's columns holds, without the rules by customer."""
    routes = row["routes"]
    return NO_ROUTES if routes is None else Routes(tuple(map(_route, routes)), frozenset())


async def load_routes(
    tx: Tx,
    *,
    title: str,
    service_id: UUID | None,
    category: str | None,
    channel: Channel,
    customer_ids: Sequence[UUID],
) -> Routes:
    """Return all rules that may decide about an incident with these properties."""
    question = question_of(title=title, category=category, channel=channel)
    found = await tx.look(
        _ALL_ROUTES, service_id=service_id, customer_ids=list(customer_ids), **question
    )
    routes, lineage = found[0]["routes"], found[0]["lineage"]
    return Routes(tuple(map(_route, routes or ())), frozenset(lineage or ()))


def _route(told: Sequence[Any]) -> Route:
    rule_id, position, team_id, services, category, channels, customers, priorities, words = told
    return Route(
        rule_id=UUID(rule_id),
        position=position,
        team_id=UUID(team_id),
        conditions=Conditions(
            service_ids=tuple(map(UUID, services)),
            category=category,
            channels=tuple(channels),
            customer_ids=tuple(map(UUID, customers)),
            priorities=tuple(priorities),
            title_words=tuple(words),
        ),
    )
