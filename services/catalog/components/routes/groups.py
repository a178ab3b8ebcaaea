"""HTTP for redundancy groups."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Depends
from starlette.responses import Response

from services.catalog.components import commands, queries
from services.catalog.components.domain import GroupId
from services.catalog.components.routes.router import router
from services.catalog.components.schemas.groups import (
    ChangeRedundancyGroup,
    DefineRedundancyGroup,
    MoveRedundancyGroup,
    RedundancyGroupRecord,
)
from shared import clock
from shared.history import AsOf, HistoryEntry
from shared.paging import PageRequest
from shared.problems import responses
from shared.schemas import Page
from shared.web import IfMatch, IfNoneMatch, Reading, Writing, json_answer, list_answer


@router.post(
    "/redundancy-groups",
    status_code=201,
    response_model=RedundancyGroupRecord,
    responses={
        **responses(409, 413, 415, 422),
        **json_answer(RedundancyGroupRecord, "The new redundancy group.", status=201),
    },
)
async def define_redundancy_group(body: DefineRedundancyGroup, call: Writing) -> Response:
    """Say that some of what a node rests on can stand in for each other."""
    group_id = GroupId(clock.new_id())
    group = await commands.define_redundancy_group(
        call.tx,
        group_id=group_id,
        **dict(body),
        actor=call.actor,
        now=call.now,
    )
    return call.created(
        RedundancyGroupRecord.of(group), location=f"/catalog/v1/redundancy-groups/{group_id}"
    )


@router.get(
    "/redundancy-groups",
    response_model=Page[RedundancyGroupRecord],
    responses={**responses(), **list_answer(Page[RedundancyGroupRecord])},
)
async def list_redundancy_groups(
    call: Reading, asked: Annotated[PageRequest, Depends(queries.REDUNDANCY_GROUPS.parameters())]
) -> Response:
    """List redundancy groups, those that ended included."""
    return call.page(await queries.list_redundancy_groups(call.tx, asked=asked, actor=call.actor))


@router.get(
    "/redundancy-groups/{group_id}",
    response_model=RedundancyGroupRecord,
    responses={**responses(404), **json_answer(RedundancyGroupRecord, "The redundancy group.")},
)
async def read_redundancy_group(
    group_id: UUID, call: Reading, as_of: AsOf = None, if_none_match: IfNoneMatch = None
) -> Response:
    """Read a redundancy group as it is now, or as it was known at an instant."""
    record = await queries.read_redundancy_group(
        call.tx, group_id=GroupId(group_id), as_of=as_of, actor=call.actor
    )
    return call.answer(record, version=record.version)


@router.get(
    "/redundancy-groups/{group_id}/history",
    response_model=Page[HistoryEntry],
    responses={**responses(404), **list_answer(Page[HistoryEntry])},
)
async def read_redundancy_group_history(
    group_id: UUID,
    call: Reading,
    asked: Annotated[PageRequest, Depends(queries.REDUNDANCY_GROUP_HISTORY.parameters())],
) -> Response:
    """List what happened to a redundancy group."""
    return call.page(
        await queries.read_redundancy_group_history(
            call.tx, group_id=GroupId(group_id), asked=asked, actor=call.actor
        )
    )


@router.patch(
    "/redundancy-groups/{group_id}",
    response_model=RedundancyGroupRecord,
    responses={
        **responses(404, 409, 412, 413, 415, 422, 428),
        **json_answer(RedundancyGroupRecord, "The redundancy group after the change."),
    },
)
async def change_redundancy_group(
    group_id: UUID, body: ChangeRedundancyGroup, call: Writing, if_match: IfMatch = None
) -> Response:
    """Change a redundancy group (JSON Merge Patch)."""
    group = await commands.change_redundancy_group(
        call.tx,
        group_id=GroupId(group_id),
        expected_version=call.expected_version(),
        changes=body.model_dump(exclude_unset=True),
        actor=call.actor,
        now=call.now,
    )
    return call.answer(RedundancyGroupRecord.of(group), version=group.version)


@router.post(
    "/redundancy-groups/{group_id}/transitions",
    response_model=RedundancyGroupRecord,
    responses={
        **responses(404, 409, 412, 413, 415, 422, 428),
        **json_answer(RedundancyGroupRecord, "The redundancy group after the transition."),
    },
)
async def move_redundancy_group(
    group_id: UUID, body: MoveRedundancyGroup, call: Writing, if_match: IfMatch = None
) -> Response:
    """Remove a redundancy group; it stays readable."""
    group = await commands.remove_redundancy_group(
        call.tx,
        group_id=GroupId(group_id),
        expected_version=call.expected_version(),
        actor=call.actor,
        now=call.now,
    )
    return call.answer(RedundancyGroupRecord.of(group), version=group.version)
