"""HTTP for senders of signals: they show their integration's own secret, not a token."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends
from starlette.responses import Response

from services.incident.settings import settings
from services.incident.signals import alertmanager, commands, generic
from services.incident.signals.alertmanager import AlertmanagerBody
from services.incident.signals.domain import Delivery
from services.incident.signals.events import IntegrationKind
from services.incident.signals.generic import GenericBody
from services.incident.signals.intake import take_in
from services.incident.signals.integration import Integration
from services.incident.signals.schemas import IntakeReceipt
from shared import clock
from shared.app import service_router
from shared.problems import ProblemError, responses
from shared.strict import StrictRequest, StrictRoute
from shared.web import Caller, json_answer

MAX_SIGNAL_BYTES: Final = 16 * 1024 * 1024
MAX_SECRET_CHARS: Final = 1000
_CHALLENGE: Final = {"WWW-Authenticate": 'Bearer realm="itsm signals", Basic realm="itsm signals"'}
_ANSWERS: Final = {
    **responses(413, 415, 422),
    **json_answer(IntakeReceipt, "Stored, now or before."),
}


class SignalRequest(StrictRequest):
    """A request of a sender: a storm of ten thousand alerts comes in one body."""

    max_body_bytes = MAX_SIGNAL_BYTES


class SignalRoute(StrictRoute):
    """A route for senders."""

    request_class = SignalRequest


intake = service_router("/incident/v1/intake", tags=["intake"])
intake.route_class = SignalRoute


def _sender(kind: IntegrationKind) -> Callable[..., object]:
    """Return the dependency that lets an integration of a kind in, before its body is judged."""

    async def check(integration_id: str, call: Caller) -> Integration:
        async with call.edge.database.reading() as tx:
            found = await commands.sender_of(
                tx, integration_id=_id_of(integration_id), kind=kind, secret=_secret(call)
            )
        if found is None:
            detail = "Send the secret of this integration, as a bearer token or password."
            raise ProblemError(401, detail, headers=_CHALLENGE)
        return found

    return check


def _id_of(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _secret(call: Caller) -> str:
    """Return the secret that was sent: a bearer token, or the password of basic credentials."""
    sent = call.request.headers.getlist("authorization")
    scheme, _, value = sent[0].partition(" ") if len(sent) == 1 else ("", "", "")
    if len(value) > MAX_SECRET_CHARS:
        return ""
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return ""


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


@intake.post("/alertmanager/{integration_id}", response_model=IntakeReceipt, responses=_ANSWERS)
async def take_in_alertmanager(
    body: AlertmanagerBody,
    call: Caller,
    sender: Annotated[Integration, Depends(_sender("alertmanager"))],
) -> Response:
    """Take in a notification of Prometheus Alertmanager (webhook, version 4)."""
    return await _take(call, sender, alertmanager.delivery_of(body))


@intake.post("/generic/{integration_id}", response_model=IntakeReceipt, responses=_ANSWERS)
async def take_in_generic(
    body: GenericBody,
    call: Caller,
    sender: Annotated[Integration, Depends(_sender("generic"))],
) -> Response:
    """Take in one signal in our own format."""
    return await _take(call, sender, generic.delivery_of(body))
