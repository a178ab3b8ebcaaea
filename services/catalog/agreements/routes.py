"""HTTP for agreements, and for the question who is covered."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from fastapi import Depends, Query
from starlette.responses import Response

from services.catalog.agreements import commands, queries
from services.catalog.agreements.domain.agreement import AgreementId
from services.catalog.agreements.events.vocabulary import RecordType
from services.catalog.agreements.schemas.bodies import (
    AmendAgreement,
    ChangeAgreement,
    DraftAgreement,
    changes_of,
    covers_of,
    penalties_of,
)
from services.catalog.agreements.schemas.entitlements import EntitlementRecord
from services.catalog.agreements.schemas.moves import MoveAgreement
from services.catalog.agreements.schemas.records import (
    AgreementRecord,
    AgreementRefPath,
    AgreementSummary,
    AgreementVersionRecord,
)
from services.catalog.customers.domain import CustomerId
from services.catalog.portfolio.domain import OfferingId, ServiceId
from shared import clock
from shared.app import service_router
from shared.history import AsOf, HistoryEntry
from shared.paging import PageRequest
from shared.problems import responses
from shared.schemas import Instant, Page
from shared.web import IfMatch, IfNoneMatch, Reading, Writing, json_answer, list_answer

router = service_router("/catalog/v1", tags=["agreements"])
At: TypeAlias = Annotated[Instant | None, Query(description="Now if absent; any instant.")]
Offering: TypeAlias = Annotated[
    OfferingId | None, Query(description="Leaves other offerings of the service out.")
]
Priority: TypeAlias = Annotated[
    int | None, Query(ge=1, le=5, description="Only lines for any priority count if absent.")
]


@router.post(
    "/agreements",
    status_code=201,
    response_model=AgreementRecord,
    responses={
        **responses(409, 413, 415, 422),
        **json_answer(AgreementRecord, "The new agreement, a draft.", status=201),
    },
)
async def draft_agreement(body: DraftAgreement, call: Writing) -> Response:
    """Begin to write an agreement."""
    agreement_id = AgreementId(clock.new_id())
    agreement = await commands.draft_agreement(
        call.tx,
        agreement_id=agreement_id,
        type=body.type,
        name=body.name,
        customer_ids=body.customer_ids,
        team_id=body.team_id,
        supplier_id=body.supplier_id,
        valid_from=body.valid_from,
        valid_to=body.valid_to,
        review_date=body.review_date,
        parent_agreement_ids=body.parent_agreement_ids,
        covers=covers_of(body.covers),
        penalties=penalties_of(body.penalties),
        actor=call.actor,
        now=call.now,
    )
    location = f"/catalog/v1/agreements/{agreement_id}"
    return call.created(AgreementRecord.of(agreement), location=location)


@router.get(
    "/agreements",
    response_model=Page[AgreementSummary],
    responses={**responses(), **list_answer(Page[AgreementSummary])},
)
async def list_agreements(
    call: Reading, asked: Annotated[PageRequest, Depends(queries.AGREEMENTS.parameters())]
) -> Response:
    """List agreements; a customer's user sees their own service level agreements."""
    return call.page(await queries.list_agreements(call.tx, asked=asked, actor=call.actor))


@router.get(
    "/agreements/{ref}",
    response_model=AgreementRecord,
    responses={**responses(404), **json_answer(AgreementRecord, "The agreement.")},
)
async def read_agreement(
    ref: AgreementRefPath, call: Reading, as_of: AsOf = None, if_none_match: IfNoneMatch = None
) -> Response:
    """Read an agreement, by id or number, as it is now or as it was known at an instant."""
    record = await queries.read_agreement(call.tx, ref=ref, as_of=as_of, actor=call.actor)
    return call.answer(record, version=record.version)


