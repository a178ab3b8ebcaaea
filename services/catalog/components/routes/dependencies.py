"""HTTP for dependencies."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Depends
from starlette.responses import Response

from services.catalog.components import commands, queries
from services.catalog.components.domain import DependencyId, NewDependency
from services.catalog.components.routes.router import router
from services.catalog.components.schemas.dependencies import (
    ChangeDependency,
    DeclareDependency,
    DependencyRecord,
    MoveDependency,
)
from shared import clock
from shared.history import AsOf, HistoryEntry
from shared.paging import PageRequest
from shared.problems import responses
from shared.schemas import Page
from shared.web import IfMatch, IfNoneMatch, Reading, Writing, json_answer, list_answer


@router.post(
    "/dependencies",
    status_code=201,
    response_model=DependencyRecord,
    responses={
        **responses(409, 413, 415, 422),
        **json_answer(DependencyRecord, "The new dependency.", status=201),
    },
)
async def declare_dependency(body: DeclareDependency, call: Writing) -> Response:
    """Declare that one thing rests on another."""
    dependency_id = DependencyId(clock.new_id())
    dependency = await commands.declare_dependency(
        call.tx,
        dependency=NewDependency(id=dependency_id, **dict(body)),
        actor=call.actor,
        now=call.now,
    )
    return call.created(
        DependencyRecord.of(dependency), location=f"/catalog/v1/dependencies/{dependency_id}"
    )


@router.get(
    "/dependencies",
    response_model=Page[DependencyRecord],
    responses={**responses(), **list_answer(Page[DependencyRecord])},
)
async def list_dependencies(
    call: Reading, asked: Annotated[PageRequest, Depends(queries.DEPENDENCIES.parameters())]
) -> Response:
    """List dependencies, those that ended included."""
    return call.page(await queries.list_dependencies(call.tx, asked=asked, actor=call.actor))


@router.get(
    "/dependencies/{dependency_id}",
    response_model=DependencyRecord,
    responses={**responses(404), **json_answer(DependencyRecord, "The dependency.")},
)
async def read_dependency(
    dependency_id: UUID, call: Reading, as_of: AsOf = None, if_none_match: IfNoneMatch = None
) -> Response:
    """Read a dependency as it is now, or as it was known at an instant."""
    record = await queries.read_dependency(
        call.tx, dependency_id=DependencyId(dependency_id), as_of=as_of, actor=call.actor
    )
    return call.answer(record, version=record.version)


@router.get(
    "/dependencies/{dependency_id}/history",
    response_model=Page[HistoryEntry],
    responses={**responses(404), **list_answer(Page[HistoryEntry])},
)
async def read_dependency_history(
    dependency_id: UUID,
    call: Reading,
    asked: Annotated[PageRequest, Depends(queries.DEPENDENCY_HISTORY.parameters())],
) -> Response:
    """List what happened to a dependency."""
    return call.page(
        await queries.read_dependency_history(
            call.tx, dependency_id=DependencyId(dependency_id), asked=asked, actor=call.actor
        )
    )


@router.patch(
    "/dependencies/{dependency_id}",
    response_model=DependencyRecord,
    responses={
        **responses(404, 409, 412, 413, 415, 422, 428),
        **json_answer(DependencyRecord, "The dependency after the change."),
    },
)
async def change_dependency(
    dependency_id: UUID, body: ChangeDependency, call: Writing, if_match: IfMatch = None
) -> Response:
    """Change a dependency (JSON Merge Patch)."""
    dependency = await commands.change_dependency(
        call.tx,
        dependency_id=DependencyId(dependency_id),
        expected_version=call.expected_version(),
        changes=body.model_dump(exclude_unset=True),
        actor=call.actor,
        now=call.now,
    )
    return call.answer(DependencyRecord.of(dependency), version=dependency.version)


@router.post(
    "/dependencies/{dependency_id}/transitions",
    response_model=DependencyRecord,
    responses={
        **responses(404, 409, 412, 413, 415, 422, 428),
        **json_answer(DependencyRecord, "The dependency after the transition."),
    },
)
async def move_dependency(
    dependency_id: UUID, body: MoveDependency, call: Writing, if_match: IfMatch = None
) -> Response:
    """Remove a dependency; it stays readable."""
    dependency = await commands.remove_dependency(
        call.tx,
        dependency_id=DependencyId(dependency_id),
        expected_version=call.expected_version(),
        actor=call.actor,
        now=call.now,
    )
    return call.answer(DependencyRecord.of(dependency), version=dependency.version)
