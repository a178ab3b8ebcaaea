"""Asking what agreements promise, and by which calendars."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from services.incident.views.domain import KnownCalendar, Promise
from shared.calendar import from_hours
from shared.db import ReadTx, Row, statement

NEWEST_CALENDARS_FRAGMENT: Final = (
    "select jsonb_object_agg(n.calendar_id, n.sequence) from (select calendar_id,"
    " max(sequence) as sequence from incident.view_calendar"
    " where calendar_id = any({ids}) group by calendar_id) n"
)
"""The newest state of each of some calendars, to format with the expression of their ids."""


SOURCES_FRAGMENT: Final = (
    "select calendar_id as id, max(sequence) as sequence from incident.view_calendar"
    " group by calendar_id union all select agreement_id, sequence from incident.view_agreement"
)
"""Every calendar and agreement, with the sequence of the newest event that told of it."""

TOUCHED_FRAGMENT: Final = (
    "select l.service_id from incident.view_agreement_line l where l.agreement_id = :id"
    " or l.agreement_id in (select t.agreement_id from incident.view_agreement_target t"
    " where t.calendar_id = :id)"
)
"""The services with a line of an agreement, or of any that counts by a calendar (``:id``)."""


PROMISE: Final = tuple(field.name for field in fields(Promise))
"""The columns of a promise."""


def promises_fragment(*, services: str, customers: str, record_type: str, at: str) -> str:
    """Return SQL for the promises of lines that hold at an instant, from SQL of what it asks.

    For any priority, team and supplier; of customers those asked for. A line for an offering is
    nothing to a customer whose use of the service names other offerings alone.
    """
    return (
        "select l.agreement_id, a.type as agreement_type, a.sequence as agreement_sequence,"  # noqa: S608 - fragments of ours
        " a.team_id, a.supplier_id, l.customer_id, l.service_id, l.offering_id, l.priority,"
        " t.target_id, t.agreement_version, t.metric, t.seconds, t.calendar_id,"
        " k.calendar_version, k.sequence as calendar_sequence, t.pause_on, t.runs_only_on,"
        " t.thresholds from incident.view_agreement_line l"
        " join incident.view_agreement a on a.agreement_id = l.agreement_id"
        " join incident.view_agreement_target t on t.agreement_id = l.agreement_id"
        " and t.target_id = any(l.target_ids) and t.seconds is not null"
        " left join lateral (select c.calendar_version, c.sequence from incident.view_calendar c"
        " where c.calendar_id = t.calendar_id order by c.sequence desc limit 1) k on true"
        " left join lateral (select array_agg(u.offering_id) as named"
        " from incident.view_service_use u where u.customer_id = l.customer_id"
        f" and u.service_id = l.service_id and u.offering_id is not null and u.valid_from <= {at}"
        f" and (u.valid_to is null or u.valid_to > {at})) uses on l.offering_id is not null"
        f" where l.service_id = any({services}) and l.record_type = {record_type}"
        f" and (l.customer_id is null or l.customer_id = any({customers}))"
        f" and l.valid_from <= {at} and (l.valid_to is null or l.valid_to > {at})"
        " and (l.offering_id is null or l.offering_id = any(uses.named)"
        " or uses.named is null)"
    )


_LINES: Final = statement(
    promises_fragment(
        services="cast(:services as uuid[])",
        customers="cast(:customers as uuid[])",
        record_type="cast(:record_type as text)",
        at="cast(:at as timestamptz)",
    )
)
_NEWEST: Final = statement(
    "select calendar_id, max(sequence) as sequence from incident.view_calendar"
    " where calendar_id = any(cast(:ids as uuid[])) group by calendar_id"
)
_CALENDARS: Final = statement(
    "select c.calendar_id, c.sequence, c.time_zone, c.calendar_version, c.weeks, c.days"
    " from incident.view_calendar c join unnest(cast(:ids as uuid[]), cast(:sequences as bigint[]))"
    " w(calendar_id, sequence) using (calendar_id, sequence)"
)
MOST_CALENDARS: Final = 500
_KNOWN: Final[dict[tuple[UUID, int], KnownCalendar]] = {}
"""States of calendars that this process has read; a state never changes, a new one is another."""


async def lines_for(
    tx: ReadTx,
    *,
    customers: Collection[UUID],
    services: Collection[UUID],
    record_type: str,
    at: datetime,
) -> list[Promise]:
    """Return what agreements promised at an instant (aware UTC), in one statement.

    That is for any priority, and whoever asks pairs customers with services.
    """
    rows = await tx.all(
        _LINES,
        services=list(services),
        customers=list(customers),
        record_type=record_type,
        at=at,
    )
    return [promise_of(row) for row in rows]


def promise_of(row: Row) -> Promise:
    """Return the promise that a row with the fragment's columns holds."""
    values: dict[str, Any] = {name: row[name] for name in PROMISE}
    for name in ("pause_on", "runs_only_on", "thresholds"):
        values[name] = tuple(values[name])
    return Promise(**values)


async def newest_calendars(tx: ReadTx, *, ids: Collection[UUID]) -> dict[UUID, KnownCalendar]:
    """Return calendars as they are now; those that are not known are left out."""
    rows = await tx.all(_NEWEST, ids=list(ids))
    return await load_calendars(tx, wanted={row["calendar_id"]: row["sequence"] for row in rows})


async def load_calendars(tx: ReadTx, *, wanted: Mapping[UUID, int]) -> dict[UUID, KnownCalendar]:
    """Return states of calendars by the sequence of the event that told of each."""
    missing = {key: sequence for key, sequence in wanted.items() if (key, sequence) not in _KNOWN}
    found = {key: _KNOWN[key, sequence] for key, sequence in wanted.items() if key not in missing}
    if not missing:
        return found
    if len(_KNOWN) >= MOST_CALENDARS:
        _KNOWN.clear()
    for row in await tx.all(_CALENDARS, ids=list(missing), sequences=list(missing.values())):
        calendar = from_hours(
            time_zone=row["time_zone"],
            weeks=row["weeks"],
            days=row["days"],
            version=row["calendar_version"],
        )
        known = KnownCalendar(calendar, row["sequence"])
        found[row["calendar_id"]] = _KNOWN[row["calendar_id"], row["sequence"]] = known
    return found
