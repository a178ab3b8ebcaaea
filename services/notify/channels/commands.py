"""What can be done with webhook endpoints."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from services.notify.channels import tables
from services.notify.channels.domain import (
    DisabledReason,
    Endpoint,
    EndpointId,
    EndpointStatus,
)
from services.notify.channels.events import WebhookEndpointChanged
from services.notify.channels.webhook import Policy, judge_at_registration, read_url
from shared import outbox
from shared.auth import Actor
from shared.db import Tx
from shared.errors import require_version


async def register_webhook_endpoint(
    tx: Tx,
    *,
    endpoint_id: EndpointId,
    name: str,
    url: str,
    event_types: tuple[str, ...],
    exclude_origins: tuple[str, ...],
    secret: str,
    policy: Policy,
    actor: Actor,
    now: datetime,
) -> Endpoint:
    """Register an endpoint, enabled at once; ``secret`` is fresh and in its written form.

    Raises:
        AddressRefusedError: a webhook may not go to this address.
        EndpointLimitError: there are as many as there may be.
    Emits:
        itsm.webhook_endpoint.changed.v1
    """
    judge_at_registration(read_url(url), policy)
    endpoint, events = Endpoint.register(
        endpoint_id=endpoint_id,
        name=name,
        url=url,
        event_types=event_types,
        exclude_origins=exclude_origins,
        secret=secret,
        now=now,
    )
    await tables.insert_endpoint(tx, endpoint)
    _publish(tx, endpoint, events, actor=actor, now=now)
    return endpoint


async def change_webhook_endpoint(
    tx: Tx,
    *,
    endpoint_id: EndpointId,
    expected_version: int | None,
    changes: Mapping[str, Any],
    policy: Policy,
    actor: Actor,
    now: datetime,
) -> Endpoint:
    """Change an endpoint's name, address or filters; ``changes`` holds the new values.

    Raises:
        EndpointNotFoundError: there is none with this id.
        StaleVersionError: it is not at ``expected_version``.
        AddressRefusedError: a webhook may not go to the new address.
    Emits:
        itsm.webhook_endpoint.changed.v1, unless nothing changes
    """
    if "url" in changes:
        judge_at_registration(read_url(changes["url"]), policy)
    endpoint = await tables.load_endpoint(tx, endpoint_id)
    require_version(endpoint.version, expected_version)
    endpoint, events = endpoint.revise(changes, now=now)
    await _save(tx, endpoint, events, actor=actor, now=now)
    return endpoint


async def rotate_webhook_secret(
    tx: Tx,
    *,
    endpoint_id: EndpointId,
    expected_version: int | None,
    secret: str,
    former_for: timedelta,
    actor: Actor,
    now: datetime,
) -> Endpoint:
    """Sign with a fresh secret, and with the former one as well for ``former_for`` longer.

    Raises:
        EndpointNotFoundError: there is none with this id.
        StaleVersionError: it is not at ``expected_version``.
    Emits:
        itsm.webhook_endpoint.changed.v1
    """
    endpoint = await tables.load_endpoint(tx, endpoint_id)
    require_version(endpoint.version, expected_version)
    endpoint, events = endpoint.rotate(secret, former_for=former_for, now=now)
    await _save(tx, endpoint, events, actor=actor, now=now)
    return endpoint


async def move_webhook_endpoint(
    tx: Tx,
    *,
    endpoint_id: EndpointId,
    expected_version: int | None,
    to: EndpointStatus,
    reason: DisabledReason | None,
    actor: Actor,
    now: datetime,
) -> Endpoint:
    """Enable an endpoint, or disable it for a reason.

    Raises:
        EndpointNotFoundError: there is none with this id.
        StaleVersionError: it is not at ``expected_version``.
        EndpointTransitionError: its status is that already.
    Emits:
        itsm.webhook_endpoint.changed.v1
    """
    endpoint = await tables.load_endpoint(tx, endpoint_id)
    require_version(endpoint.version, expected_version)
    endpoint, events = endpoint.move(to, reason=reason, now=now)
    await _save(tx, endpoint, events, actor=actor, now=now)
    return endpoint


async def disable_endpoint_if_enabled(
    tx: Tx, *, endpoint_id: EndpointId, actor: Actor, now: datetime
) -> None:
    """Disable an endpoint whose receiver said that it is gone; several deliveries may say so.

    Raises:
        EndpointNotFoundError: there is none with this id.
    Emits:
        itsm.webhook_endpoint.changed.v1, unless it is disabled already
    """
    endpoint = await tables.load_endpoint(tx, endpoint_id)
    if endpoint.status == "enabled":
        endpoint, events = endpoint.move("disabled", reason="gone", now=now)
        await _save(tx, endpoint, events, actor=actor, now=now)


async def _save(
    tx: Tx,
    endpoint: Endpoint,
    events: list[WebhookEndpointChanged],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    if events:
        await tables.save_endpoint(tx, endpoint)
        _publish(tx, endpoint, events, actor=actor, now=now)


def _publish(
    tx: Tx,
    endpoint: Endpoint,
    events: list[WebhookEndpointChanged],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    outbox.append(
        tx,
        key=endpoint.id,
        version=endpoint.version,
        events=events,
        actor=actor,
        occurred_at=now,
        now=now,
    )
