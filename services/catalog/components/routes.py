"""HTTP for the map."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Depends
from starlette.responses import Response

from services.catalog.components import commands, queries
from services.catalog.components.domain import DependencyId
from services.catalog.components.schemas import (
    ChangeDependency,
    DeclareDependency,
    DependencyRecord,
    MoveDependency,
)
from shared import clock
from shared.app import service_router
from shared.paging import PageRequest
from shared.problems import responses
from shared.schemas import Page
from shared.web import IfMatch, IfNoneMatch, Reading, Writing, json_answer, list_answer

router = service_router("/catalog/v1/dependencies", tags=["dependencies"])


@router.post(
    "",
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
        dependency_id=dependency_id,
        from_id=body.from_id,
        to_id=body.to_id,
        type=body.type,
        strength=body.strength,
        failure_mode=body.failure_mode,
        valid_from=body.valid_from,
        actor=call.actor,
        now=call.now,
    )
    return call.created(
        DependencyRecord.of(dependency), location=f"/catalog/v1/dependencies/{dependency_id}"
    )


@router.get(
    "",
    response_model=Page[DependencyRecord],
    responses={**responses(), **list_answer(Page[DependencyRecord])},
)
async def list_dependencies(
    call: Reading, asked: Annotated[PageRequest, Depends(queries.DEPENDENCIES.parameters())]
) -> Response:
    """List dependencies, removed ones included."""
    return call.page(await queries.list_dependencies(call.tx, asked=asked, actor=call.actor))


@router.get(
    "/{dependency_id}",
    response_model=DependencyRecord,
    responses={**responses(404), **json_answer(DependencyRecord, "The dependency.")},
)
async def read_dependency(
    dependency_id: UUID, call: Reading, if_none_match: IfNoneMatch = None
) -> Response:
    """Read a dependency."""
    record = await queries.read_dependency(
        call.tx, dependency_id=DependencyId(dependency_id), actor=call.actor
    )
    return call.answer(record, version=record.version)


@router.patch(
    "/{dependency_id}",
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
    "/{dependency_id}/transitions",
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
