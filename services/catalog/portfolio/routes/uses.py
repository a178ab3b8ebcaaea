"""HTTP for uses of services."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Depends
from starlette.responses import Response

from services.catalog.portfolio.commands import uses as commands
from services.catalog.portfolio.domain import ServiceUseId
from services.catalog.portfolio.queries import uses as queries
from services.catalog.portfolio.schemas.uses import (
    MoveServiceUse,
    ServiceUseRecord,
    StartServiceUse,
)
from shared import clock
from shared.app import service_router
from shared.history import AsOf, HistoryEntry
from shared.paging import PageRequest
from shared.problems import responses
from shared.schemas import Page
from shared.web import IfMatch, IfNoneMatch, Reading, Writing, json_answer, list_answer

router = service_router("/catalog/v1", tags=["portfolio"])


@router.post(
    "/service-uses",
    status_code=201,
    response_model=ServiceUseRecord,
    responses={
        **responses(409, 413, 415, 422),
        **json_answer(ServiceUseRecord, "The new use.", status=201),
    },
)
async def start_service_use(body: StartServiceUse, call: Writing) -> Response:
    """Note that a customer uses a service."""
    use_id = ServiceUseId(clock.new_id())
    use = await commands.start_service_use(
        call.tx,
        use_id=use_id,
        customer_id=body.customer_id,
        service_id=body.service_id,
        offering_id=body.offering_id,
        valid_from=body.valid_from,
        valid_to=body.valid_to,
        actor=call.actor,
        now=call.now,
    )
    return call.created(ServiceUseRecord.of(use), location=f"/catalog/v1/service-uses/{use_id}")


@router.get(
    "/service-uses",
    response_model=Page[ServiceUseRecord],
    responses={**responses(), **list_answer(Page[ServiceUseRecord])},
)
async def list_service_uses(
    call: Reading, asked: Annotated[PageRequest, Depends(queries.SERVICE_USES.parameters())]
) -> Response:
    """List uses of services; a customer's user sees those of its customers."""
    return call.page(await queries.list_service_uses(call.tx, asked=asked, actor=call.actor))


@router.get(
    "/service-uses/{service_use_id}",
    response_model=ServiceUseRecord,
    responses={**responses(404), **json_answer(ServiceUseRecord, "The use.")},
)
async def read_service_use(
    service_use_id: UUID, call: Reading, as_of: AsOf = None, if_none_match: IfNoneMatch = None
) -> Response:
    """Read a use of a service, as it is now or as it was known at an instant."""
    use_id = ServiceUseId(service_use_id)
    record = await queries.read_service_use(call.tx, use_id=use_id, as_of=as_of, actor=call.actor)
    return call.answer(record, version=record.version)


@router.get(
    "/service-uses/{service_use_id}/history",
    response_model=Page[HistoryEntry],
    responses={**responses(404), **list_answer(Page[HistoryEntry])},
)
async def read_service_use_history(
    service_use_id: UUID,
    call: Reading,
    asked: Annotated[PageRequest, Depends(queries.HISTORY.parameters())],
) -> Response:
    """List what happened to a use of a service."""
    return call.page(
        await queries.read_service_use_history(
            call.tx, use_id=ServiceUseId(service_use_id), asked=asked, actor=call.actor
        )
    )


@router.post(
    "/service-uses/{service_use_id}/transitions",
    response_model=ServiceUseRecord,
    responses={
        **responses(404, 409, 412, 413, 415, 422, 428),
        **json_answer(ServiceUseRecord, "The use with its end."),
    },
)
async def move_service_use(
    service_use_id: UUID, body: MoveServiceUse, call: Writing, if_match: IfMatch = None
) -> Response:
    """End a use, now or at a given instant."""
    use = await commands.end_service_use(
        call.tx,
        use_id=ServiceUseId(service_use_id),
        expected_version=call.expected_version(),
        valid_to=body.valid_to,
        actor=call.actor,
        now=call.now,
    )
    return call.answer(ServiceUseRecord.of(use), version=use.version)
