"""HTTP for customers."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from starlette.responses import Response

from services.catalog.customers import commands, queries
from services.catalog.customers.domain import CustomerId
from services.catalog.customers.schemas import (
    ChangeCustomer,
    CustomerRecord,
    CustomerRefPath,
    MoveCustomer,
    RegisterCustomer,
)
from shared import clock
from shared.app import service_router
from shared.history import AsOf, HistoryEntry
from shared.paging import PageRequest
from shared.problems import responses
from shared.schemas import Page
from shared.web import IfMatch, IfNoneMatch, Reading, Writing, json_answer, list_answer

router = service_router("/catalog/v1/customers", tags=["customers"])


@router.post(
    "",
    status_code=201,
    response_model=CustomerRecord,
    responses={
        **responses(409, 413, 415, 422),
        **json_answer(CustomerRecord, "The new customer.", status=201),
    },
)
async def register_customer(body: RegisterCustomer, call: Writing) -> Response:
    """Register a customer."""
    customer_id = CustomerId(clock.new_id())
    customer = await commands.register_customer(
        call.tx,
        customer_id=customer_id,
        name=body.name,
        parent_id=body.parent_id,
        kind=body.kind,
        time_zone=body.time_zone,
        language=body.language,
        currency=body.currency,
        criticality=body.criticality,
        actor=call.actor,
        now=call.now,
    )
    location = f"/catalog/v1/customers/{customer_id}"
    return call.created(CustomerRecord.of(customer), location=location)


@router.get(
    "",
    response_model=Page[CustomerRecord],
    responses={**responses(), **list_answer(Page[CustomerRecord])},
)
async def list_customers(
    call: Reading, asked: Annotated[PageRequest, Depends(queries.CUSTOMERS.parameters())]
) -> Response:
    """List customers; a customer's user sees its own and those below."""
    return call.page(await queries.list_customers(call.tx, asked=asked, actor=call.actor))


@router.get(
    "/{ref}",
    response_model=CustomerRecord,
    responses={**responses(404), **json_answer(CustomerRecord, "The customer.")},
)
async def read_customer(
    ref: CustomerRefPath, call: Reading, as_of: AsOf = None, if_none_match: IfNoneMatch = None
) -> Response:
    """Read a customer, by id or number, as it is now or as it was known at an instant."""
    record = await queries.read_customer(call.tx, ref=ref, as_of=as_of, actor=call.actor)
    return call.answer(record, version=record.version)


@router.get(
    "/{ref}/history",
    response_model=Page[HistoryEntry],
    responses={**responses(404), **list_answer(Page[HistoryEntry])},
)
async def read_customer_history(
    ref: CustomerRefPath,
    call: Reading,
    asked: Annotated[PageRequest, Depends(queries.HISTORY.parameters())],
) -> Response:
    """List what happened to a customer."""
    return call.page(
        await queries.read_customer_history(call.tx, ref=ref, asked=asked, actor=call.actor)
    )


@router.patch(
    "/{ref}",
    response_model=CustomerRecord,
    responses={
        **responses(404, 409, 412, 413, 415, 422, 428),
        **json_answer(CustomerRecord, "The customer after the change."),
    },
)
async def change_customer(
    ref: CustomerRefPath, body: ChangeCustomer, call: Writing, if_match: IfMatch = None
) -> Response:
    """Change a customer, its place in the tree included (JSON Merge Patch)."""
    customer = await commands.change_customer(
        call.tx,
        ref=ref,
        expected_version=call.expected_version(),
        changes=body.model_dump(exclude_unset=True),
        actor=call.actor,
        now=call.now,
    )
    return call.answer(CustomerRecord.of(customer), version=customer.version)


@router.post(
    "/{ref}/transitions",
    response_model=CustomerRecord,
    responses={
        **responses(404, 409, 412, 413, 415, 422, 428),
        **json_answer(CustomerRecord, "The customer after the transition."),
    },
)
async def move_customer(
    ref: CustomerRefPath, body: MoveCustomer, call: Writing, if_match: IfMatch = None
) -> Response:
    """Deactivate a customer, or make it active again."""
    customer = await commands.move_customer(
        call.tx,
        ref=ref,
        expected_version=call.expected_version(),
        to=body.to,
        actor=call.actor,
        now=call.now,
    )
    return call.answer(CustomerRecord.of(customer), version=customer.version)
