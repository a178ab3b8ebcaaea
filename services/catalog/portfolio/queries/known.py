"""What areas above ask of the portfolio."""

from __future__ import annotations

from collections.abc import Collection

from services.catalog.portfolio.domain.offerings import OfferingId
from services.catalog.portfolio.domain.services import ServiceId
from services.catalog.portfolio.events import OfferingStatus, ServicePhase
from services.catalog.portfolio.tables import offerings, services
from shared.db import ReadTx


async def services_of_offerings(
    tx: ReadTx, *, offering_ids: Collection[OfferingId]
) -> dict[OfferingId, ServiceId]:
    """Return the service of each of some offerings; an offering that does not exist is left out."""
    rows = await offerings.services_of(tx, offering_ids)
    return {row["id"]: row["service_id"] for row in rows}


async def offering_statuses(
    tx: ReadTx, *, offering_ids: Collection[OfferingId]
) -> dict[OfferingId, OfferingStatus]:
    """Return the status of each of some offerings; an offering that does not exist is left out."""
    rows = await offerings.services_of(tx, offering_ids)
    return {row["id"]: row["status"] for row in rows}


async def service_phases(
    tx: ReadTx, *, service_ids: Collection[ServiceId]
) -> dict[ServiceId, ServicePhase]:
    """Return the phase of each of some services; a service that does not exist is left out."""
    rows = await services.phases(tx, service_ids)
    return {row["id"]: row["phase"] for row in rows}
