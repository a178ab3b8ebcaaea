"""Where the inbox keeps what it did: its tables in each service's schema, and their statements."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from shared.db import Statement, statement


def tables(metadata: sa.MetaData) -> None:
    """Declare the inbox's tables in a service's metadata."""
    at = sa.DateTime(timezone=True)
    sa.Table(
        "inbox",
        metadata,
        sa.Column("subscription", sa.Text, primary_key=True),
        sa.Column("event_id", sa.Uuid, primary_key=True),
        sa.Column("handled_at", at, nullable=False, index=True),
    )
    sa.Table(
        "inbox_sequence",
        metadata,
        sa.Column("subscription", sa.Text, primary_key=True),
        sa.Column("key", sa.Uuid, primary_key=True),
        sa.Column("sequence", sa.BigInteger, nullable=False),
    )
    sa.Table(
        "parked",
        metadata,
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("subscription", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("type", sa.Text),
        sa.Column("headers", sa.JSON, nullable=False),
        sa.Column("value", sa.LargeBinary, nullable=False),
        sa.Column("record_key", sa.LargeBinary, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("parked_at", at, nullable=False),
        sa.CheckConstraint("reason in ('malformed', 'failed', 'behind')", name="reason"),
        sa.Index(None, "subscription", "key", "id"),
    )
    sa.Table(
        "stopped_subscription",
        metadata,
        sa.Column("subscription", sa.Text, primary_key=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("stopped_at", at, nullable=False),
    )


@dataclass(frozen=True, slots=True)
class Sql:
    """The inbox's statements in one schema."""

    note: Statement
    blocked: Statement
    lock_key: Statement
    sequences: Statement
    raise_sequences: Statement
    park: Statement
    stop: Statement
    stopped: Statement
    resume: Statement
    listed: Statement
    shown: Statement
    of_key: Statement
    remove: Statement
    retried: Statement
    prune: Statement
    states: Statement


def sql(schema: str) -> Sql:
    """Return the inbox's statements for one schema."""
    return Sql(
        note=statement(
            f"insert into {schema}.inbox (subscription, event_id, handled_at)"
            " select :subscription, e, :now from unnest(cast(:ids as uuid[])) as e"
            " on conflict do nothing returning event_id"
        ),
        blocked=statement(
            f"select distinct key from {schema}.parked"
            " where subscription = :subscription and key = any(cast(:keys as text[]))"
        ),
        lock_key=statement(
            "select pg_advisory_xact_lock(hashtextextended(:subscription || ' ' || :key, 0))"
        ),
        sequences=statement(
            f"select key, sequence from {schema}.inbox_sequence"
            " where subscription = :subscription and key = any(cast(:keys as uuid[]))"
        ),
        raise_sequences=statement(
            f"insert into {schema}.inbox_sequence as held (subscription, key, sequence)"
            " select :subscription, k, s"
            " from unnest(cast(:keys as uuid[]), cast(:sequences as bigint[])) as u(k, s)"
            " order by k on conflict (subscription, key)"
            " do update set sequence = excluded.sequence where held.sequence < excluded.sequence"
        ),
        park=statement(
            f"insert into {schema}.parked (subscription, key, topic, type, headers, value,"
            " record_key, reason, error, attempts, parked_at) values (:subscription, :key, :topic,"
            " :type, :headers, :value, :record_key, :reason, :error, :attempts, :now)"
        ),
        stop=statement(
            f"insert into {schema}.stopped_subscription (subscription, reason, stopped_at)"
            " values (:subscription, :reason, :now) on conflict do nothing"
        ),
        stopped=statement(
            f"select reason from {schema}.stopped_subscription where subscription = :subscription"
        ),
        resume=statement(
            f"delete from {schema}.stopped_subscription where subscription = :subscription"
        ),
        listed=statement(
            f"select id, subscription, key, topic, type, reason, error, attempts, parked_at"
            f" from {schema}.parked where id > :after"
            " and (cast(:subscription as text) is null or subscription = :subscription)"
            " order by id limit :limit"
        ),
        shown=statement(f"select * from {schema}.parked where id = :id"),
        of_key=statement(
            f"select * from {schema}.parked where subscription = :subscription and key = :key"
            " order by id limit 1"
        ),
        remove=statement(f"delete from {schema}.parked where id = :id"),
        retried=statement(
            f"update {schema}.parked set attempts = attempts + 1, error = :error where id = :id"
        ),
        prune=statement(f"delete from {schema}.inbox where handled_at < :before"),
        states=statement(
            f"select coalesce(p.subscription, s.subscription) as subscription, s.reason,"
            " coalesce(p.parked, 0) as parked from"
            f" (select subscription, count(*) as parked from {schema}.parked group by 1) p"
            f" full join {schema}.stopped_subscription s on s.subscription = p.subscription"
        ),
    )
