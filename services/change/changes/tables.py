"""Where changes are kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any, Final, get_args
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from services.change.changes.content import Content, PlannedOutage
from services.change.changes.domain import Change, ChangeId, ChangeNotFoundError
from services.change.changes.events import (
    PUBLISHED,
    ChangeType,
    ChangeUpdated,
    CloseCode,
    Outcome,
    RiskLevel,
    State,
)
from services.change.changes.replay import Told
from services.change.schema import METADATA
from shared.db import ReadTx, Row, Tx, statement

_PAYLOADS: Final = {payload.TYPE: payload for payload in PUBLISHED}
_UNTIL: Final = statement(
    "with known as (select sequence, type, occurred_at, recorded_at, data from change.event_log"
    " where key = :key and recorded_at <= :as_of and starts_with(type, 'itsm.change.'))"
    " select * from known where type <> :updated"
    " or sequence = (select max(sequence) from known where type = :updated) order by sequence"
)
_NUMBER: Final = re.compile(r"CHG[0-9]{7,12}")


def _one_of(column: str, closed_set: object) -> sa.CheckConstraint:
    values = ", ".join(f"'{value}'" for value in get_args(closed_set))
    return sa.CheckConstraint(f"{column} in ({values})", name=column)


CHANGE_NUMBER: Final = sa.Sequence("change_number", metadata=METADATA)
CHANGE: Final = sa.Table(
    "change",
    METADATA,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("number", sa.Text, nullable=False, unique=True),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("requester", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("description_technical", sa.Text, nullable=False),
    sa.Column("description_business", sa.Text, nullable=False),
    sa.Column("service_ids", ARRAY(sa.Uuid), nullable=False),
    sa.Column("planned_start", sa.DateTime(timezone=True)),
    sa.Column("planned_end", sa.DateTime(timezone=True)),
    sa.Column("planned_outages", JSONB, nullable=False),
    sa.Column("implementation_plan", sa.Text, nullable=False),
    sa.Column("test_plan", sa.Text, nullable=False),
    sa.Column("communication_plan", sa.Text, nullable=False),
    sa.Column("backout_plan", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
    sa.Column("state_reason", sa.Text),
    sa.Column("risk_level", sa.Text),
    sa.Column("assessment", sa.Text),
    sa.Column("authorised_by", sa.Text),
    sa.Column("authorised_at", sa.DateTime(timezone=True)),
    sa.Column("actual_start", sa.DateTime(timezone=True)),
    sa.Column("actual_end", sa.DateTime(timezone=True)),
    sa.Column("overran_at", sa.DateTime(timezone=True)),
    sa.Column("outcome", sa.Text),
    sa.Column("outcome_text", sa.Text),
    sa.Column("close_code", sa.Text),
    sa.Column("review_text", sa.Text),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    _one_of("type", ChangeType),
    _one_of("state", State),
    _one_of("risk_level", RiskLevel),
    _one_of("outcome", Outcome),
    _one_of("close_code", CloseCode),
    sa.CheckConstraint("planned_end > planned_start", name="window"),
    sa.CheckConstraint("authorised_by <> requester", name="four_eyes"),
    sa.CheckConstraint(
        "(close_code is null) = (state not in ('closed', 'cancelled'))", name="ended"
    ),
    sa.Index(None, "created_at", "id"),
    sa.Index(None, "planned_start", "id"),
    sa.Index(None, "service_ids", postgresql_using="gin"),
)

_CONTENT: Final = tuple(field.name for field in fields(Content))
_REST: Final = tuple(field.name for field in fields(Change) if field.name != "content")
_NEXT_NUMBER: Final = statement(sa.select(CHANGE_NUMBER.next_value()))
_INSERT: Final = statement(sa.insert(CHANGE))
_LOAD: Final = statement("select * from change.change where id = :id for update")
_SAVE: Final = statement(sa.update(CHANGE).where(CHANGE.c.id == sa.bindparam("key")))
_FIND: Final = statement("select id from change.change where number = :number")


async def next_number(tx: Tx) -> str:
    """Take the next human number, for instance CHG0000042; one that is not used leaves a gap."""
    return f"CHG{await tx.value(_NEXT_NUMBER):07d}"


async def insert_change(tx: Tx, change: Change) -> None:
    await tx.run(_INSERT, **_columns(change))


async def find_change(tx: ReadTx, ref: str) -> ChangeId:
    """Return the id of the change with this id or number; whether one has this id is not looked up.

    Raises:
        ChangeNotFoundError: it is neither, or no change has this number.
    """
    if _NUMBER.fullmatch(ref):
        found: UUID | None = await tx.value(_FIND, number=ref)
    else:
        found = _uuid(ref)
    if found is None:
        raise ChangeNotFoundError("There is no such change.")
    return ChangeId(found)


async def load_change(tx: Tx, ref: str) -> Change:
    """Return a change and lock its row until the transaction ends.

    Raises:
        ChangeNotFoundError: there is none with this id or number.
    """
    row = await tx.first(_LOAD, id=await find_change(tx, ref))
    if row is None:
        raise ChangeNotFoundError("There is no such change.")
    return change_of(row)


async def events_until(tx: ReadTx, change_id: ChangeId, *, as_of: datetime) -> list[Told]:
    """Return a change's events that were recorded by an instant, in order.

    Of those that carry its content only the first and the last: a draft can be revised often.
    """
    rows = await tx.all(_UNTIL, key=change_id, as_of=as_of, updated=ChangeUpdated.TYPE)
    return [
        Told(
            sequence=row["sequence"],
            occurred_at=row["occurred_at"],
            recorded_at=row["recorded_at"],
            event=_PAYLOADS[row["type"]].model_validate_json(row["data"]),
        )
        for row in rows
    ]


async def save_change(tx: Tx, change: Change) -> None:
    """Write a change that this transaction has locked."""
    await tx.run(_SAVE, key=change.id, **_columns(change))


def change_of(row: Row | Mapping[str, Any]) -> Change:
    """Return the change that a row holds; columns of a newer release are left alone."""
    content = {name: row[name] for name in _CONTENT}
    content["service_ids"] = tuple(row["service_ids"])
    content["planned_outages"] = tuple(
        PlannedOutage(service_id=UUID(one["service_id"]), minutes=one["minutes"])
        for one in row["planned_outages"]
    )
    return Change(content=Content(**content), **{name: row[name] for name in _REST})


def _columns(change: Change) -> dict[str, Any]:
    columns = asdict(change)
    return {**columns.pop("content"), **columns}


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if len(text) == 36 else None
    except ValueError:
        return None
