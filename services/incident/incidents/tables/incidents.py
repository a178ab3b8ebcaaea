"""Where incidents are kept, with their timeline and reach."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from services.incident.incidents.domain.incident import (
    FIELDS,
    Incident,
    IncidentNotFoundError,
)
from services.incident.incidents.domain.timeline import TimelineEntry
from services.incident.schema import METADATA
from services.incident.views.domain import KnownService, Promise, recognise
from services.incident.views.queries import (
    KNOWN_CUSTOMERS_FRAGMENT,
    SERVICE_BY_ID_FRAGMENT,
    SERVICE_BY_NUMBER_FRAGMENT,
    known_service,
)
from services.incident.views.queries.promises import PROMISE, promise_of, promises_fragment
from shared.db import Closing, Tx, statement


def _moment(name: str, *, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _one_of(name: str, *values: str) -> sa.CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{name} in ({listed})", name=name)


_IS_OPEN: Final = sa.text("state in ('new', 'assigned', 'in_progress', 'on_hold')")
IDS: Final = postgresql.ARRAY(sa.Uuid)
NUMBERS: Final = sa.Sequence("incident_number", metadata=METADATA, schema="incident")
INCIDENT: Final = sa.Table(
    "incident",
    METADATA,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("number", sa.Text, nullable=False, unique=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("description_technical", sa.Text, nullable=False),
    sa.Column("description_business", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("caller", sa.Text),
    sa.Column("customer_ids", IDS, nullable=False),
    sa.Column("service_id", sa.Uuid),
    sa.Column("affected_service_ids", IDS, nullable=False),
    sa.Column("dedup_key", sa.Text),
    sa.Column("impact", sa.Integer, nullable=False),
    sa.Column("urgency", sa.Integer, nullable=False),
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("priority_source", sa.Text, nullable=False),
    sa.Column("priority_reason", sa.Text),
    sa.Column("assignment_team_id", sa.Uuid),
    sa.Column("assignee", sa.Text),
    sa.Column("state", sa.Text, nullable=False),
    _moment("state_since", nullable=False),
    sa.Column("hold_reason", sa.Text),
    _moment("follow_up_at"),
    sa.Column("major_state", sa.Text, nullable=False, server_default="none"),
    sa.Column("major_reason", sa.Text),
    sa.Column("commander", sa.Text),
    sa.Column("business_impact", sa.Text),
    _moment("next_update_at"),
    sa.Column("resolution_code", sa.Text),
    sa.Column("resolution_technical", sa.Text),
    sa.Column("resolution_business", sa.Text),
    sa.Column("workaround", sa.Text),
    _moment("resolution_recorded_at"),
    _moment("auto_close_at"),
    sa.Column("cancellation_reason", sa.Text),
    sa.Column("duplicate_of", sa.Uuid, sa.ForeignKey("incident.incident.id")),
    sa.Column("reopen_count", sa.Integer, nullable=False, server_default="0"),
    _moment("started_at", nullable=False),
    _moment("detected_at", nullable=False),
    _moment("reported_at", nullable=False),
    _moment("acknowledged_at"),
    _moment("identified_at"),
    _moment("mitigated_at"),
    _moment("resolved_at"),
    _moment("closed_at"),
    _moment("impact_assessed_at"),
    sa.Column("map_version", sa.BigInteger),
    sa.Column("parent_id", sa.Uuid, sa.ForeignKey("incident.incident.id")),
    sa.Column("problem_id", sa.Uuid),
    sa.Column("caused_by_change_id", sa.Uuid),
    sa.Column("fixed_by_change_ids", IDS, nullable=False, server_default="{}"),
    sa.Column("version", sa.BigInteger, nullable=False),
    _moment("created_at", nullable=False),
    _moment("updated_at", nullable=False),
    _one_of(
        "state",
        *("new", "assigned", "in_progress", "on_hold"),
        *("resolved", "closed", "cancelled", "merged"),
    ),
    _one_of("major_state", "none", "proposed", "accepted", "rejected", "stood_down"),
    _one_of("channel", "phone", "mail", "portal", "chat", "walk_up", "api", "monitoring"),
    _one_of("priority_source", "matrix", "override"),
    sa.CheckConstraint(
        "impact between 1 and 3 and urgency between 1 and 3 and priority between 1 and 5",
        name="levels",
    ),
    sa.CheckConstraint("not (state = 'on_hold' and major_state = 'accepted')", name="major_hold"),
    sa.Index(None, "created_at", "id"),
    sa.Index(None, "service_id"),
    sa.Index(None, "duplicate_of", postgresql_where=sa.text("duplicate_of is not null")),
    sa.Index(
        "ix_incident_open",
        "state",
        "priority",
        postgresql_where=_IS_OPEN,
    ),
    sa.Index("ix_incident_queue", "priority", "id", postgresql_where=_IS_OPEN),
    sa.Index(
        "ix_incident_queue_of_team",
        "assignment_team_id",
        "priority",
        "id",
        postgresql_where=_IS_OPEN,
    ),
    sa.Index(None, "updated_at", "id"),
    sa.Index(None, "parent_id", postgresql_where=sa.text("parent_id is not null")),
)
TIMELINE: Final = sa.Table(
    "timeline",
    METADATA,
    # One index is enough: an entry is always looked for in its incident's timeline.
    sa.Column("id", sa.Uuid, nullable=False),
    sa.Column("incident_id", sa.Uuid, sa.ForeignKey("incident.incident.id"), primary_key=True),
    sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.Text, nullable=False),
    _moment("occurred_at", nullable=False),
    _moment("recorded_at", nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("customer_id", sa.Uuid),
    sa.Column("visibility", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    _one_of("visibility", "internal", "customer", "public"),
)

_ENTRY: Final = tuple(field.name for field in fields(TimelineEntry))
_BORN: Final = tuple(
    name
    for name, field in Incident.__dataclass_fields__.items()
    if field.default is not None and name not in ("major_state", "reopen_count")
)
_PROMISES: Final = promises_fragment(
    services="array[service.service_id]",
    customers="cast(:customer_ids as uuid[])",
    record_type="'incident'",
    at="cast(:at as timestamptz)",
)
_PROMISED: Final = ", ".join(f"p.{name}" for name in PROMISE if name != "service_id")
_CONTEXT: Final = (
    f"select once.*, service.*, {_PROMISED} from"  # noqa: S608 - fragments of ours
    " (select nextval('incident.incident_number') as count,"
    " (select cells from incident.priority_matrix) as cells,"
    f" ({KNOWN_CUSTOMERS_FRAGMENT}) as customers) once left join ({{service}}) service on true"
    f" left join lateral ({_PROMISES}) p on true"
)
_CONTEXT_BY_ID: Final = statement(_CONTEXT.format(service=SERVICE_BY_ID_FRAGMENT))
_CONTEXT_BY_NUMBER: Final = statement(_CONTEXT.format(service=SERVICE_BY_NUMBER_FRAGMENT))
_INSERT: Final = (
    f"new_incident as (insert into incident.incident ({', '.join(_BORN)})"  # noqa: S608 - our own names
    f" values ({', '.join(f':incident_{name}' for name in _BORN)})),"
    f" new_entry as (insert into incident.timeline ({', '.join(_ENTRY)})"
    f" values ({', '.join(f':entry_{name}' for name in _ENTRY)}))"
)
_INSERT_NOW: Final = statement(f"with {_INSERT} select 1")
_SAVE: Final = statement(
    "update incident.incident set "  # noqa: S608 - our own names
    + ", ".join(f"{name} = :{name}" for name in FIELDS if name not in ("id", "created_at"))
    + " where id = :id"
)
_INSERT_ENTRY: Final = statement(
    f"insert into incident.timeline ({', '.join(_ENTRY)})"  # noqa: S608 - our own names
    f" values ({', '.join(f':{name}' for name in _ENTRY)})"
)
_BY_ID: Final = statement("select * from incident.incident where id = :id for update")
_BY_NUMBER: Final = statement("select * from incident.incident where number = :number for update")
_BOTH: Final = statement(
    "select * from incident.incident where id = any(cast(:ids as uuid[])) order by id for update"
)
_ID_OF: Final = statement("select id from incident.incident where number = :number")


@dataclass(frozen=True, slots=True)
class Context:
    """What a declaration needs to know: its number, the matrix if one is set, the service."""

    count: int
    cells: tuple[int, ...] | None
    service: KnownService | None
    customers: frozenset[UUID]
    promises: tuple[Promise, ...]


async def load_context(
    tx: Tx, *, service: str | None, customer_ids: Sequence[UUID], at: datetime
) -> Context:
    """Draw a number and look up what a declaration refers to, in one statement.

    A look a moment old will do: a service or matrix changed meanwhile was changed after it.

    ``customers`` are those of ``customer_ids`` that are known; ``service`` is an id or a number;
    ``promises`` are what agreements promise them for it at an instant.
    What it saw may change before the commit: the event says what was known when it was declared.
    """
    service_id, number = recognise(service) if service is not None else (None, None)
    rows = await tx.look(
        _CONTEXT_BY_ID if number is None else _CONTEXT_BY_NUMBER,
        service=service_id if number is None else number,
        customer_ids=list(customer_ids),
        at=at,
    )
    row = rows[0]
    return Context(
        count=row["count"],
        cells=row["cells"],
        service=None if row["service_id"] is None else known_service(row),
        customers=frozenset(row["customers"] or ()),
        promises=tuple(promise_of(one) for one in rows if one["agreement_id"] is not None),
    )


async def insert_incident(
    tx: Tx, incident: Incident, entry: TimelineEntry, *, at_the_end: bool
) -> None:
    """Write a new incident and the first entry of its timeline, in one statement.

    ``at_the_end`` makes that part of the transaction's last statement, where nothing reads the
    incident before: declaring is the hot path, and this is one trip less.
    """
    values: dict[str, object] = {f"incident_{name}": getattr(incident, name) for name in _BORN}
    for name in _ENTRY:
        values[f"entry_{name}"] = getattr(entry, name)
    if at_the_end:
        tx.close_with("incident", Closing(_INSERT, values))
    else:
        await tx.run(_INSERT_NOW, **values)


async def load_incident(tx: Tx, reference: str) -> Incident:
    """Return an incident by id or number and lock its row until the transaction ends.

    Raises:
        IncidentNotFoundError: there is none.
    """
    incident_id, number = recognise(reference)
    if incident_id is not None:
        row = await tx.first(_BY_ID, id=incident_id)
    else:
        row = await tx.first(_BY_NUMBER, number=number)
    if row is None:
        raise IncidentNotFoundError(f"There is no incident {reference[:40]}.")
    return incident_of(row)


async def load_incidents(tx: Tx, references: Sequence[str]) -> list[Incident]:
    """Return several incidents in the order asked for; rows are locked in the order of ids.

    Raises:
        IncidentNotFoundError: one is not there.
    """
    ids: list[UUID] = []
    for reference in references:
        incident_id, number = recognise(reference)
        ids.append(incident_id or await tx.value(_ID_OF, number=number))
    found = {row["id"]: incident_of(row) for row in await tx.all(_BOTH, ids=ids)}
    for reference, incident_id in zip(references, ids, strict=True):
        if incident_id not in found:
            raise IncidentNotFoundError(f"There is no incident {reference[:40]}.")
    return [found[incident_id] for incident_id in ids]


async def save_incident(tx: Tx, incident: Incident, entries: Iterable[TimelineEntry]) -> None:
    """Write an incident that this transaction has locked, and new entries of its timeline."""
    await tx.run(_SAVE, **{name: getattr(incident, name) for name in FIELDS})
    rows = [{name: getattr(entry, name) for name in _ENTRY} for entry in entries]
    if len(rows) == 1:
        await tx.run(_INSERT_ENTRY, **rows[0])
    else:
        await tx.run_many(_INSERT_ENTRY, rows)


def incident_of(row: Mapping[str, Any]) -> Incident:
    """Return the incident that a row holds."""
    values = dict(row)
    for name in ("customer_ids", "affected_service_ids", "fixed_by_change_ids"):
        values[name] = tuple(values[name])
    return Incident(**values)
