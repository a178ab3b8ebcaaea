"""What the read models say to people who read changes."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal
from uuid import UUID

from services.change.views.domain import OpenIncident
from shared.schemas import ResponseModel


class ChangeWarning(ResponseModel):
    """Something to know before the work begins: as it is right now, whenever the change was."""

    code: Literal["open-priority-1-incident"]
    service_id: UUID
    incident_id: UUID
    incident_number: str


def warnings_about(
    services: Collection[UUID], incidents: Collection[OpenIncident]
) -> list[ChangeWarning]:
    """Return one warning for each service and each urgent incident that touches it."""
    return [
        ChangeWarning(
            code="open-priority-1-incident",
            service_id=service_id,
            incident_id=incident.id,
            incident_number=incident.number,
        )
        for service_id in services
        for incident in incidents
        if service_id in incident.service_ids
    ]
