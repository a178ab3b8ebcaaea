"""Where teams are kept."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from services.catalog.schema import METADATA
from services.catalog.teams.domain import Team, TeamId, TeamNameTakenError, TeamNotFoundError
from shared.db import Tx, columns, statement, violations

TEAM: Final = sa.Table(
    "team",
    METADATA,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("status in ('active', 'retired')", name="status"),
    sa.Index(
        "uq_team_active_name",
        sa.text("lower(name)"),
        unique=True,
        postgresql_where=sa.text("status = 'active'"),
    ),
    sa.Index(None, "name", "id"),
)

_INSERT: Final = statement(
    "insert into catalog.team (id, name, purpose, status, version, created_at, updated_at)"
    " values (:id, :name, :purpose, :status, :version, :created_at, :updated_at)"
)
_LOAD: Final = statement("select * from catalog.team where id = :id for update")
_SAVE: Final = statement(
    "update catalog.team set name = :name, purpose = :purpose, status = :status,"
    " version = :version, updated_at = :updated_at where id = :id"
)


async def insert_team(tx: Tx, team: Team) -> None:
    """Write a new team.

    Raises:
        TeamNameTakenError: another active team has the name.
    """
    with violations(_name_taken(team)):
        await tx.run(_INSERT, **columns(team))


async def load_team(tx: Tx, team_id: TeamId) -> Team:
    """Return a team and lock its row until the transaction ends.

    Raises:
        TeamNotFoundError: there is none with this id.
    """
    row = await tx.first(_LOAD, id=team_id)
    if row is None:
        raise TeamNotFoundError(f"There is no team {team_id}.")
    return Team(**row)


async def save_team(tx: Tx, team: Team) -> None:
    """Write a team that this transaction has locked.

    Raises:
        TeamNameTakenError: another active team has the name.
    """
    with violations(_name_taken(team)):
        await tx.run(_SAVE, **columns(team))


def _name_taken(team: Team) -> dict[str, Exception]:
    error = TeamNameTakenError(f"An active team is called {team.name} already.", pointer="/name")
    return {"uq_team_active_name": error}
