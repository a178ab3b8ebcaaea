"""HTTP for webhook endpoints."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Depends
from starlette.responses import Response

from services.notify.channels import commands, queries
from services.notify.channels.domain import EndpointId
from services.notify.channels.schemas import (
    ChangeWebhookEndpoint,
    EndpointRecord,
    EndpointWithSecret,
    MoveWebhookEndpoint,
    RegisterWebhookEndpoint,
)
from services.notify.channels.webhook import SECRET_BYTES, Policy, secret_text
from services.notify.settings import settings
from shared import clock
from shared.app import service_router
from shared.paging import PageRequest
from shared.problems import responses
from shared.schemas import Page
from shared.web import IfMatch, IfNoneMatch, Reading, Writing, json_answer, list_answer

router = service_router("/notify/v1/webhook-endpoints", tags=["webhook endpoints"])


def _policy() -> Policy:
    own = settings()
    return Policy(networks=own.webhook_allowed_networks, ports=own.webhook_allowed_ports)


@router.post(
    "",
    status_code=201,
    response_model=EndpointWithSecret,
    responses={
        **responses(409, 413, 415, 422),
        **json_answer(EndpointWithSecret, "The new endpoint and its secret.", status=201),
    },
)
async def register_webhook_endpoint(body: RegisterWebhookEndpoint, call: Writing) -> Response:
    """Register a webhook endpoint; its secret is in this answer and never shown again."""
    endpoint_id = EndpointId(clock.new_id())
    endpoint = await commands.register_webhook_endpoint(
        call.tx,
        endpoint_id=endpoint_id,
        name=body.name,
        url=body.url,
        event_types=body.event_types,
        exclude_origins=body.exclude_origins,
        secret=secret_text(secrets.token_bytes(SECRET_BYTES)),
        policy=_policy(),
        actor=call.actor,
        now=call.now,
    )
    location = f"/notify/v1/webhook-endpoints/{endpoint_id}"
    return call.created(
        EndpointWithSecret.with_secret(endpoint),
        location=location,
        kept=EndpointWithSecret.without_secret(endpoint),
    )


@router.get(
    "",
    response_model=Page[EndpointRecord],
    responses={**responses(), **list_answer(Page[EndpointRecord])},
)
async def list_webhook_endpoints(
    call: Reading,
    asked: Annotated[PageRequest, Depends(queries.WEBHOOK_ENDPOINTS.parameters())],
) -> Response:
    """List webhook endpoints."""
    return call.page(await queries.list_webhook_endpoints(call.tx, asked=asked))


@router.get(
    "/{endpoint_id}",
    response_model=EndpointRecord,
    responses={**responses(404), **json_answer(EndpointRecord, "The endpoint.")},
)
async def read_webhook_endpoint(
    endpoint_id: UUID, call: Reading, if_none_match: IfNoneMatch = None
) -> Response:
    """Read a webhook endpoint."""
    record = await queries.read_webhook_endpoint(call.tx, endpoint_id=EndpointId(endpoint_id))
    return call.answer(record, version=record.version)


@router.patch(
    "/{endpoint_id}",
    response_model=EndpointRecord,
    responses={
        **responses(404, 409, 412, 413, 415, 422, 428),
        **json_answer(EndpointRecord, "The endpoint after the change."),
    },
)
async def change_webhook_endpoint(
    endpoint_id: UUID, body: ChangeWebhookEndpoint, call: Writing, if_match: IfMatch = None
) -> Response:
    """Change a webhook endpoint (JSON Merge Patch)."""
    endpoint = await commands.change_webhook_endpoint(
        call.tx,
        endpoint_id=EndpointId(endpoint_id),
        expected_version=call.expected_version(),
        changes=body.model_dump(exclude_unset=True),
        policy=_policy(),
        actor=call.actor,
        now=call.now,
    )
    return call.answer(EndpointRecord.of(endpoint), version=endpoint.version)


@router.post(
    "/{endpoint_id}/transitions",
    response_model=EndpointRecord,
    responses={
        **responses(404, 409, 412, 413, 415, 422, 428),
        **json_answer(EndpointRecord, "The endpoint after the transition."),
    },
)
async def move_webhook_endpoint(
    endpoint_id: UUID, body: MoveWebhookEndpoint, call: Writing, if_match: IfMatch = None
) -> Response:
    """Enable or disable a webhook endpoint."""
    endpoint = await commands.move_webhook_endpoint(
        call.tx,
        endpoint_id=EndpointId(endpoint_id),
        expected_version=call.expected_version(),
        to=body.to,
        reason="by_hand" if body.to == "disabled" else None,
        actor=call.actor,
        now=call.now,
    )
    return call.answer(EndpointRecord.of(endpoint), version=endpoint.version)


@router.post(
    "/{endpoint_id}/secret-rotations",
    response_model=EndpointWithSecret,
    responses={
        **responses(404, 409, 412, 413, 415, 422, 428),
        **json_answer(EndpointWithSecret, "The endpoint and its new secret."),
    },
)
async def rotate_webhook_secret(
    endpoint_id: UUID, call: Writing, if_match: IfMatch = None
) -> Response:
    """Make a new secret, shown this once; the former one signs as well for a while."""
    endpoint = await commands.rotate_webhook_secret(
        call.tx,
        endpoint_id=EndpointId(endpoint_id),
        expected_version=call.expected_version(),
        secret=secret_text(secrets.token_bytes(SECRET_BYTES)),
        former_for=timedelta(hours=settings().webhook_rotation_hours),
        actor=call.actor,
        now=call.now,
    )
    return call.answer(
        EndpointWithSecret.with_secret(endpoint),
        version=endpoint.version,
        kept=EndpointWithSecret.without_secret(endpoint),
    )
