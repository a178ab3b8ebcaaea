"""The commands of areas as kinds call them: in the name and at the instant of a piece of work.

A bundle says what should be, not what it was written against, so that no version is expected.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from services.catalog.bundles.kinds.kind import Make, Move, Revise, Work
from shared.db import Tx

Command = Callable[..., Awaitable[Any]]


def sent(changes: BaseModel) -> dict[str, Any]:
    """Return the fields that a change names."""
    return changes.model_dump(exclude_unset=True)


def make_by(command: Command, named: str) -> Make:
    """Return how a command makes a record; ``named`` is what it calls the record's id."""

    async def make(tx: Tx, body: BaseModel, work: Work) -> UUID:
        given = {named: work.new_id(), **dict(body)}
        made = await command(tx, **given, actor=work.actor, now=work.now)
        identity: UUID = made.id
        return identity

    return make


def revise_by(
    command: Command, named: str, *, changes_of: Callable[[Any], dict[str, Any]] = sent
) -> Revise:
    """Return how a command changes a record; ``changes_of`` says how it takes what changes."""

    async def revise(tx: Tx, record_id: UUID, changes: BaseModel, work: Work) -> None:
        await command(
            tx,
            **{named: record_id},
            expected_version=None,
            changes=changes_of(changes),
            actor=work.actor,
            now=work.now,
        )

    return revise


def move_by(command: Command, named: str) -> Move:
    """Return how a command takes a record to a status."""

    async def move(tx: Tx, record_id: UUID, to: str, work: Work) -> None:
        await command(
            tx,
            **{named: record_id},
            expected_version=None,
            to=to,
            actor=work.actor,
            now=work.now,
        )

    return move


def end_by(command: Command, named: str) -> Move:
    """Return how a command ends a record for which there is but one way to go."""

    async def end(tx: Tx, record_id: UUID, _to: str, work: Work) -> None:
        await command(
            tx, **{named: record_id}, expected_version=None, actor=work.actor, now=work.now
        )

    return end
