"""Rules of the portfolio: ``services``, ``offerings``, ``items``, ``uses``, and ``forms``."""

from __future__ import annotations

from services.catalog.portfolio.domain.items import RequestItem, RequestItemId
from services.catalog.portfolio.domain.offerings import Offering, OfferingId
from services.catalog.portfolio.domain.services import (
    TRANSITIONS,
    Service,
    ServiceId,
)
from services.catalog.portfolio.domain.uses import ServiceUse, ServiceUseId

__all__ = [
    "TRANSITIONS",
    "Offering",
    "OfferingId",
    "RequestItem",
    "RequestItemId",
    "Service",
    "ServiceId",
    "ServiceUse",
    "ServiceUseId",
]
