"""HTTP for configuration items."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from starlette.responses import Response

from services.catalog.components import commands, queries
from services.catalog.components.domain import ConfigurationItemId
from services.catalog.components.routes.router import router
from services.catalog.components.schemas.items import (
    ChangeConfigurationItem,
    ConfigurationItemRecord,
    ConfigurationItemRefPath,
    ExternalRefText,
    MoveConfigurationItem,
    RegisterConfigurationItem,
)
from shared import clock
from shared.history import AsOf, HistoryEntry
from shared.paging import PageRequest
from shared.problems import responses
from shared.schemas import Page
from shared.web import IfMatch, IfNoneMatch, Reading, Writing, json_answer, list_answer


@router.post(
    "/configuration-items",
    status_code=201,
    response_model=ConfigurationItemRecord,
    responses={
        **responses(409, 413, 415, 422),
        **json_answer(ConfigurationItemRecord, "The new configuration item.", status=201),
    },
)
async def register_configuration_item(body: RegisterConfigurationItem, call: Writing) -> Response:
    """Register a configuration item."""
    item_id = ConfigurationItemId(clock.new_id())
    item = await commands.register_configuration_item(
        call.tx,
        item=body.item(item_id),
        actor=call.actor,
        now=call.now,
    )
    return call.created(
        ConfigurationItemRecord.of(item), location=f"/catalog/v1/configuration-items/{item_id}"
    )


@router.get(
    "/configuration-items",
    response_model=Page[ConfigurationItemRecord],
    responses={**responses(), **list_answer(Page[ConfigurationItemRecord])},
)
async def list_configuration_items(
    call: Reading,
    asked: Annotated[PageRequest, Depends(queries.CONFIGURATION_ITEMS.parameters())],
    external_ref: ExternalRefText = None,
) -> Response:
    """List configuration items, retired ones included."""
    return call.page(
        await queries.list_configuration_items(
            call.tx, asked=asked, external_ref=external_ref, actor=call.actor
        )
    )


@router.get(
    "/configuration-items/{ref}",
    response_model=ConfigurationItemRecord,
    responses={**responses(404), **json_answer(ConfigurationItemRecord, "The configuration item.")},
)
async def read_configuration_item(
    ref: ConfigurationItemRefPath,
    call: Reading,
    as_of: AsOf = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Read a configuration item by id or number, as it is now or was known at an instant."""
    record = await queries.read_configuration_item(call.tx, ref=ref, as_of=as_of, actor=call.actor)
    return call.answer(record, version=record.version)


@router.get(
    "/configuration-items/{ref}/history",
    response_model=Page[HistoryEntry],
    responses={**responses(404), **list_answer(Page[HistoryEntry])},
)
async def read_configuration_item_history(
    ref: ConfigurationItemRefPath,
    call: Reading,
    asked: Annotated[PageRequest, Depends(queries.CONFIGURATION_ITEM_HISTORY.parameters())],
) -> Response:
    """List what happened to a configuration item."""
    return call.page(
        await queries.read_configuration_item_history(
            call.tx, ref=ref, asked=asked, actor=call.actor
        )
    )


@router.patch(
    "/configuration-items/{ref}",
    response_model=ConfigurationItemRecord,
    responses={
        **responses(404, 409, 412, 413, 415, 422, 428),
        **json_answer(ConfigurationItemRecord, "The configuration item after the change."),
    },
)
async def change_configuration_item(
    ref: ConfigurationItemRefPath,
    body: ChangeConfigurationItem,
    call: Writing,
    if_match: IfMatch = None,
) -> Response:
    """Change a configuration item (JSON Merge Patch)."""
    item = await commands.change_configuration_item(
        call.tx,
        ref=ref,
        expected_version=call.expected_version(),
        changes=body.changes(),
        actor=call.actor,
        now=call.now,
    )
    return call.answer(ConfigurationItemRecord.of(item), version=item.version)


@router.post(
    "/configuration-items/{ref}/transitions",
    response_model=ConfigurationItemRecord,
    responses={
        **responses(404, 409, 412, 413, 415, 422, 428),
        **json_answer(ConfigurationItemRecord, "The configuration item after the transition."),
    },
)
async def move_configuration_item(
    ref: ConfigurationItemRefPath,
    body: MoveConfigurationItem,
    call: Writing,
    if_match: IfMatch = None,
) -> Response:
    """Take an item to another status; retiring it removes what it rests on."""
    item = await commands.move_configuration_item(
        call.tx,
        ref=ref,
        expected_version=call.expected_version(),
        to=body.to,
        actor=call.actor,
        now=call.now,
    )
    return call.answer(ConfigurationItemRecord.of(item), version=item.version)
