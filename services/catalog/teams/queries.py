"""Reading teams."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import sqlalchemy as sa

from services.catalog.permissions import require_provider
from services.catalog.teams.domain import TeamId, TeamNotFoundError, TeamStatus
from services.catalog.teams.events import TeamChanged
from services.catalog.teams.schemas import TeamRecord
from services.catalog.teams.tables import TEAM
from shared.auth import Actor
from shared.db import ReadTx, statement
from shared.history import History, HistoryEntry
from shared.paging import Listing, PageRequest, page
from shared.schemas import Page, of_row

TEAMS: Final = Listing(
    source=sa.select(TEAM),
    key=TEAM.c.id,
    filters={"status": TEAM.c.status, "name": TEAM.c.name},
    sorts={"name": TEAM.c.name, "created_at": TEAM.c.created_at, "id": TEAM.c.id},
    default_sort="name",
)
HISTORY: Final = History("catalog", "team")
_READ: Final = statement("select * from catalog.team where id = :id")
_STATUS: Final = statement("select status from catalog.team where id = :id")


async def team_status(tx: ReadTx, *, team_id: TeamId) -> TeamStatus | None:
    """Return a team's status, None where there is no such team."""
    found: TeamStatus | None = await tx.value(_STATUS, id=team_id)
    return found


async def read_team(
    tx: ReadTx, *, team_id: TeamId, as_of: datetime | None = None, actor: Actor
) -> TeamRecord:
    """Return one team as it is now, or as it was known at an instant.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        TeamNotFoundError: there is none with this id, or was none yet.
    """
    require_provider(actor)
    if as_of is not None:
        told = await HISTORY.state_at(tx, key=team_id, as_of=as_of)
        if told is None:
            raise TeamNotFoundError(f"There is no team {team_id}.")
        return told.record(TeamRecord, TeamChanged)
    row = await tx.first(_READ, id=team_id)
    if row is None:
        raise TeamNotFoundError(f"There is no team {team_id}.")
    return TeamRecord.model_validate(dict(row))


async def read_team_history(
    tx: ReadTx, *, team_id: TeamId, asked: PageRequest, actor: Actor
) -> Page[HistoryEntry]:
    """Return a page of what happened to a team, by sequence.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        TeamNotFoundError: there is none with this id.
        ProblemError: a parameter is not valid.
    """
    require_provider(actor)
    found = await HISTORY.entries(tx, key=team_id, asked=asked)
    if found is None:
        raise TeamNotFoundError(f"There is no team {team_id}.")
    return found


async def list_teams(tx: ReadTx, *, asked: PageRequest, actor: Actor) -> Page[TeamRecord]:
    """Return a page of teams.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        ProblemError: a parameter is not valid.
    """
    require_provider(actor)
    rows, following = await page(tx, TEAMS, asked)
    items = [of_row(TeamRecord, row) for row in rows]
    return Page[TeamRecord](items=items, next=following)
