"""Where incidents are kept, with their timeline and reach."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any, Final
from uuid import UUID

from services.incident.incidents.domain.incident import (
    FIELDS,
    Incident,
    IncidentNotFoundError,
)
from services.incident.incidents.domain.timeline import TimelineEntry
from services.incident.views.domain import recognise
from shared.db import Closing, Tx, statement

_ENTRY: Final = tuple(field.name for field in fields(TimelineEntry))
_BORN: Final = tuple(
    name
    for name, field in Incident.__dataclass_fields__.items()
    if field.default is not None and name not in ("major_state", "reopen_count")
)
_born: Final = attrgetter(*_BORN)
_told: Final = attrgetter(*_ENTRY)
_INSERT_TEXT: Final = (
    f"new_incident as (insert into incident.incident ({', '.join(_BORN)})"  # noqa: S608 - our own names
    f" values ({', '.join(f':incident_{name}' for name in _BORN)})),"
    f" new_entry as (insert into incident.timeline ({', '.join(_ENTRY)})"
    f" values ({', '.join(f':entry_{name}' for name in _ENTRY)}))"
)
_INSERT: Final = statement(_INSERT_TEXT)
_INSERT_NOW: Final = statement(f"with {_INSERT_TEXT} select 1")
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


async def insert_incident(
    tx: Tx, incident: Incident, entry: TimelineEntry, *, at_the_end: bool
) -> None:
    """Write a new incident and the first entry of its timeline, in one statement.

    ``at_the_end`` makes that part of the transaction's last statement, where nothing reads the
    incident before: declaring is the hot path, and this is one trip less.
    """
    arguments = (*_born(incident), *_told(entry))
    if at_the_end:
        tx.close_with("incident", Closing(_INSERT, arguments))
    else:
        await tx.run(_INSERT_NOW, **dict(zip(_INSERT_NOW.names, arguments, strict=True)))


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
    """Return the incident that a row holds; columns of a later release are none of its business."""
    values = {name: row[name] for name in FIELDS}
    for name in ("customer_ids", "affected_service_ids", "fixed_by_change_ids", "ci_ids"):
        values[name] = tuple(values[name])
    return Incident(**values)
