"""``Idempotency-Key``: the same request again gets the first answer, never a second effect.

One row per (actor, key), written in the transaction of the work itself, with a hash of method,
path and body and the first answer's bytes. While the first request is still running, a second one
cannot take the key's advisory lock and is told to come back.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from shared import failpoints
from shared.db import Row, Statement, Tx, statement
from shared.errors import DomainError, Kind

MAX_KEY_CHARS: Final = 255
KEPT_DAYS: Final = 7


class KeyInUseError(DomainError):
    """Another request with this key is still running."""

    code = "idempotency-key-in-use"
    kind = Kind.CONFLICT
    title = "A request with this Idempotency-Key is still running"


class KeyReusedError(DomainError):
    """The key came before with another method, path or body."""

    code = "idempotency-key-reused"
    kind = Kind.INVALID
    title = "This Idempotency-Key belongs to another request"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it left: enough to send it again byte for byte."""

    status: int
    location: str | None
    etag: str | None
    body: bytes


@dataclass(frozen=True, slots=True)
class Claim:
    """A key that this request holds: its row's identity and the hash of what was asked."""

    digest: bytes
    request_hash: bytes


def tables(metadata: sa.MetaData) -> None:
    """Declare the table of first answers in a service's metadata."""
    sa.Table(
        "idempotency",
        metadata,
        sa.Column("digest", sa.LargeBinary, primary_key=True, comment="sha256 of actor and key"),
        sa.Column("request_hash", sa.LargeBinary, nullable=False),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("location", sa.Text),
        sa.Column("etag", sa.Text),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, index=True),
    )


@dataclass(frozen=True, slots=True)
class _Sql:
    look: Statement
    keep: Statement
    prune: Statement


_CACHE: Final[dict[str, _Sql]] = {}


def _sql(schema: str) -> _Sql:
    if schema not in _CACHE:
        _CACHE[schema] = _Sql(
            look=statement(f"select * from {schema}.idempotency where digest = :digest"),
            keep=statement(
                f"insert into {schema}.idempotency"
                " (digest, request_hash, status, location, etag, body, created_at)"
                " values (:digest, :request_hash, :status, :location, :etag, :body, :now)"
            ),
            prune=statement(f"delete from {schema}.idempotency where created_at < :before"),
        )
    return _CACHE[schema]


def claim_for(*, sub: str, key: str, method: str, path: str, body: bytes) -> Claim:
    """Return what identifies a request: ``key`` bare or quoted, with the caller's subject."""
    bare = key[1:-1] if len(key) > 1 and key[0] == key[-1] == '"' else key
    digest = hashlib.sha256(f"{sub}\x00{bare}".encode()).digest()
    request = hashlib.sha256(f"{method} {path}\x00".encode() + body).digest()
    return Claim(digest=digest, request_hash=request)


async def claim(tx: Tx, wanted: Claim) -> Answer | None:
    """Take the key for this transaction, or return the answer that was given before.

    Lock and look-up begin the transaction in one round trip: no row back means that the lock was
    obtained and no answer is known.

    Raises:
        KeyInUseError: a request with the key is running.
        KeyReusedError: the key was used for another request.
    """
    lock = int.from_bytes(wanted.digest[:8], "big", signed=True)
    status = await tx.begin(
        f"select 1 where not pg_try_advisory_xact_lock({lock}) union all"
        f" select 1 from {tx.service}.idempotency where digest = '\\x{wanted.digest.hex()}'"
    )
    await failpoints.reach("I1")
    if status == "SELECT 0":
        return None
    return answered(await tx.first(_sql(tx.service).look, digest=wanted.digest), wanted)


def answered(row: Row | None, wanted: Claim) -> Answer:
    """Return the first answer that a row holds.

    Raises:
        KeyInUseError: there is no row, so the first request is still running.
        KeyReusedError: the row belongs to another request.
    """
    if row is None:
        raise KeyInUseError("The first request with this key has not been answered yet.")
    if row["request_hash"] != wanted.request_hash:
        raise KeyReusedError("Use a new key for a new request.", pointer="Idempotency-Key")
    return Answer(row["status"], row["location"], row["etag"], row["body"])


async def keep(tx: Tx, held: Claim, answer: Answer, *, now: datetime) -> None:
    """Write the answer beside the work it answers, in the same transaction."""
    await tx.run(
        _sql(tx.service).keep,
        digest=held.digest,
        request_hash=held.request_hash,
        status=answer.status,
        location=answer.location,
        etag=answer.etag,
        body=answer.body,
        now=now,
    )


async def prune(tx: Tx, *, before: datetime) -> int:
    """Forget answers older than an instant; return how many."""
    return await tx.run(_sql(tx.service).prune, before=before)
