"""Reading teams."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from services.catalog.teams.domain import TeamId, TeamNotFoundError
from services.catalog.teams.schemas import TeamRecord
from services.catalog.teams.tables import TEAM
from shared.db import ReadTx, statement
from shared.paging import Listing, PageRequest, page
from shared.schemas import Page

TEAMS: Final = Listing(
    source=sa.select(TEAM),
    key=TEAM.c.id,
    filters={"status": TEAM.c.status, "name": TEAM.c.name},
    sorts={"name": TEAM.c.name, "created_at": TEAM.c.created_at, "id": TEAM.c.id},
    default_sort="name",
)
_READ: Final = statement("select * from catalog.team where id = :id")


async def read_team(tx: ReadTx, *, team_id: TeamId) -> TeamRecord:
    """Return one team as it is now.

    Raises:
        TeamNotFoundError: there is none with this id.
    """
    row = await tx.first(_READ, id=team_id)
    if row is None:
        raise TeamNotFoundError(f"There is no team {team_id}.")
    return TeamRecord.model_validate(dict(row))


async def list_teams(tx: ReadTx, *, asked: PageRequest) -> Page[TeamRecord]:
    """Return a page of teams.

    Raises:
        ProblemError: a parameter is not valid.
    """
    rows, following = await page(tx, TEAMS, asked)
    items = [
        TeamRecord.model_validate({name: row[name] for name in TeamRecord.model_fields})
        for row in rows
    ]
    return Page[TeamRecord](items=items, next=following)
