"""HTTP for services and their use."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Depends
from starlette.responses import Response

from services.catalog.portfolio import commands, queries
from services.catalog.portfolio.domain import ServiceId, ServiceUseId
from services.catalog.portfolio.schemas import (
    ChangeService,
    MoveService,
    MoveServiceUse,
    ProposeService,
    ServiceRecord,
    ServiceRefPath,
    ServiceUseRecord,
    StartServiceUse,
)
from shared import clock
from shared.app import service_router
from shared.paging import PageRequest
from shared.problems import responses
from shared.schemas import Page
from shared.web import IfMatch, IfNoneMatch, Reading, Writing, json_answer, list_answer

router = service_router("/catalog/v1", tags=["portfolio"])


@router.post(
    "/services",
    status_code=201,
    response_model=ServiceRecord,
    responses={
        **responses(409, 413, 415, 422),
        **json_answer(ServiceRecord, "The new service.", status=201),
    },
)
async def propose_service(body: ProposeService, call: Writing) -> Response:
    """Add a service to the portfolio."""
    service_id = ServiceId(clock.new_id())
    service = await commands.propose_service(
        call.tx,
        service_id=service_id,
        name_business=body.name_business,
        name_technical=body.name_technical,
        kind=body.kind,
        status=body.status,
        owner_team_id=body.owner_team_id,
        criticality=body.criticality,
        description_business=body.description_business,
        description_technical=body.description_technical,
        actor=call.actor,
        now=call.now,
    )
    return call.created(ServiceRecord.of(service), location=f"/catalog/v1/services/{service_id}")


@router.get(
    "/services",
    response_model=Page[ServiceRecord],
    responses={**responses(), **list_answer(Page[ServiceRecord])},
)
async def list_services(
    call: Reading, asked: Annotated[PageRequest, Depends(queries.SERVICES.parameters())]
) -> Response:
    """List services; a customer's user sees those that its customers use now."""
    found = await queries.list_services(call.tx, asked=asked, actor=call.actor, now=call.now)
    return call.page(found)


@router.get(
    "/services/{ref}",
    response_model=ServiceRecord,
    responses={**responses(404), **json_answer(ServiceRecord, "The service.")},
)
async def read_service(
    ref: ServiceRefPath, call: Reading, if_none_match: IfNoneMatch = None
) -> Response:
    """Read a service, by id or number."""
    record = await queries.read_service(call.tx, ref=ref, actor=call.actor, now=call.now)
    return call.answer(record, version=record.version)


@router.patch(
    "/services/{ref}",
    response_model=ServiceRecord,
    responses={
        **responses(404, 409, 412, 413, 415, 422, 428),
        **json_answer(ServiceRecord, "The service after the change."),
    },
)
async def change_service(
    ref: ServiceRefPath, body: ChangeService, call: Writing, if_match: IfMatch = None
) -> Response:
    """Describe a service anew (JSON Merge Patch)."""
    service = await commands.change_service(
        call.tx,
        ref=ref,
        expected_version=call.expected_version(),
        changes=body.model_dump(exclude_unset=True),
        actor=call.actor,
        now=call.now,
    )
    return call.answer(ServiceRecord.of(service), version=service.version)


@router.post(
    "/services/{ref}/transitions",
    response_model=ServiceRecord,
    responses={
        **responses(404, 409, 412, 413, 415, 422, 428),
        **json_answer(ServiceRecord, "The service after the transition."),
    },
)
async def move_service(
    ref: ServiceRefPath, body: MoveService, call: Writing, if_match: IfMatch = None
) -> Response:
    """Take a service to another status; retiring it removes what it rests on."""
    service = await commands.move_service(
        call.tx,
        ref=ref,
        expected_version=call.expected_version(),
        to=body.to,
        actor=call.actor,
        now=call.now,
    )
    return call.answer(ServiceRecord.of(service), version=service.version)


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
    service_use_id: UUID, call: Reading, if_none_match: IfNoneMatch = None
) -> Response:
    """Read a use of a service."""
    use_id = ServiceUseId(service_use_id)
    record = await queries.read_service_use(call.tx, use_id=use_id, actor=call.actor)
    return call.answer(record, version=record.version)


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
