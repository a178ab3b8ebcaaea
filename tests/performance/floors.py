"""The floors: what the same stack costs when it does the least that could be called the same.

Run as a program it serves two routes for the load generator: an echo of a twelve-field model, and
the same with one statement that writes a business row and a log row of our sizes.
"""

from __future__ import annotations

import sys
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Final

import asyncpg
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

TABLES: Final = """
create schema if not exists floor;
create table if not exists floor.record (
    id uuid primary key, number text not null unique, title text not null,
    description_technical text not null, description_business text not null, channel text not null,
    caller text, service_id uuid, team_id uuid, impact int not null, urgency int not null,
    priority int not null, state text not null, version bigint not null,
    created_at timestamptz not null, updated_at timestamptz not null);
create table if not exists floor.log (
    id bigint generated always as identity primary key, event_id uuid not null, key uuid not null,
    sequence bigint not null, type text not null, recorded_at timestamptz not null,
    occurred_at timestamptz not null, actor text not null, origin text, correlation_id text,
    data text not null, unique (key, sequence));
"""
INSERT: Final = """
with row as (
    insert into floor.record values
    ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 1, $14, $14) returning id)
insert into floor.log
    (event_id, key, sequence, type, recorded_at, occurred_at, actor, origin, correlation_id, data)
select $15, id, 1, 'itsm.floor.declared.v1', $14, $14, 'bench', 'bench', $16, $17 from row
"""


class Record(BaseModel):
    """Twelve fields, as many as a declared incident has."""

    title: str
    description_technical: str
    description_business: str
    channel: str
    caller: str | None
    service_id: uuid.UUID
    team_id: uuid.UUID
    impact: int
    urgency: int
    priority: int
    state: str
    occurred_at: datetime


def values(record: Record, number: int) -> tuple[object, ...]:
    """Return the arguments of the one statement; the log row carries the record as JSON."""
    new = uuid.uuid4()
    return (
        new,
        f"FLR{number:07d}{new.hex[:8]}",
        record.title,
        record.description_technical,
        record.description_business,
        record.channel,
        record.caller,
        record.service_id,
        record.team_id,
        record.impact,
        record.urgency,
        record.priority,
        record.state,
        datetime.now(UTC),
        uuid.uuid4(),
        new.hex,
        record.model_dump_json(),
    )


def application(url: str) -> FastAPI:
    """Return the floor's application on a database."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.pool = await asyncpg.create_pool(url, min_size=6, max_size=6, reset=_no_reset)
        yield
        await app.state.pool.close()

    app = FastAPI(lifespan=lifespan)

    @app.post("/echo", status_code=201)
    async def echo(record: Record) -> Record:
        return record

    @app.post("/insert", status_code=201)
    async def insert(record: Record) -> Record:
        async with app.state.pool.acquire() as connection:
            await connection.execute(INSERT, *values(record, 1))
        return record

    return app


async def _no_reset(_: asyncpg.Connection) -> None:
    return


def sample() -> Record:
    """Return the record that every floor writes."""
    return Record(
        title="Checkout answers slowly",
        description_technical="p99 of POST /orders is 9 s since the last deployment; pool is full",
        description_business="Customers of the shop wait long before they can pay",
        channel="api",
        caller="monitoring",
        service_id=uuid.uuid4(),
        team_id=uuid.uuid4(),
        impact=2,
        urgency=2,
        priority=3,
        state="assigned",
        occurred_at=datetime.now(UTC),
    )


if __name__ == "__main__":
    uvicorn.run(
        application(sys.argv[1]),
        host="127.0.0.1",
        port=int(sys.argv[2]),
        http="httptools",
        loop="uvloop",
        log_level="error",
        access_log=False,
    )
