"""HTTP for services."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from starlette.responses import Response

from services.catalog.portfolio.commands import services as commands
from services.catalog.portfolio.domain import ServiceId
from services.catalog.portfolio.queries import services as queries
from services.catalog.portfolio.schemas.services import (
    ChangeService,
    MoveService,
    ProposeService,
    ServiceRecord,
    ServiceRefPath,
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
        support_calendar_id=body.support_calendar_id,
        service_manager_id=body.service_manager_id,
        inner_owner_id=body.inner_owner_id,
        continuity_manager_id=body.continuity_manager_id,
        no_agreement_needed=body.no_agreement_needed,
        data_classification=body.data_classification,
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
    """List services; a customer's user sees those that its customers have now."""
    found = await queries.list_services(call.tx, asked=asked, actor=call.actor, now=call.now)
    return call.page(found)


@router.get(
    "/services/{ref}",
    response_model=ServiceRecord,
    responses={**responses(404), **json_answer(ServiceRecord, "The service.")},
)
async def read_service(
    ref: ServiceRefPath, call: Reading, as_of: AsOf = None, if_none_match: IfNoneMatch = None
) -> Response:
    """Read a service, by id or number, as it is now or as it was known at an instant."""
    record = await queries.read_service(
        call.tx, ref=ref, as_of=as_of, actor=call.actor, now=call.now
    )
    return call.answer(record, version=record.version)


@router.get(
    "/services/{ref}/history",
    response_model=Page[HistoryEntry],
    responses={**responses(404), **list_answer(Page[HistoryEntry])},
)
async def read_service_history(
    ref: ServiceRefPath,
    call: Reading,
    asked: Annotated[PageRequest, Depends(queries.HISTORY.parameters())],
) -> Response:
    """List what happened to a service."""
    return call.page(
        await queries.read_service_history(call.tx, ref=ref, asked=asked, actor=call.actor)
    )


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
    """Take a service to another status; one that is retired rests on nothing and is not offered."""
    service = await commands.move_service(
        call.tx,
        ref=ref,
        expected_version=call.expected_version(),
        to=body.to,
        actor=call.actor,
        now=call.now,
    )
    return call.answer(ServiceRecord.of(service), version=service.version)
