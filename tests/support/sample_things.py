"""What the sample service is about: things with a name and a size, that are changed and closed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Final, Literal
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel

from shared import outbox, timers
from shared.auth import Actor, platform_actor
from shared.db import Database, ReadTx, Tx, statement, violations
from shared.errors import DomainError, Kind
from shared.service import metadata

METADATA: Final = metadata("sample")
MAX_SIZE: Final = 1_000_000
_INSTANT: Final = sa.DateTime(timezone=True)

THING: Final = sa.Table(
    "thing",
    METADATA,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("reminders", sa.Integer, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("created_at", _INSTANT, nullable=False),
    sa.Column("updated_at", _INSTANT, nullable=False),
    sa.CheckConstraint("state in ('open', 'closed')", name="state"),
)
HEARD: Final = sa.Table(
    "heard",
    METADATA,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("key", sa.Uuid, nullable=False),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
)


class ThingChanged(BaseModel, frozen=True, extra="forbid"):
    """A thing was made or changed."""

    TYPE: ClassVar[str] = "itsm.thing.changed.v1"

    thing_id: UUID
    name: str
    size: int
    state: Literal["open", "closed"]


class ThingClosed(BaseModel, frozen=True, extra="forbid"):
    """A thing was closed."""

    TYPE: ClassVar[str] = "itsm.thing.closed.v1"

    thing_id: UUID


class ThingNotFoundError(DomainError):
    code = "thing-not-found"
    kind = Kind.NOT_FOUND
    title = "No such thing"


class ThingNameTakenError(DomainError):
    code = "thing-name-taken"
    kind = Kind.CONFLICT
    title = "Another thing has this name"


class ThingClosedError(DomainError):
    code = "thing-closed"
    kind = Kind.CONFLICT
    title = "The thing is closed"


@dataclass(frozen=True)
class Thing:
    id: UUID
    name: str
    size: int
    state: Literal["open", "closed"]
    reminders: int
    version: int
    created_at: datetime
    updated_at: datetime

    def changed(self) -> ThingChanged:
        return ThingChanged(thing_id=self.id, name=self.name, size=self.size, state=self.state)


_INSERT: Final = statement(
    "insert into sample.thing (id, name, size, state, reminders, version, created_at, updated_at)"
    " values (:id, :name, :size, :state, :reminders, :version, :created_at, :updated_at)"
)
_LOAD: Final = statement("select * from sample.thing where id = :id for update")
_READ: Final = statement("select * from sample.thing where id = :id")
_SAVE: Final = statement(
    "update sample.thing set name = :name, size = :size, state = :state, reminders = :reminders,"
    " version = :version, updated_at = :updated_at where id = :id"
)
HEAR: Final = statement(
    "insert into sample.heard (key, sequence, type) values (:key, :sequence, :type)"
)


async def make_thing(
    tx: Tx, *, thing_id: UUID, name: str, size: int, actor: Actor, now: datetime
) -> Thing:
    thing = Thing(thing_id, name, size, "open", 0, 1, now, now)
    taken = ThingNameTakenError(f"A thing is called {name} already.", pointer="/name")
    with violations({"uq_thing_name": taken}):
        await tx.run(_INSERT, **vars(thing))
    _append(tx, thing, [thing.changed()], actor, now)
    return thing


async def load_thing(tx: Tx, thing_id: UUID) -> Thing:
    row = await tx.first(_LOAD, id=thing_id)
    if row is None:
        raise ThingNotFoundError(f"There is no thing {thing_id}.")
    return Thing(**row)


async def change_thing(
    tx: Tx, thing: Thing, *, changes: dict[str, object], actor: Actor, now: datetime
) -> Thing:
    if thing.state == "closed":
        raise ThingClosedError("It cannot change any more.", extras={"allowed": []})
    after = replace(thing, **changes, version=thing.version + 1, updated_at=now)  # type: ignore[arg-type]  # by field names
    await tx.run(_SAVE, **vars(after))
    _append(tx, after, [after.changed()], actor, now)
    return after


async def close_thing(tx: Tx, thing: Thing, *, actor: Actor, now: datetime) -> Thing:
    """Close a thing: two events, so two versions."""
    if thing.state == "closed":
        raise ThingClosedError("It is closed already.", extras={"allowed": []})
    after = replace(thing, state="closed", version=thing.version + 2, updated_at=now)
    await tx.run(_SAVE, **vars(after))
    await timers.disarm(tx, kind="remind", subject=thing.id)
    _append(tx, after, [after.changed(), ThingClosed(thing_id=thing.id)], actor, now)
    return after


def _append(
    tx: Tx, thing: Thing, events: list[ThingChanged | ThingClosed], actor: Actor, now: datetime
) -> None:
    outbox.append(
        tx,
        key=thing.id,
        version=thing.version,
        events=events,
        actor=actor,
        occurred_at=now,
        now=now,
    )


async def find_thing(tx: ReadTx, thing_id: UUID) -> Thing:
    row = await tx.first(_READ, id=thing_id)
    if row is None:
        raise ThingNotFoundError(f"There is no thing {thing_id}.")
    return Thing(**row)


_EMPTY: Final = statement(
    "select id from sample.thing where state = 'open' and size = 0"
    " order by id limit 10 for update skip locked"
)


async def close_empty(database: Database, now: datetime) -> int:
    async with database.transaction() as tx:
        rows = await tx.all(_EMPTY)
        for row in rows:
            thing = await load_thing(tx, row["id"])
            await close_thing(tx, thing, actor=platform_actor("sample"), now=now)
    return len(rows)
