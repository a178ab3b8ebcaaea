"""The portfolio as HTTP shows and takes it."""

from __future__ import annotations

from services.catalog.portfolio.schemas.items import (
    ChangeRequestItem,
    PublishRequestItem,
    RequestItemRecord,
)
from services.catalog.portfolio.schemas.offerings import (
    ChangeOffering,
    DraftOffering,
    OfferingRecord,
)
from services.catalog.portfolio.schemas.services import (
    ChangeService,
    ProposeService,
    ServiceRecord,
)
from services.catalog.portfolio.schemas.uses import ServiceUseRecord, StartServiceUse

__all__ = [
    "ChangeOffering",
    "ChangeRequestItem",
    "ChangeService",
    "DraftOffering",
    "OfferingRecord",
    "ProposeService",
    "PublishRequestItem",
    "RequestItemRecord",
    "ServiceRecord",
    "ServiceUseRecord",
    "StartServiceUse",
]
