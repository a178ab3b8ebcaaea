"""What the world learns about major incidents, and about how priorities are made."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from services.incident.incidents.events.vocabulary import IncidentEvent, example


class IncidentMajorProposed(IncidentEvent):
    """Somebody, or a rule (``automatic``), holds it to be a major incident."""

    TYPE = "itsm.incident.major_proposed.v1"
    model_config = example(reason="Priority 1.", automatic=True)

    reason: str
    automatic: bool


class IncidentMajorAccepted(IncidentEvent):
    """It is a major incident, with somebody in command."""

    TYPE = "itsm.incident.major_accepted.v1"
    model_config = example(
        commander="nora.okafor",
        business_impact="No orders from any customer.",
        next_update_at="2026-03-02T09:30:00Z",
    )

    commander: str
    business_impact: str
    next_update_at: datetime


class IncidentMajorRejected(IncidentEvent):
    """It is not a major incident."""

    TYPE = "itsm.incident.major_rejected.v1"
    model_config = example(reason="One branch only.")

    reason: str


class IncidentMajorStoodDown(IncidentEvent):
    """It is no longer handled as a major incident."""

    TYPE = "itsm.incident.major_stood_down.v1"
    model_config = example(reason="Orders have been normal for an hour.")

    reason: str


class PriorityMatrixChanged(BaseModel):
    """Another priority matrix is in force: ``cells[impact - 1][urgency - 1]`` is the priority."""

    TYPE: ClassVar[str] = "itsm.priority_matrix.changed.v1"
    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "priority_matrix_id": "6a1f3a52-3c8e-5b37-9d57-0e9b0c3f7a10",
                    "cells": [[1, 2, 3], [2, 3, 4], [3, 4, 5]],
                }
            ]
        },
    )

    priority_matrix_id: UUID
    cells: tuple[tuple[int, ...], ...]
