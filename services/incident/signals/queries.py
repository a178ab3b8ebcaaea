"""Reading integrations and signals."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import sqlalchemy as sa

from services.incident.incidents.queries import family_of
from services.incident.signals.domain.integration import IntegrationId, IntegrationNotFoundError
from services.incident.signals.domain.signal import SignalNotFoundError
from services.incident.signals.schemas.records import IntegrationRecord, SignalRecord
from services.incident.signals.tables import integrations as tables
from services.incident.signals.tables.integrations import INTEGRATION, integration_of
from services.incident.signals.tables.signals import SIGNAL, signal_of
from shared.db import ReadTx, statement
from shared.paging import Listing, PageRequest, page
from shared.schemas import Page

INTEGRATIONS: Final = Listing(
    source=sa.select(INTEGRATION),
    key=INTEGRATION.c.id,
    filters={
        "kind": INTEGRATION.c.kind,
        "status": INTEGRATION.c.status,
        "name": INTEGRATION.c.name,
    },
    sorts={"name": INTEGRATION.c.name, "created_at": INTEGRATION.c.created_at},
    default_sort="name",
)
SIGNALS: Final = Listing(
    source=sa.select(SIGNAL),
    key=SIGNAL.c.id,
    filters={
        "integration_id": SIGNAL.c.integration_id,
        "status": SIGNAL.c.status,
        "severity": SIGNAL.c.severity,
        "service_id": SIGNAL.c.service_id,
        "ci_id": SIGNAL.c.ci_id,
        "fingerprint": SIGNAL.c.fingerprint,
        "standing": SIGNAL.c.standing,
        "suppressed_by": SIGNAL.c.suppressed_by,
        "started_at": SIGNAL.c.started_at,
        "last_seen_at": SIGNAL.c.last_seen_at,
    },
    sorts={"last_seen_at": SIGNAL.c.last_seen_at, "started_at": SIGNAL.c.started_at},
    default_sort="-last_seen_at",
)
_READ: Final = statement("select * from incident.signal where id = :id")


async def read_integration(tx: ReadTx, *, integration_id: IntegrationId) -> IntegrationRecord:
    """Return one integration as it is now.

    Raises:
        IntegrationNotFoundError: there is none with this id.
    """
    found = await tables.find_integration(tx, integration_id)
    if found is None:
        raise IntegrationNotFoundError(f"There is no integration {integration_id}.")
    return IntegrationRecord.of(found)


async def list_integrations(tx: ReadTx, *, asked: PageRequest) -> Page[IntegrationRecord]:
    """Return a page of integrations.

    Raises:
        ProblemError: a parameter is not valid.
    """
    rows, following = await page(tx, INTEGRATIONS, asked)
    items = [IntegrationRecord.of(integration_of(row)) for row in rows]
    return Page[IntegrationRecord](items=items, next=following)


async def read_signal(tx: ReadTx, *, signal_id: UUID) -> SignalRecord:
    """Return one signal as it is now.

    Raises:
        SignalNotFoundError: there is none with this id.
    """
    row = await tx.first(_READ, id=signal_id)
    if row is None:
        raise SignalNotFoundError(f"There is no signal {signal_id}.")
    return SignalRecord.of(signal_of(row))


async def list_signals(
    tx: ReadTx, *, asked: PageRequest, incident_id: UUID | None
) -> Page[SignalRecord]:
    """Return a page of signals; ``incident_id`` keeps those that led to it or to one merged in.

    Raises:
        ProblemError: a parameter is not valid.
    """
    where: list[sa.ColumnElement[bool]] = []
    if incident_id is not None:
        family = await family_of(tx, incident_id=incident_id)
        where.append(SIGNAL.c.incident_id.in_(family))
    rows, following = await page(tx, SIGNALS, asked, where=where)
    items = [SignalRecord.of(signal_of(row)) for row in rows]
    return Page[SignalRecord](items=items, next=following)
