"""HTTP for notifications and deliveries."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Depends
from starlette.responses import Response

from services.notify.deliveries import commands, queries
from services.notify.deliveries.domain import NotificationId
from services.notify.deliveries.schemas import (
    DeliveryRecord,
    Explanation,
    MoveNotification,
    NotificationRecord,
)
from shared.app import service_router
from shared.paging import PageRequest
from shared.problems import responses
from shared.schemas import Page
from shared.web import IfMatch, IfNoneMatch, Reading, Writing, json_answer, list_answer

router = service_router("/notify/v1", tags=["notifications"])


@router.get(
    "/notifications",
    response_model=Page[NotificationRecord],
    responses={**responses(), **list_answer(Page[NotificationRecord])},
)
async def list_notifications(
    call: Reading, asked: Annotated[PageRequest, Depends(queries.NOTIFICATIONS.parameters())]
) -> Response:
    """List notifications; customers see the business messages on their own behalf."""
    return call.page(await queries.list_notifications(call.tx, actor=call.actor, asked=asked))


@router.get(
    "/notifications/{notification_id}",
    response_model=NotificationRecord,
    responses={**responses(404), **json_answer(NotificationRecord, "The notification.")},
)
async def read_notification(
    notification_id: UUID, call: Reading, if_none_match: IfNoneMatch = None
) -> Response:
    """Read a notification; being in a worker's hands (`sending`) is no version of its own."""
    record = await queries.read_notification(
        call.tx, actor=call.actor, notification_id=NotificationId(notification_id)
    )
    return call.answer(record, version=record.version)


@router.get(
    "/notifications/{notification_id}/explain",
    response_model=Explanation,
    responses={**responses(404), 200: {"description": "From the event to the receipt."}},
)
async def explain_notification(notification_id: UUID, call: Reading) -> Response:
    """Explain why somebody was told, or was not: event, rule, recipient, channel, receipt."""
    explanation = await queries.explain_notification(
        call.tx, actor=call.actor, notification_id=NotificationId(notification_id)
    )
    return call.answer(explanation)


@router.post(
    "/notifications/{notification_id}/transitions",
    response_model=NotificationRecord,
    responses={
        **responses(404, 409, 412, 413, 415, 422, 428),
        **json_answer(NotificationRecord, "The notification after the transition."),
    },
)
async def move_notification(
    notification_id: UUID, body: MoveNotification, call: Writing, if_match: IfMatch = None
) -> Response:
    """Send a dead notification again, under its old id."""
    notification = await commands.move_notification(
        call.tx,
        notification_id=NotificationId(notification_id),
        expected_version=call.expected_version(),
        actor=call.actor,
        now=call.now,
    )
    return call.answer(NotificationRecord.of(notification), version=notification.version)


@router.get(
    "/deliveries",
    response_model=Page[DeliveryRecord],
    responses={**responses(), **list_answer(Page[DeliveryRecord])},
)
async def list_deliveries(
    call: Reading, asked: Annotated[PageRequest, Depends(queries.DELIVERIES.parameters())]
) -> Response:
    """List tries to deliver."""
    return call.page(await queries.list_deliveries(call.tx, asked=asked))
