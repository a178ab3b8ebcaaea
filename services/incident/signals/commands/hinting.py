"""What reports are about: the services and configuration items that their hints mean."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from services.incident.signals.domain.signal import Report
from services.incident.views import queries as views
from services.incident.views.domain import KnownService
from services.incident.views.queries import items as item_views
from services.incident.views.queries.ways import nearest_services
from shared.db import ReadTx

MOST_ITEMS: Final = 100
"""For so many configuration items of a delivery the nearest service is looked for."""


@dataclass(frozen=True, slots=True)
class Hinted:
    """Services and items by their hints, and services by the items that they are nearest to."""

    services: Mapping[str, KnownService]
    items: Mapping[str, UUID]
    nearest: Mapping[UUID, KnownService]

    def of(self, report: Report) -> tuple[KnownService | None, UUID | None]:
        """Return the service and the configuration item that a report is about.

        A hint that means nothing here is kept as text with the signal, and does no harm.
        """
        item_id = self.items.get(report.ci_hint or "")
        named = self.services.get(report.service_hint or "")
        if named is None and item_id is not None:
            return self.nearest.get(item_id), item_id
        return named, item_id

    def by_id(self) -> dict[UUID, KnownService]:
        """Return all the services by their ids."""
        return {one.service_id: one for one in (*self.services.values(), *self.nearest.values())}


async def find_hinted(tx: ReadTx, reports: Sequence[Report], *, now: datetime) -> Hinted:
    """Look up what reports hint at; an item alone stands for the one service nearest to it."""
    hints = {one.service_hint for one in reports if one.service_hint is not None}
    services = await views.find_services_hinted(tx, hints=hints) if hints else {}
    item_hints = {one.ci_hint for one in reports if one.ci_hint is not None}
    items = await item_views.find_items_hinted(tx, hints=item_hints) if item_hints else {}
    alone = dict.fromkeys(
        items[one.ci_hint]
        for one in reports
        if one.ci_hint in items and (one.service_hint or "") not in services
    )
    if not alone:
        return Hinted(services, items, {})
    near = await nearest_services(tx, item_ids=list(alone)[:MOST_ITEMS], instant=now)
    known = await find_services(tx, set(near.values()))
    return Hinted(
        services,
        items,
        {item: known[service] for item, service in near.items() if service in known},
    )


async def find_services(
    tx: ReadTx, service_ids: Collection[UUID | None]
) -> dict[UUID, KnownService]:
    """Return those of some services that are not retired, by their ids; None is none."""
    hints = {str(one) for one in service_ids if one is not None}
    found = await views.find_services_hinted(tx, hints=hints) if hints else {}
    return {one.service_id: one for one in found.values()}
