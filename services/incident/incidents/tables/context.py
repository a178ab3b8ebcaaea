"""What a declaration needs to know before it is written, looked up in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from services.incident.routing.events import Channel
from services.incident.routing.queries.routes import (
    Routes,
    load_routes,
    question_of,
    routes_fragment,
    routes_of,
)
from services.incident.views.domain import KnownService, Promise, recognise
from services.incident.views.queries import (
    KNOWN_CUSTOMERS_FRAGMENT,
    SERVICE_BY_ID_FRAGMENT,
    SERVICE_BY_NUMBER_FRAGMENT,
    known_service,
)
from services.incident.views.queries.promises import PROMISE, promise_of, promises_fragment
from shared.db import Tx, statement

_PROMISES: Final = promises_fragment(
    services="array[service.service_id]",
    customers="cast(:customer_ids as uuid[])",
    record_type="'incident'",
    at="cast(:at as timestamptz)",
)
_PROMISED: Final = ", ".join(f"p.{name}" for name in PROMISE if name != "service_id")
_CONTEXT: Final = (
    f"select once.*, service.*, routing.*, {_PROMISED} from"  # noqa: S608 - fragments of ours
    " (select nextval('incident.incident_number') as count,"
    " (select cells from incident.priority_matrix) as cells,"
    f" ({KNOWN_CUSTOMERS_FRAGMENT}) as customers) once left join ({{service}}) service on true"
    f" cross join lateral ({routes_fragment(service='service.service_id')}) routing"
    f" left join lateral ({_PROMISES}) p on true"
)
_CONTEXT_BY_ID: Final = statement(_CONTEXT.format(service=SERVICE_BY_ID_FRAGMENT))
_CONTEXT_BY_NUMBER: Final = statement(_CONTEXT.format(service=SERVICE_BY_NUMBER_FRAGMENT))


@dataclass(frozen=True, slots=True)
class Context:
    """What a declaration needs to know: its number, the matrix if one is set, service, routes."""

    count: int
    cells: tuple[int, ...] | None
    service: KnownService | None
    customers: frozenset[UUID]
    routing: Routes
    promises: tuple[Promise, ...]


async def load_context(
    tx: Tx,
    *,
    service: str | None,
    customer_ids: Sequence[UUID],
    title: str,
    category: str | None,
    channel: Channel,
    at: datetime,
) -> Context:
    """Draw a number and look up what a declaration refers to, in one statement.

    Only where it names customers and a rule of routing asks for some it is two.
    A look a moment old will do: a service or matrix changed meanwhile was changed after it.

    ``customers`` are those of ``customer_ids`` that are known; ``service`` is an id or a number;
    ``promises`` are what agreements promise them for it at an instant; ``routing`` has the rules
    that may decide about it.
    What it saw may change before the commit: the event says what was known when it was declared.
    """
    service_id, number = recognise(service) if service is not None else (None, None)
    rows = await tx.look(
        _CONTEXT_BY_ID if number is None else _CONTEXT_BY_NUMBER,
        service=service_id if number is None else number,
        customer_ids=list(customer_ids),
        at=at,
        **question_of(title=title, category=category, channel=channel),
    )
    row = rows[0]
    routing = routes_of(row)
    if row["by_customer"] and customer_ids:
        routing = await load_routes(
            tx,
            title=title,
            service_id=row["service_id"],
            category=category,
            channel=channel,
            customer_ids=customer_ids,
        )
    return Context(
        count=row["count"],
        cells=row["cells"],
        service=None if row["service_id"] is None else known_service(row),
        customers=frozenset(row["customers"] or ()),
        routing=routing,
        promises=tuple(promise_of(one) for one in rows if one["agreement_id"] is not None),
    )
