"""HTTP for integrations and signals; senders show their integration's secret, not a token."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from services.incident.settings import settings
from services.incident.signals import queries
from services.incident.signals.commands import integrations as commands
from services.incident.signals.commands.intake import take_in
from services.incident.signals.domain.integration import Integration, IntegrationId
from services.incident.signals.domain.signal import Delivery
from services.incident.signals.events import IntegrationKind
from services.incident.signals.schemas import alertmanager, generic
from services.incident.signals.schemas.alertmanager import AlertmanagerBody
from services.incident.signals.schemas.credentials import integration_id_of, secret_of
from services.incident.signals.schemas.generic import GenericBody
from services.incident.signals.schemas.records import (
    ChangeIntegration,
    IntakeReceipt,
    IntegrationRecord,
    MoveIntegration,
    RegisterIntegration,
    SecretRecord,
    SignalRecord,
)
from shared import clock
from shared.app import service_router
from shared.paging import PageRequest
from shared.problems import ProblemError, responses
from shared.schemas import Page
from shared.strict import StrictRoute
from shared.web import (
    Caller,
    IfMatch,
    IfNoneMatch,
    Reading,
    Writing,
    json_answer,
    list_answer,
)

PREFIX: Final = "/incident/v1/integrations"
SECRET_BYTES: Final = 32
integrations = service_router(PREFIX, tags=["integrations"])
signals = service_router("/incident/v1/signals", tags=["signals"])
_CHANGED: Final = responses(404, 409, 412, 413, 415, 422, 428)


@integrations.post(
    "",
    status_code=201,
    response_model=SecretRecord,
    responses={
        **responses(409, 413, 415, 422),
        **json_answer(SecretRecord, "The new integration and its secret.", status=201),
    },
)
async def register_integration(body: RegisterIntegration, call: Writing) -> Response:
    """Let a sender of signals in; the answer shows its secret, this once."""
    secret = secrets.token_urlsafe(SECRET_BYTES)
    integration = await commands.register_integration(
        call.tx,
        integration_id=IntegrationId(clock.new_id()),
        secret=secret,
        fields=body.fields(),
        actor=call.actor,
        now=call.now,
    )
    return call.created(
        SecretRecord.with_secret(integration, secret),
        location=f"{PREFIX}/{integration.id}",
        kept=SecretRecord.with_secret(integration, None),
    )


@integrations.get(
    "",
    response_model=Page[IntegrationRecord],
    responses={**responses(), **list_answer(Page[IntegrationRecord])},
)
async def list_integrations(
    call: Reading, asked: Annotated[PageRequest, Depends(queries.INTEGRATIONS.parameters())]
) -> Response:
    """List integrations."""
    return call.page(await queries.list_integrations(call.tx, asked=asked))


@integrations.get(
    "/{integration_id}",
    response_model=IntegrationRecord,
    responses={**responses(404), **json_answer(IntegrationRecord, "The integration.")},
)
async def read_integration(
    integration_id: UUID, call: Reading, if_none_match: IfNoneMatch = None
) -> Response:
    """Read an integration."""
    record = await queries.read_integration(call.tx, integration_id=IntegrationId(integration_id))
    return call.answer(record, version=record.version)


@integrations.patch(
    "/{integration_id}",
    response_model=IntegrationRecord,
    responses={**_CHANGED, **json_answer(IntegrationRecord, "The integration after the change.")},
)
async def change_integration(
    integration_id: UUID, body: ChangeIntegration, call: Writing, if_match: IfMatch = None
) -> Response:
    """Change an integration (JSON Merge Patch)."""
    integration = await commands.change_integration(
        call.tx,
        integration_id=IntegrationId(integration_id),
        expected_version=call.expected_version(),
        changes=body.changes(),
        actor=call.actor,
        now=call.now,
    )
    return call.answer(IntegrationRecord.of(integration), version=integration.version)


@integrations.post(
    "/{integration_id}/secret-rotations",
    response_model=SecretRecord,
    responses={
        **responses(404, 409, 412, 413, 422, 428),
        **json_answer(SecretRecord, "The integration and its new secret."),
    },
)
async def rotate_integration_secret(
    integration_id: UUID, call: Writing, if_match: IfMatch = None
) -> Response:
    """Give an integration another secret; the answer shows it, this once."""
    secret = secrets.token_urlsafe(SECRET_BYTES)
    integration = await commands.rotate_integration_secret(
        call.tx,
        integration_id=IntegrationId(integration_id),
        expected_version=call.expected_version(),
        secret=secret,
        actor=call.actor,
        now=call.now,
    )
    return call.answer(
        SecretRecord.with_secret(integration, secret),
        version=integration.version,
        kept=SecretRecord.with_secret(integration, None),
    )


@integrations.post(
    "/{integration_id}/transitions",
    response_model=IntegrationRecord,
    responses={**_CHANGED, **json_answer(IntegrationRecord, "The integration after that.")},
)
async def move_integration(
    integration_id: UUID, body: MoveIntegration, call: Writing, if_match: IfMatch = None
) -> Response:
    """Retire an integration, or let it in again."""
    integration = await commands.move_integration(
        call.tx,
        integration_id=IntegrationId(integration_id),
        expected_version=call.expected_version(),
        to=body.to,
        actor=call.actor,
        now=call.now,
    )
    return call.answer(IntegrationRecord.of(integration), version=integration.version)


@signals.get(
    "",
    response_model=Page[SignalRecord],
    responses={**responses(), **list_answer(Page[SignalRecord])},
)
async def list_signals(
    call: Reading,
    asked: Annotated[PageRequest, Depends(queries.SIGNALS.parameters())],
    incident_id: Annotated[
        UUID | None, Query(description="Those that led to it, or to one merged into it.")
    ] = None,
) -> Response:
    """List signals."""
    found = await queries.list_signals(call.tx, asked=asked, incident_id=incident_id)
    return call.page(found)


@signals.get(
    "/{signal_id}",
    response_model=SignalRecord,
    responses={**responses(404), **json_answer(SignalRecord, "The signal.")},
)
async def read_signal(
    signal_id: UUID, call: Reading, if_none_match: IfNoneMatch = None
) -> Response:
    """Read a signal."""
    record = await queries.read_signal(call.tx, signal_id=signal_id)
    return call.answer(record, version=record.version)


MAX_SIGNAL_BYTES: Final = 16 * 1024 * 1024
_CHALLENGE: Final = {"WWW-Authenticate": 'Bearer realm="itsm signals", Basic realm="itsm signals"'}
_TAKEN: Final = {
    **responses(413, 415, 422),
    **json_answer(IntakeReceipt, "Stored, now or before."),
}


class SignalRoute(StrictRoute):
    """A route for senders: a storm of ten thousand alerts comes in one body."""

    max_body_bytes = MAX_SIGNAL_BYTES


intake = service_router("/incident/v1/intake", tags=["intake"])
intake.route_class = SignalRoute


def _sender(kind: IntegrationKind) -> Callable[..., Awaitable[Integration]]:
    """Return the dependency that lets an integration of a kind in, before its body is judged."""

    async def check(integration_id: str, call: Caller) -> Integration:
        sent = secret_of(call.headers.getlist("authorization"))
        known = integration_id_of(integration_id)
        async with call.edge.database.reading() as tx:
            found = await commands.sender_of(tx, integration_id=known, kind=kind, secret=sent)
        if found is None:
            detail = "Send the secret of this integration, as a bearer token or password."
            raise ProblemError(401, detail, headers=_CHALLENGE)
        return found

    return check


async def _take(call: Caller, integration: Integration, delivery: Delivery) -> Response:
    """Store a delivery and answer once it is committed: a sender forgets what it got 2xx for."""
    async with call.edge.database.transaction() as tx:
        receipt = await take_in(
            tx,
            integration=integration,
            delivery=delivery,
            new_id=clock.new_id,
            settings=settings(),
            now=call.now,
        )
    return call.answer(IntakeReceipt.of(receipt))


@intake.post("/alertmanager/{integration_id}", response_model=IntakeReceipt, responses=_TAKEN)
async def take_in_alertmanager(
    body: AlertmanagerBody,
    call: Caller,
    sender: Annotated[Integration, Depends(_sender("alertmanager"))],
) -> Response:
    """Take in a notification of Prometheus Alertmanager (webhook, version 4)."""
    return await _take(call, sender, alertmanager.delivery_of(body))


@intake.post("/generic/{integration_id}", response_model=IntakeReceipt, responses=_TAKEN)
async def take_in_generic(
    body: GenericBody,
    call: Caller,
    sender: Annotated[Integration, Depends(_sender("generic"))],
) -> Response:
    """Take in one signal in our own format."""
    return await _take(call, sender, generic.delivery_of(body))


router = APIRouter()
router.include_router(integrations)
router.include_router(signals)
router.include_router(intake)
