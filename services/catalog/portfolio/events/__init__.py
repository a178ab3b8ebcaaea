"""What the world learns about services, what they are offered as, and who uses them."""

from __future__ import annotations

from typing import Final

from services.catalog.portfolio.events.items import (
    Approval,
    RequestItemChanged,
    RequestItemPublished,
    RequestItemState,
    RequestItemStatus,
    RequestItemWithdrawn,
)
from services.catalog.portfolio.events.offerings import (
    OfferingChanged,
    OfferingDrafted,
    OfferingPublished,
    OfferingState,
    OfferingStatus,
    OfferingWithdrawn,
    PriceModel,
    PricePeriod,
)
from services.catalog.portfolio.events.services import (
    DataClassification,
    ServiceKind,
    ServicePhase,
    ServiceProposed,
    ServiceRetired,
    ServiceState,
    ServiceStatus,
    ServiceStatusChanged,
    ServiceUpdated,
)
from services.catalog.portfolio.events.uses import (
    ServiceUseEnded,
    ServiceUseStarted,
    ServiceUseState,
)

PUBLISHED: Final = (
    ServiceProposed,
    ServiceUpdated,
    ServiceStatusChanged,
    ServiceRetired,
    OfferingDrafted,
    OfferingPublished,
    OfferingChanged,
    OfferingWithdrawn,
    RequestItemPublished,
    RequestItemChanged,
    RequestItemWithdrawn,
    ServiceUseStarted,
    ServiceUseEnded,
)

__all__ = [
    "PUBLISHED",
    "Approval",
    "DataClassification",
    "OfferingChanged",
    "OfferingDrafted",
    "OfferingPublished",
    "OfferingState",
    "OfferingStatus",
    "OfferingWithdrawn",
    "PriceModel",
    "PricePeriod",
    "RequestItemChanged",
    "RequestItemPublished",
    "RequestItemState",
    "RequestItemStatus",
    "RequestItemWithdrawn",
    "ServiceKind",
    "ServicePhase",
    "ServiceProposed",
    "ServiceRetired",
    "ServiceState",
    "ServiceStatus",
    "ServiceStatusChanged",
    "ServiceUpdated",
    "ServiceUseEnded",
    "ServiceUseStarted",
    "ServiceUseState",
]
