"""HTTP for teams."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Depends
from starlette.responses import Response

from services.catalog.teams import commands, queries
from services.catalog.teams.domain import TeamId
from services.catalog.teams.schemas import ChangeTeam, MoveTeam, RegisterTeam, TeamRecord
from shared import clock
from shared.app import service_router
from shared.history import AsOf, HistoryEntry
from shared.paging import PageRequest
from shared.problems import responses
from shared.schemas import Page
from shared.web import IfMatch, IfNoneMatch, Reading, Writing, json_answer, list_answer

router = service_router("/catalog/v1/teams", tags=["teams"])


@router.post(
    "",
    status_code=201,
    response_model=TeamRecord,
    responses={
        **responses(409, 413, 415, 422),
        **json_answer(TeamRecord, "The new team.", status=201),
    },
)
async def register_team(body: RegisterTeam, call: Writing) -> Response:
    """Register a team."""
    team_id = TeamId(clock.new_id())
    team = await commands.register_team(
        call.tx,
        team_id=team_id,
        name=body.name,
        purpose=body.purpose,
        actor=call.actor,
        now=call.now,
    )
    return call.created(TeamRecord.of(team), location=f"/catalog/v1/teams/{team_id}")


@router.get(
    "", response_model=Page[TeamRecord], responses={**responses(), **list_answer(Page[TeamRecord])}
)
async def list_teams(
    call: Reading, asked: Annotated[PageRequest, Depends(queries.TEAMS.parameters())]
) -> Response:
    """List teams."""
    return call.page(await queries.list_teams(call.tx, asked=asked, actor=call.actor))


@router.get(
    "/{team_id}",
    response_model=TeamRecord,
    responses={**responses(404), **json_answer(TeamRecord, "The team.")},
)
async def read_team(
    team_id: UUID, call: Reading, as_of: AsOf = None, if_none_match: IfNoneMatch = None
) -> Response:
    """Read a team as it is now, or as it was known at an instant."""
    record = await queries.read_team(
        call.tx, team_id=TeamId(team_id), as_of=as_of, actor=call.actor
    )
    return call.answer(record, version=record.version)


@router.get(
    "/{team_id}/history",
    response_model=Page[HistoryEntry],
    responses={**responses(404), **list_answer(Page[HistoryEntry])},
)
async def read_team_history(
    team_id: UUID,
    call: Reading,
    asked: Annotated[PageRequest, Depends(queries.HISTORY.parameters())],
) -> Response:
    """List what happened to a team."""
    return call.page(
        await queries.read_team_history(
            call.tx, team_id=TeamId(team_id), asked=asked, actor=call.actor
        )
    )


@router.patch(
    "/{team_id}",
    response_model=TeamRecord,
    responses={
        **responses(404, 409, 412, 413, 415, 422, 428),
        **json_answer(TeamRecord, "The team after the change."),
    },
)
async def change_team(
    team_id: UUID, body: ChangeTeam, call: Writing, if_match: IfMatch = None
) -> Response:
    """Change a team (JSON Merge Patch)."""
    team = await commands.change_team(
        call.tx,
        team_id=TeamId(team_id),
        expected_version=call.expected_version(),
        changes=body.model_dump(exclude_unset=True),
        actor=call.actor,
        now=call.now,
    )
    return call.answer(TeamRecord.of(team), version=team.version)


@router.post(
    "/{team_id}/transitions",
    response_model=TeamRecord,
    responses={
        **responses(404, 409, 412, 413, 415, 422, 428),
        **json_answer(TeamRecord, "The team after the transition."),
    },
)
async def move_team(
    team_id: UUID, body: MoveTeam, call: Writing, if_match: IfMatch = None
) -> Response:
    """Retire a team, or make it active again."""
    team = await commands.move_team(
        call.tx,
        team_id=TeamId(team_id),
        expected_version=call.expected_version(),
        to=body.to,
        actor=call.actor,
        now=call.now,
    )
    return call.answer(TeamRecord.of(team), version=team.version)
