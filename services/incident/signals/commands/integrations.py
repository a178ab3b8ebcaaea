"""What can be done with integrations."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from services.incident.signals.domain.integration import Integration, IntegrationId, is_secret_of
from services.incident.signals.events import IntegrationEvent, IntegrationStatus
from services.incident.signals.tables import integrations as tables
from services.incident.views import queries as views
from shared import outbox
from shared.auth import Actor
from shared.db import ReadTx, Tx
from shared.errors import require_version


async def register_integration(
    tx: Tx,
    *,
    integration_id: IntegrationId,
    secret: str,
    fields: Mapping[str, Any],
    actor: Actor,
    now: datetime,
) -> Integration:
    """Let a sender in, with a secret of its own of which the hash is kept.

    Raises:
        ServiceUnknownError: the default service is not known.
        TeamUnknownError: the default team is not known or not active.
        IntegrationNameTakenError: another active integration has the name.
    Emits:
        itsm.integration.registered.v1
    """
    await _require_defaults(tx, fields)
    integration, events = Integration.register(
        integration_id=integration_id, secret=secret, now=now, **fields
    )
    await tables.insert_integration(tx, integration)
    _tell(tx, integration, events, actor=actor, now=now)
    return integration


async def change_integration(
    tx: Tx,
    *,
    integration_id: IntegrationId,
    expected_version: int,
    changes: Mapping[str, Any],
    actor: Actor,
    now: datetime,
) -> Integration:
    """Change an integration; ``changes`` holds the new values of the fields to change.

    Raises:
        IntegrationNotFoundError: there is none with this id.
        StaleVersionError: it is not at ``expected_version``.
        ServiceUnknownError: the default service is not known.
        TeamUnknownError: the default team is not known or not active.
        IntegrationNameTakenError: another active integration has the name.
    Emits:
        itsm.integration.changed.v1, unless nothing changes
    """
    before = await tables.load_integration(tx, integration_id)
    require_version(before.version, expected_version)
    await _require_defaults(tx, changes)
    after, events = before.revise(changes, now=now)
    return await _keep(tx, after, events, actor=actor, now=now)


async def rotate_integration_secret(
    tx: Tx,
    *,
    integration_id: IntegrationId,
    expected_version: int,
    secret: str,
    actor: Actor,
    now: datetime,
) -> Integration:
    """Give an integration another secret; the one so far is refused from then on.

    Raises:
        IntegrationNotFoundError: there is none with this id.
        StaleVersionError: it is not at ``expected_version``.
    Emits:
        itsm.integration.changed.v1
    """
    before = await tables.load_integration(tx, integration_id)
    require_version(before.version, expected_version)
    after, events = before.rotate(secret, now=now)
    return await _keep(tx, after, events, actor=actor, now=now)


async def move_integration(
    tx: Tx,
    *,
    integration_id: IntegrationId,
    expected_version: int,
    to: IntegrationStatus,
    actor: Actor,
    now: datetime,
) -> Integration:
    """Retire an integration, or let it in again.

    Raises:
        IntegrationNotFoundError: there is none with this id.
        StaleVersionError: it is not at ``expected_version``.
        IntegrationTransitionError: its status does not allow it.
        IntegrationNameTakenError: it would come back under a name in use.
    Emits:
        itsm.integration.retired.v1 or .changed.v1
    """
    before = await tables.load_integration(tx, integration_id)
    require_version(before.version, expected_version)
    after, events = before.move(to, now=now)
    return await _keep(tx, after, events, actor=actor, now=now)


async def sender_of(
    tx: ReadTx, *, integration_id: UUID | None, kind: str, secret: str
) -> Integration | None:
    """Return the integration whose secret this is; None for every reason why it is not."""
    found: Integration | None = None
    if integration_id is not None:
        found = await tables.find_integration(tx, IntegrationId(integration_id))
    return found if is_secret_of(found, kind, secret) else None


async def _require_defaults(tx: Tx, fields: Mapping[str, Any]) -> None:
    service_id, team_id = fields.get("default_service_id"), fields.get("default_team_id")
    if service_id is not None:
        await views.find_service(tx, reference=str(service_id))
    if team_id is not None:
        await views.require_team(tx, team_id=team_id, pointer="/default_team_id")


async def _keep(
    tx: Tx,
    integration: Integration,
    events: list[IntegrationEvent],
    *,
    actor: Actor,
    now: datetime,
) -> Integration:
    if events:
        await tables.save_integration(tx, integration)
        _tell(tx, integration, events, actor=actor, now=now)
    return integration


def _tell(
    tx: Tx,
    integration: Integration,
    events: list[IntegrationEvent],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    outbox.append(
        tx,
        key=integration.id,
        version=integration.version,
        events=events,
        actor=actor,
        occurred_at=now,
        now=now,
    )
