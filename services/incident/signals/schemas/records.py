"""Integrations and signals as HTTP shows and takes them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints

from services.incident.incidents.schemas.fields import NamedLevel
from services.incident.signals.commands.concluding import Outcome, Receipt
from services.incident.signals.domain.integration import (
    DEFAULT_SEVERITIES,
    Integration,
    SeverityMap,
)
from services.incident.signals.domain.signal import Signal
from services.incident.signals.events import (
    IntegrationKind,
    IntegrationStatus,
    ResolveOn,
    SignalStatus,
    Standing,
)
from shared.schemas import Line, RequestModel, ResponseModel, absent, of_record

MAX_SEVERITIES: Final = 50
Severity = Annotated[str, StringConstraints(pattern=r"^(\*|[a-z0-9][a-z0-9_-]{0,49})$")]


class Weight(RequestModel):
    """The impact and urgency that a severity stands for."""

    impact: NamedLevel
    urgency: NamedLevel


Severities = Annotated[dict[Severity, Weight], Field(max_length=MAX_SEVERITIES)]
"""By severity in lower case; ``*`` is for what is not listed."""
Window = Annotated[int, Field(strict=True, ge=0, le=8760)]
Threshold = Annotated[int, Field(strict=True, ge=1, le=1000)]
WindowSeconds = Annotated[int, Field(strict=True, ge=1, le=86_400)]


class RegisterIntegration(RequestModel):
    """A sender of signals to let in."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "Shop monitoring", "kind": "alertmanager"}]}
    )

    name: Line
    kind: IntegrationKind
    default_service_id: UUID | None = Field(
        default=None, description="Where a signal names no service that is known."
    )
    default_team_id: UUID | None = Field(
        default=None, description="Where no routing rule decides and the service has no owner team."
    )
    resolve_on: ResolveOn = Field(
        default="all", description="Resolve with the last signal that ends, the first, or never."
    )
    reopen_window_hours: Window = Field(
        default=24, description="How long after a resolution a new signal reopens the incident."
    )
    threshold: Threshold = Field(
        default=1, description="How many signals of a group it takes to declare an incident."
    )
    window_seconds: WindowSeconds = Field(
        default=300, description="How close together they must come."
    )
    severities: Severities | None = Field(
        default=None, description="Impact and urgency by severity; null takes the usual ones."
    )

    def fields(self) -> dict[str, Any]:
        """Return what the domain takes."""
        chosen = _pairs(self.severities)
        return {
            **self.model_dump(exclude={"severities"}),
            "severities": DEFAULT_SEVERITIES if chosen is None else chosen,
        }


class ChangeIntegration(RequestModel):
    """A merge patch of an integration."""

    name: Line = absent()
    default_service_id: UUID | None = absent()
    default_team_id: UUID | None = absent()
    resolve_on: ResolveOn = absent()
    reopen_window_hours: Window = absent()
    threshold: Threshold = absent()
    window_seconds: WindowSeconds = absent()
    severities: Severities = absent()

    def changes(self) -> dict[str, Any]:
        """Return the new values of the fields to change."""
        found = self.model_dump(exclude_unset=True, exclude={"severities"})
        if "severities" in self.model_fields_set:
            found["severities"] = _pairs(self.severities)
        return found


class MoveIntegration(RequestModel):
    """The status an integration should have."""

    to: IntegrationStatus


class IntegrationRecord(ResponseModel):
    """A sender of signals; its secret is not kept and cannot be read."""

    id: UUID
    name: str
    kind: IntegrationKind
    intake_path: str
    default_service_id: UUID | None
    default_team_id: UUID | None
    resolve_on: ResolveOn
    reopen_window_hours: int
    threshold: int
    window_seconds: int
    severities: dict[str, Weight]
    status: IntegrationStatus
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, integration: Integration) -> IntegrationRecord:
        """Return what HTTP shows of an integration."""
        return cls.model_validate(_shown(integration))


class SecretRecord(IntegrationRecord):
    """An integration with its new secret, shown this once; null where the answer is repeated."""

    secret: str | None

    @classmethod
    def with_secret(cls, integration: Integration, secret: str | None) -> SecretRecord:
        """Return what HTTP shows right after a secret was made; None in what is kept of that."""
        return cls.model_validate({**_shown(integration), "secret": secret})


class SignalRecord(ResponseModel):
    """A signal: one alert, from its first report to its end."""

    id: UUID
    integration_id: UUID
    fingerprint: str
    status: SignalStatus
    severity: str
    summary: str
    details: str
    service_id: UUID | None
    service_hint: str | None
    ci_id: UUID | None
    ci_hint: str | None
    link: str | None
    raw: str
    incident_id: UUID | None
    count: int
    started_at: datetime
    ended_at: datetime | None
    first_seen_at: datetime
    last_seen_at: datetime
    standing: Standing
    suppressed_by: UUID | None
    suppression_reason: str | None
    version: int

    @classmethod
    def of(cls, signal: Signal) -> SignalRecord:
        """Return what HTTP shows of a signal."""
        return of_record(cls, signal)


class IntakeReceipt(ResponseModel):
    """What became of a delivery; the same delivery again is noted and changes nothing else."""

    outcome: Outcome
    incident_id: UUID | None
    incident_number: str | None
    fresh: int
    repeated: int
    ended: int

    @classmethod
    def of(cls, receipt: Receipt) -> IntakeReceipt:
        """Return what the sender is told."""
        incident = receipt.incident
        return cls(
            outcome=receipt.outcome,
            incident_id=incident.id if incident else None,
            incident_number=incident.number if incident else None,
            fresh=receipt.fresh,
            repeated=receipt.repeated,
            ended=receipt.ended,
        )


def _shown(integration: Integration) -> dict[str, Any]:
    names = IntegrationRecord.model_fields.keys() - {"intake_path", "severities"}
    return {
        **{name: getattr(integration, name) for name in names},
        "intake_path": f"/incident/v1/intake/{integration.kind}/{integration.id}",
        "severities": {
            severity: Weight(impact=impact, urgency=urgency)
            for severity, (impact, urgency) in integration.severities.items()
        },
    }


def _pairs(severities: Mapping[str, Weight] | None) -> SeverityMap | None:
    if severities is None:
        return None
    return {severity: (one.impact, one.urgency) for severity, one in severities.items()}
