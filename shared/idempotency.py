"""``Idempotency-Key``: the same request again gets the first answer, never a second effect.

One row per (actor, key), written by the last statement of the work's own transaction, with a hash
of method, path and body and the first answer's bytes, without the secrets that it showed. A
repetition does the work again until that row's primary key stops it: it waits for the first request
if that is still running, is undone as a whole, and gets the first answer. So a key costs no look-up
where it is new, which it nearly always is; only a request that fails, for whatever reason, looks
whether it was answered before.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final

import sqlalchemy as sa

from shared.db import Closing, ReadTx, Statement, Tx, statement
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
    """An answer as it left, or as it is kept: enough to send it again byte for byte."""

    status: int
    location: str | None
    etag: str | None
    body: bytes


@dataclass(frozen=True, slots=True)
class Claim:
    """What identifies a request with a key: its row's identity, and the hash of what was asked."""

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


@cache
def _look(schema: str) -> Statement:
    return statement(f"select * from {schema}.idempotency where digest = :digest")


@cache
def _keep(schema: str) -> Statement:
    return statement(
        f"answered as (insert into {schema}.idempotency"
        " (digest, request_hash, status, location, etag, body, created_at) values (:answer_digest,"
        " :answer_request_hash, :answer_status, :answer_location, :answer_etag, :answer_body,"
        " :answer_now))"
    )


@cache
def _prune(schema: str) -> Statement:
    return statement(f"delete from {schema}.idempotency where created_at < :before")


def claim_for(*, sub: str, key: str, method: str, path: str, body: bytes) -> Claim:
    """Return what identifies a request: ``key`` bare or quoted, with the caller's subject."""
    bare = key[1:-1] if len(key) > 1 and key[0] == key[-1] == '"' else key
    digest = hashlib.sha256(f"{sub}\x00{bare}".encode()).digest()
    request = hashlib.sha256(f"{method} {path}\x00".encode() + body).digest()
    return Claim(digest=digest, request_hash=request)


async def first_answer(tx: ReadTx, wanted: Claim, *, service: str) -> Answer | None:
    """Return what the key was answered with before, None if it was not.

    Raises:
        KeyReusedError: the key was used for another request.
    """
    row = await tx.first(_look(service), digest=wanted.digest)
    if row is None:
        return None
    if row["request_hash"] != wanted.request_hash:
        raise KeyReusedError("Use a new key for a new request.", pointer="Idempotency-Key")
    return Answer(row["status"], row["location"], row["etag"], row["body"])


def keep(tx: Tx, held: Claim, answer: Answer, *, now: datetime) -> None:
    """Write the answer beside the work it answers, in the same transaction."""
    tx.close_with(
        "answer",
        Closing(
            _keep(tx.service),
            (
                held.digest,
                held.request_hash,
                answer.status,
                answer.location,
                answer.etag,
                answer.body,
                now,
            ),
        ),
    )


async def prune(tx: Tx, *, before: datetime) -> int:
    """Forget answers older than an instant; return how many."""
    return await tx.run(_prune(tx.service), before=before)
