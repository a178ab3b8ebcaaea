"""How available a service was for a customer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from services.incident.outages.domain.moments import EARLIEST
from services.incident.outages.domain.refusals import OutagePeriodError
from services.incident.outages.engine.availability import (
    Availability,
    Downtime,
    Piece,
    measure,
    whole_seconds,
)
from services.incident.outages.engine.service_time import ServiceTime, service_time
from services.incident.outages.schemas.availability import (
    AvailabilityFigure,
    AvailabilityRecord,
    CountedOutage,
    ServiceTimeRecord,
)
from services.incident.views import queries as views
from services.incident.views.domain import CustomerUnknownError
from services.incident.views.queries.availability import availability_lines
from services.incident.views.queries.changes import plans_outage_fragment
from services.incident.views.queries.promises import newest_calendars
from shared.auth import Actor
from shared.db import ReadTx, Row, statement

LONGEST: Final = timedelta(days=400)
MOST_PIECES: Final = 2000
# Planned outages of changes count from the start of the work on, for everyone who used the service.
_PIECES: Final = statement(
    "select 'outage' as source, o.id, o.incident_id, o.change_id, s.kind, s.severity_factor,"  # noqa: S608 - a fragment of ours
    " s.started_at, s.ended_at, coalesce(a.share, o.others_share) as share"
    " from incident.outage o join incident.outage_segment s on s.outage_id = o.id"
    " left join incident.outage_customer a on a.outage_id = o.id and a.customer_id = :customer_id"
    " where o.service_id = :service_id and o.state <> 'merged' and s.started_at < :until"
    " and coalesce(s.ended_at, 'infinity') > :period_start"
    " and coalesce(a.share, o.others_share) > 0"
    " and (a.share is not null or exists (select from incident.view_service_use u"
    " where u.service_id = o.service_id and u.customer_id = :customer_id"
    " and u.valid_from <= o.started_at"
    " and (u.valid_to is null or u.valid_to > o.started_at)))"
    " union all"
    " select 'change', c.change_id, null, c.change_id, 'planned', 1, c.actual_start, d.ended_at, 1"
    " from incident.view_change c cross join lateral"
    " jsonb_to_recordset(c.planned_outages) as n(service_id uuid, minutes integer)"
    " cross join lateral (select least(c.actual_start + make_interval(mins => n.minutes),"
    " c.actual_end) as ended_at) d"
    f" where {plans_outage_fragment(':service_id')} and n.service_id = :service_id"
    " and c.actual_start < :until and d.ended_at > :period_start and d.ended_at > c.actual_start"
    " and exists (select from incident.view_service_use u where u.service_id = n.service_id"
    " and u.customer_id = :customer_id and u.valid_from <= c.actual_start"
    " and (u.valid_to is null or u.valid_to > c.actual_start))"
    " order by started_at, id limit :most"
)


async def read_availability(
    tx: ReadTx,
    *,
    customer_id: UUID,
    service: str,
    period_start: datetime,
    period_end: datetime,
    actor: Actor,
    now: datetime,
) -> AvailabilityRecord:
    """Return the availability of a service, by id or number, for a customer in a period.

    The period is from ``period_start`` until just before ``period_end`` (aware UTC); what has not
    come yet is left out.

    Raises:
        OutagePeriodError: the period has no length, is longer than 400 days, begins before 1970 or
            has too many outages to be looked at once.
        CustomerUnknownError: the customer is not known, or not the actor's.
        ServiceUnknownError: the service is not known.
    """
    _require_period(period_start, period_end)
    await _require_customer(tx, customer_id, actor=actor)
    known = await views.find_service(tx, reference=service)
    until = max(period_start, min(period_end, now))
    lines = await availability_lines(
        tx,
        customer_id=customer_id,
        service_id=known.service_id,
        start=period_start,
        end=period_end,
    )
    calendars = await newest_calendars(
        tx, ids={one.calendar_id for one in lines if one.calendar_id is not None}
    )
    parts = service_time(lines, calendars, start=period_start, end=until)
    rows = await tx.all(
        _PIECES,
        customer_id=customer_id,
        service_id=known.service_id,
        period_start=period_start,
        until=until,
        most=MOST_PIECES + 1,
    )
    if len(rows) > MOST_PIECES:
        raise OutagePeriodError("Ask for a shorter period.", pointer="period_start")
    found = measure(parts, [_piece(row) for row in rows])
    return AvailabilityRecord(
        customer_id=customer_id,
        service_id=known.service_id,
        period_start=period_start,
        period_end=period_end,
        measured_until=until,
        agreed_service_time=[ServiceTimeRecord.of(one) for one in parts],
        agreed_seconds=whole_seconds(found.agreed),
        strict=AvailabilityFigure.of("strict", found.lost.strict, found.agreed),
        weighted=AvailabilityFigure.of("weighted", found.lost.weighted, found.agreed),
        experienced=AvailabilityFigure.of("experienced", found.lost.experienced, found.agreed),
        failures=found.failures,
        outages=_counted(rows, parts, found),
    )


async def _require_customer(tx: ReadTx, customer_id: UUID, *, actor: Actor) -> None:
    scope = await views.scope_of(tx, actor=actor)
    try:
        views.refuse_unknown_customers([] if scope.covers(customer_id) else [customer_id])
        await views.require_customers(tx, customer_ids=[customer_id])
    except CustomerUnknownError as error:
        raise CustomerUnknownError(error.detail, pointer="customer_id") from error


def _require_period(start: datetime, end: datetime) -> None:
    if end <= start:
        raise OutagePeriodError("The end must lie after the start.", pointer="period_end")
    if end - start > LONGEST:
        raise OutagePeriodError(
            f"A period may have {LONGEST.days} days at most.", pointer="period_end"
        )
    if start < EARLIEST:
        raise OutagePeriodError("Times before 1970 are not kept.", pointer="period_start")


def _piece(row: Row) -> Piece:
    return Piece(
        source=row["id"],
        start=row["started_at"],
        end=row["ended_at"],
        kind=row["kind"],
        severity_factor=Decimal(row["severity_factor"]),
        share=Decimal(row["share"]),
    )


def _counted(
    rows: Sequence[Row], parts: list[ServiceTime], found: Availability
) -> list[CountedOutage]:
    if not parts:
        return []
    by_source: dict[UUID, list[Row]] = {}
    for row in rows:
        by_source.setdefault(row["id"], []).append(row)
    return [
        CountedOutage.of(
            [_piece(row) for row in own],
            parts,
            found.by_source.get(source, Downtime()),
            source=own[0]["source"],
            incident_id=own[0]["incident_id"],
            change_id=own[0]["change_id"],
        )
        for source, own in by_source.items()
    ]
