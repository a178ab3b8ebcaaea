"""What can be done with request items."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.catalog.permissions import require_provider
from services.catalog.portfolio import forms
from services.catalog.portfolio.commands.recording import tell
from services.catalog.portfolio.domain.forms import refuse_faults
from services.catalog.portfolio.domain.items import (
    MAX_PUBLISHED_PER_OFFERING,
    RequestItem,
    RequestItemId,
    TooManyRequestItemsError,
)
from services.catalog.portfolio.domain.offerings import OfferingId, OfferingNotFoundError
from services.catalog.portfolio.events import Approval
from services.catalog.portfolio.tables import items as tables
from services.catalog.portfolio.tables import offerings as offering_tables
from shared.auth import Actor
from shared.db import Tx
from shared.errors import DomainError, Kind, require_version


class RequestedOfferingUnknownError(DomainError):
    """The offering that the request item would belong to does not exist."""

    code = "requested-offering-unknown"
    kind = Kind.INVALID
    title = "No such offering"


async def publish_request_item(
    tx: Tx,
    *,
    item_id: RequestItemId,
    offering_id: OfferingId,
    name: str,
    description: str,
    form_schema: Mapping[str, Any],
    fulfilment_target_seconds: int | None,
    approval: Approval,
    actor: Actor,
    now: datetime,
) -> RequestItem:
    """Let the users of an offering ask for something, by a form.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        FormSchemaError: the form's schema cannot be used; all that is wrong with it is named.
        RequestedOfferingUnknownError: there is no such offering.
        OfferingWithdrawnError: the offering is withdrawn.
        TooManyRequestItemsError: the offering has as many as one can have.
        RequestItemNameTakenError: another published one of the offering has the name.
    Emits:
        itsm.request_item.published.v1
    """
    require_provider(actor)
    await _require_form(form_schema)
    item, events = RequestItem(
        id=item_id,
        offering_id=offering_id,
        name=name,
        description=description,
        form_schema=form_schema,
        status="published",
        fulfilment_target_seconds=fulfilment_target_seconds,
        approval=approval,
        created_at=now,
        updated_at=now,
    ).published()
    try:
        offering = await offering_tables.load_offering(tx, offering_id)
    except OfferingNotFoundError as error:
        raise RequestedOfferingUnknownError(error.detail, pointer="/offering_id") from error
    offering.require_present()
    if await tables.count_published(tx, offering_id) >= MAX_PUBLISHED_PER_OFFERING:
        detail = f"“{offering.name}” has {MAX_PUBLISHED_PER_OFFERING}: withdraw one first."
        raise TooManyRequestItemsError(detail)
    await tables.insert_item(tx, item)
    tell(tx, item.id, item.version, events, actor=actor, now=now)
    return item


async def change_request_item(
    tx: Tx,
    *,
    item_id: RequestItemId,
    expected_version: int | None,
    changes: Mapping[str, Any],
    actor: Actor,
    now: datetime,
) -> RequestItem:
    """Describe a request item anew, or give it another form; ``changes`` holds the new values.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        FormSchemaError: the new form's schema cannot be used; all that is wrong is named.
        RequestItemNotFoundError: there is none with this id.
        StaleVersionError: it is not at ``expected_version``.
        RequestItemWithdrawnError: it is withdrawn.
        RequestItemNameTakenError: another published one of the offering has the name.
    Emits:
        itsm.request_item.changed.v1, unless nothing changes
    """
    require_provider(actor)
    if "form_schema" in changes:
        await _require_form(changes["form_schema"])
    item = await tables.load_item(tx, item_id)
    require_version(item.version, expected_version)
    item, events = item.revise(changes, now=now)
    if events:
        await tables.save_item(tx, item)
        tell(tx, item.id, item.version, events, actor=actor, now=now)
    return item


async def withdraw_request_item(
    tx: Tx,
    *,
    item_id: RequestItemId,
    expected_version: int | None,
    actor: Actor,
    now: datetime,
) -> RequestItem:
    """Let nobody ask for it any more.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        RequestItemNotFoundError: there is none with this id.
        StaleVersionError: it is not at ``expected_version``.
        RequestItemWithdrawnError: it is withdrawn.
    Emits:
        itsm.request_item.withdrawn.v1
    """
    require_provider(actor)
    item = await tables.load_item(tx, item_id)
    require_version(item.version, expected_version)
    item, events = item.withdraw(now=now)
    await tables.save_item(tx, item)
    tell(tx, item.id, item.version, events, actor=actor, now=now)
    return item


async def _require_form(form_schema: Mapping[str, Any]) -> None:
    # A large one takes most of a tenth of a second, in which others want to be answered.
    refuse_faults(await asyncio.to_thread(forms.schema_faults, form_schema))