@router.get(
    "/agreements/{ref}/history",
    response_model=Page[HistoryEntry],
    responses={**responses(404), **list_answer(Page[HistoryEntry])},
)
async def read_agreement_history(
    ref: AgreementRefPath,
    call: Reading,
    asked: Annotated[PageRequest, Depends(queries.HISTORY.parameters())],
) -> Response:
    """List what happened to an agreement."""
    found = await queries.read_agreement_history(call.tx, ref=ref, asked=asked, actor=call.actor)
    return call.page(found)


@router.get(
    "/agreements/{ref}/versions",
    response_model=Page[AgreementVersionRecord],
    responses={**responses(404), **list_answer(Page[AgreementVersionRecord])},
)
async def list_agreement_versions(ref: AgreementRefPath, call: Reading) -> Response:
    """List the versions of an agreement's terms, the oldest first, all on one page."""
    return call.page(await queries.list_agreement_versions(call.tx, ref=ref, actor=call.actor))


@router.patch(
    "/agreements/{ref}",
    response_model=AgreementRecord,
    responses={
        **responses(404, 409, 412, 413, 415, 422, 428),
        **json_answer(AgreementRecord, "The agreement after the change."),
    },
)
async def change_agreement(
    ref: AgreementRefPath, body: ChangeAgreement, call: Writing, if_match: IfMatch = None
) -> Response:
    """Write anew what is a draft or proposed (JSON Merge Patch); amend it later."""
    agreement = await commands.change_agreement(
        call.tx,
        ref=ref,
        expected_version=call.expected_version(),
        changes=changes_of(body),
        actor=call.actor,
        now=call.now,
    )
    return call.answer(AgreementRecord.of(agreement), version=agreement.version)


@router.post(
    "/agreements/{ref}/amendments",
    response_model=AgreementRecord,
    responses={
        **responses(404, 409, 412, 413, 415, 422, 428),
        **json_answer(AgreementRecord, "The agreement with its next version."),
    },
)
async def amend_agreement(
    ref: AgreementRefPath, body: AmendAgreement, call: Writing, if_match: IfMatch = None
) -> Response:
    """Give an agreement in force its next version, which holds from an instant on."""
    changes = changes_of(body)
    agreement = await commands.amend_agreement(
        call.tx,
        ref=ref,
        expected_version=call.expected_version(),
        valid_from=changes.pop("valid_from"),
        changes=changes,
        actor=call.actor,
        now=call.now,
    )
    return call.answer(AgreementRecord.of(agreement), version=agreement.version)


@router.post(
    "/agreements/{ref}/transitions",
    response_model=AgreementRecord,
    responses={
        **responses(404, 409, 412, 413, 415, 422, 428),
        **json_answer(AgreementRecord, "The agreement after the transition."),
    },
)
async def move_agreement(
    ref: AgreementRefPath, body: MoveAgreement, call: Writing, if_match: IfMatch = None
) -> Response:
    """Take an agreement to another status."""
    agreement = await commands.move_agreement(
        call.tx,
        ref=ref,
        expected_version=call.expected_version(),
        to=body.to,
        said=body.said(),
        actor=call.actor,
        now=call.now,
    )
    return call.answer(AgreementRecord.of(agreement), version=agreement.version)


@router.get(
    "/entitlements",
    response_model=EntitlementRecord,
    responses={**responses(404, 422), **json_answer(EntitlementRecord, "The answer.")},
)
async def read_entitlement(
    *,
    call: Reading,
    customer_id: CustomerId,
    service_id: ServiceId,
    offering_id: Offering = None,
    record_type: RecordType = "incident",
    priority: Priority = None,
    at: At = None,
) -> Response:
    """Say whether a customer is covered for a service, by what, and until when."""
    found = await queries.read_entitlement(
        call.tx,
        customer_id=customer_id,
        service_id=service_id,
        offering_id=offering_id,
        record_type=record_type,
        priority=priority,
        at=at or call.now,
        actor=call.actor,
    )
    return call.answer(found)
