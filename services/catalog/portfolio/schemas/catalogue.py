"""A customer's catalogue as HTTP shows it."""

from __future__ import annotations

from uuid import UUID

from services.catalog.portfolio.events import Approval, ServiceKind, ServiceStatus
from services.catalog.portfolio.schemas.offerings import CommitmentRecord, PriceRecord
from shared.schemas import ResponseModel


class CatalogueItem(ResponseModel):
    """Something that can be asked for; its form stands in the request item itself."""

    id: UUID
    name: str
    fulfilment_target_seconds: int | None
    approval: Approval


class CatalogueOffering(ResponseModel):
    """As what the customer has the service, and what can be asked for with it."""

    id: UUID
    name: str
    tier: str
    commitments: list[CommitmentRecord]
    price: PriceRecord | None
    request_items: list[CatalogueItem]


class CatalogueService(ResponseModel):
    """A service that the customer uses, or that an agreement with the customer covers."""

    id: UUID
    number: str
    name_business: str
    description_business: str
    kind: ServiceKind
    status: ServiceStatus
    criticality: int
    support_calendar_id: UUID | None
    offerings: list[CatalogueOffering]
