"""What the world learns about who uses which service."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class ServiceUseState(BaseModel):
    """A customer uses a service from ``valid_from`` until just before ``valid_to``.

    ``offering_id`` names what it was offered as, where that is known.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "service_use_id": "01970000-0000-7000-8000-00000000e001",
                    "customer_id": "01970000-0000-7000-8000-00000000c001",
                    "service_id": "01970000-0000-7000-8000-000000005001",
                    "valid_from": "2026-03-02T09:00:00Z",
                    "valid_to": None,
                    "offering_id": "01970000-0000-7000-8000-00000000f001",
                }
            ]
        },
    )

    TYPE: ClassVar[str]

    service_use_id: UUID
    customer_id: UUID
    service_id: UUID
    valid_from: datetime
    valid_to: datetime | None
    offering_id: UUID | None = None


class ServiceUseStarted(ServiceUseState):
    """A customer uses a service, or is going to."""

    TYPE: ClassVar[str] = "itsm.service_use.started.v1"


class ServiceUseEnded(ServiceUseState):
    """It is known when a use ends; ``valid_to`` may lie ahead."""

    TYPE: ClassVar[str] = "itsm.service_use.ended.v1"
