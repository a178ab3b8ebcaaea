"""HTTP for contacts."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Depends
from starlette.responses import Response

from services.catalog.contacts import commands, queries
from services.catalog.contacts.domain import ContactId
from services.catalog.contacts.schemas import (
    ChangeContact,
    ContactRecord,
    MoveContact,
    RegisterContact,
)
from shared import clock
from shared.app import service_router
from shared.history import AsOf, HistoryEntry
from shared.paging import PageRequest
from shared.problems import responses
from shared.schemas import Page
from shared.web import IfMatch, IfNoneMatch, Reading, Writing, json_answer, list_answer

router = service_router("/catalog/v1/contacts", tags=["contacts"])


@router.post(
    "",
    status_code=201,
    response_model=ContactRecord,
    responses={
        **responses(409, 413, 415, 422),
        **json_answer(ContactRecord, "The new contact.", status=201),
    },
)
async def register_contact(body: RegisterContact, call: Writing) -> Response:
    """Register a contact of a customer, a team or a supplier."""
    contact_id = ContactId(clock.new_id())
    contact = await commands.register_contact(
        call.tx,
        contact_id=contact_id,
        name=body.name,
        email=body.email,
        phone=body.phone,
        language=body.language,
        customer_id=body.customer_id,
        team_id=body.team_id,
        supplier_id=body.supplier_id,
        roles=body.roles,
        actor=call.actor,
        now=call.now,
    )
    return call.created(ContactRecord.of(contact), location=f"/catalog/v1/contacts/{contact_id}")


@router.get(
    "",
    response_model=Page[ContactRecord],
    responses={**responses(), **list_answer(Page[ContactRecord])},
)
async def list_contacts(
    call: Reading, asked: Annotated[PageRequest, Depends(queries.CONTACTS.parameters())]
) -> Response:
    """List contacts; a customer's user sees those of its customers."""
    return call.page(await queries.list_contacts(call.tx, asked=asked, actor=call.actor))


@router.get(
    "/{contact_id}",
    response_model=ContactRecord,
    responses={**responses(404), **json_answer(ContactRecord, "The contact.")},
)
async def read_contact(
    contact_id: UUID, call: Reading, as_of: AsOf = None, if_none_match: IfNoneMatch = None
) -> Response:
    """Read a contact as it is now, or as it was known at an instant."""
    record = await queries.read_contact(
        call.tx, contact_id=ContactId(contact_id), as_of=as_of, actor=call.actor
    )
    return call.answer(record, version=record.version)


@router.get(
    "/{contact_id}/history",
    response_model=Page[HistoryEntry],
    responses={**responses(404), **list_answer(Page[HistoryEntry])},
)
async def read_contact_history(
    contact_id: UUID,
    call: Reading,
    asked: Annotated[PageRequest, Depends(queries.HISTORY.parameters())],
) -> Response:
    """List what happened to a contact."""
    return call.page(
        await queries.read_contact_history(
            call.tx, contact_id=ContactId(contact_id), asked=asked, actor=call.actor
        )
    )


@router.patch(
    "/{contact_id}",
    response_model=ContactRecord,
    responses={
        **responses(404, 409, 412, 413, 415, 422, 428),
        **json_answer(ContactRecord, "The contact after the change."),
    },
)
async def change_contact(
    contact_id: UUID, body: ChangeContact, call: Writing, if_match: IfMatch = None
) -> Response:
    """Change a contact (JSON Merge Patch)."""
    contact = await commands.change_contact(
        call.tx,
        contact_id=ContactId(contact_id),
        expected_version=call.expected_version(),
        changes=body.model_dump(exclude_unset=True),
        actor=call.actor,
        now=call.now,
    )
    return call.answer(ContactRecord.of(contact), version=contact.version)


@router.post(
    "/{contact_id}/transitions",
    response_model=ContactRecord,
    responses={
        **responses(404, 409, 412, 413, 415, 422, 428),
        **json_answer(ContactRecord, "The contact after the transition."),
    },
)
async def move_contact(
    contact_id: UUID, body: MoveContact, call: Writing, if_match: IfMatch = None
) -> Response:
    """Retire a contact, or make it active again."""
    contact = await commands.move_contact(
        call.tx,
        contact_id=ContactId(contact_id),
        expected_version=call.expected_version(),
        to=body.to,
        actor=call.actor,
        now=call.now,
    )
    return call.answer(ContactRecord.of(contact), version=contact.version)
