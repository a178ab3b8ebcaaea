"""The work queue as HTTP shows it."""

from __future__ import annotations

from datetime import datetime

from services.incident.incidents.schemas.records import IncidentRecord
from shared.schemas import ResponseModel


class QueueItem(ResponseModel):
    """An incident and the nearest deadline of its running clocks; one that is over is past due."""

    next_deadline_at: datetime | None
    incident: IncidentRecord
