"""HTTP for suppliers."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Depends
from starlette.responses import Response

from services.catalog.suppliers import commands, queries
from services.catalog.suppliers.domain import SupplierId
from services.catalog.suppliers.schemas import (
    ChangeSupplier,
    MoveSupplier,
    RegisterSupplier,
    SupplierRecord,
)
from shared import clock
from shared.app import service_router
from shared.history import AsOf, HistoryEntry
from shared.paging import PageRequest
from shared.problems import responses
from shared.schemas import Page
from shared.web import IfMatch, IfNoneMatch, Reading, Writing, json_answer, list_answer

router = service_router("/catalog/v1/suppliers", tags=["suppliers"])


@router.post(
    "",
    status_code=201,
    response_model=SupplierRecord,
    responses={
        **responses(409, 413, 415, 422),
        **json_answer(SupplierRecord, "The new supplier.", status=201),
    },
)
async def register_supplier(body: RegisterSupplier, call: Writing) -> Response:
    """Register a supplier."""
    supplier_id = SupplierId(clock.new_id())
    supplier = await commands.register_supplier(
        call.tx,
        supplier_id=supplier_id,
        name=body.name,
        description=body.description,
        support_calendar_id=body.support_calendar_id,
        actor=call.actor,
        now=call.now,
    )
    return call.created(
        SupplierRecord.of(supplier), location=f"/catalog/v1/suppliers/{supplier_id}"
    )


@router.get(
    "",
    response_model=Page[SupplierRecord],
    responses={**responses(), **list_answer(Page[SupplierRecord])},
)
async def list_suppliers(
    call: Reading, asked: Annotated[PageRequest, Depends(queries.SUPPLIERS.parameters())]
) -> Response:
    """List suppliers."""
    return call.page(await queries.list_suppliers(call.tx, asked=asked, actor=call.actor))


@router.get(
    "/{supplier_id}",
    response_model=SupplierRecord,
    responses={**responses(404), **json_answer(SupplierRecord, "The supplier.")},
)
async def read_supplier(
    supplier_id: UUID, call: Reading, as_of: AsOf = None, if_none_match: IfNoneMatch = None
) -> Response:
    """Read a supplier as it is now, or as it was known at an instant."""
    record = await queries.read_supplier(
        call.tx, supplier_id=SupplierId(supplier_id), as_of=as_of, actor=call.actor
    )
    return call.answer(record, version=record.version)


@router.get(
    "/{supplier_id}/history",
    response_model=Page[HistoryEntry],
    responses={**responses(404), **list_answer(Page[HistoryEntry])},
)
async def read_supplier_history(
    supplier_id: UUID,
    call: Reading,
    asked: Annotated[PageRequest, Depends(queries.HISTORY.parameters())],
) -> Response:
    """List what happened to a supplier."""
    return call.page(
        await queries.read_supplier_history(
            call.tx, supplier_id=SupplierId(supplier_id), asked=asked, actor=call.actor
        )
    )


@router.patch(
    "/{supplier_id}",
    response_model=SupplierRecord,
    responses={
        **responses(404, 409, 412, 413, 415, 422, 428),
        **json_answer(SupplierRecord, "The supplier after the change."),
    },
)
async def change_supplier(
    supplier_id: UUID, body: ChangeSupplier, call: Writing, if_match: IfMatch = None
) -> Response:
    """Change a supplier (JSON Merge Patch)."""
    supplier = await commands.change_supplier(
        call.tx,
        supplier_id=SupplierId(supplier_id),
        expected_version=call.expected_version(),
        changes=body.model_dump(exclude_unset=True),
        actor=call.actor,
        now=call.now,
    )
    return call.answer(SupplierRecord.of(supplier), version=supplier.version)


@router.post(
    "/{supplier_id}/transitions",
    response_model=SupplierRecord,
    responses={
        **responses(404, 409, 412, 413, 415, 422, 428),
        **json_answer(SupplierRecord, "The supplier after the transition."),
    },
)
async def move_supplier(
    supplier_id: UUID, body: MoveSupplier, call: Writing, if_match: IfMatch = None
) -> Response:
    """Retire a supplier, or make it active again."""
    supplier = await commands.move_supplier(
        call.tx,
        supplier_id=SupplierId(supplier_id),
        expected_version=call.expected_version(),
        to=body.to,
        actor=call.actor,
        now=call.now,
    )
    return call.answer(SupplierRecord.of(supplier), version=supplier.version)
