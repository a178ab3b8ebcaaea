"""The floors: what the same stack costs when it does the least that could be called the same.

Run as a program it serves three routes for the load generator: an echo of a twelve-field model,
the same with one statement that writes a business row and a log row of our sizes, and one with a
statement that writes as many rows as a declared incident with three clocks does. Those are 18, in
one statement of ours as well, after one that looks up what it refers to and what is promised: the
incident, the first entry of its timeline, its facts for clocks (1 each), clocks and timers (3
each), events and the queue of those to send (4 each), and the answer to its idempotency key.
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
create table if not exists floor.entry (
    id uuid not null, record_id uuid, sequence bigint, kind text not null,
    occurred_at timestamptz not null, actor text not null, text text not null,
    primary key (record_id, sequence));
create table if not exists floor.facts (
    id uuid primary key, number text not null, service_id uuid, facts jsonb not null,
    created_at timestamptz not null);
create table if not exists floor.clock (
    id uuid primary key, record_id uuid not null, number text not null, service_id uuid not null,
    customer_id uuid, team_id uuid, agreement_id uuid not null, metric text not null,
    target_id uuid not null, target_seconds bigint not null, calendar_id uuid, terms jsonb not null,
    state text not null, started_at timestamptz not null, deadline timestamptz,
    version bigint not null, unique (record_id, agreement_id, metric));
create index if not exists clock_due on floor.clock (deadline, id);
create table if not exists floor.timer (
    kind text, subject uuid, generation bigint not null, due_at timestamptz not null,
    primary key (kind, subject));
create index if not exists timer_due on floor.timer (due_at);
create table if not exists floor.queue (log_id bigint primary key);
create table if not exists floor.answer (
    key text primary key, fingerprint text not null, status int not null, body text not null);
"""
ROWS: Final = {
    **dict.fromkeys(("record", "entry", "facts", "answer"), 1),
    **dict.fromkeys(("clock", "timer"), 3),
    **dict.fromkeys(("log", "queue"), 4),
}
"""What the route with clocks writes, by table."""
INSERT: Final = """
with row as (
    insert into floor.record values
    ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 1, $14, $14) returning id)
insert into floor.log
    (event_id, key, sequence, type, recorded_at, occurred_at, actor, origin, correlation_id, data)
select $15, id, 1, 'itsm.floor.declared.v1', $14, $14, 'bench', 'bench', $16, $17 from row
"""

DECLARE: Final = """
with row as (
    insert into floor.record values
    ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 1, $14, $14)),
entry as (
    insert into floor.entry values ($15, $1, 1, 'declared', $14, 'bench', 'declared by routing')),
facts as (insert into floor.facts values ($1, $2, $8, $18, $14)),
clocks as (
    insert into floor.clock
    select id, $1, $2, $8, null, $9, agreement_id, 'resolution', agreement_id, 14400, $9, $18,
        'running', $14, $14, 1
    from unnest($19::uuid[], $20::uuid[]) c(id, agreement_id)),
timers as (insert into floor.timer select 'clock', id, 1, $14 from unnest($19::uuid[]) c(id)),
answer as (insert into floor.answer values ($16, $16, 201, $17)),
logged as (
    insert into floor.log
    (event_id, key, sequence, type, recorded_at, occurred_at, actor, origin, correlation_id, data)
    select event_id, key, 1, 'itsm.floor.declared.v1', $14, $14, 'bench', 'bench', $16, $17
    from unnest($20::uuid[] || $15::uuid, $19::uuid[] || $1::uuid) e(event_id, key) returning id)
insert into floor.queue select id from logged
"""
FACTS: Final = (
    '[{"sequence": 1, "kind": "started", "at": "2026-03-02T09:00:00.000000Z", "priority": 3,'
    ' "team_id": "0197a0c2-7d31-7c50-8f00-5b6a2f4c1e03", "target": [900, 3600, 14400]}]'
)
CLOCKS: Final = 3


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

    @app.post("/declare", status_code=201)
    async def declare(record: Record) -> Record:
        clocks = [[uuid.uuid4() for _ in range(CLOCKS)] for _ in range(2)]
        async with app.state.pool.acquire() as connection:
            await connection.execute(DECLARE, *values(record, 1), FACTS, *clocks)
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
