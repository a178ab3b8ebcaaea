"""Reading the portfolio; what ``known`` answers is for areas above."""

from __future__ import annotations

from services.catalog.portfolio.queries.items import REQUEST_ITEMS
from services.catalog.portfolio.queries.known import (
    offering_statuses,
    service_phases,
    services_of_offerings,
)
from services.catalog.portfolio.queries.offerings import OFFERINGS
from services.catalog.portfolio.queries.services import SERVICES
from services.catalog.portfolio.queries.uses import SERVICE_USES

__all__ = [
    "OFFERINGS",
    "REQUEST_ITEMS",
    "SERVICES",
    "SERVICE_USES",
    "offering_statuses",
    "service_phases",
    "services_of_offerings",
]
