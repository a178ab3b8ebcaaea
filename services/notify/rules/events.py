"""What the world learns about rules."""

from __future__ import annotations

from typing import Any, ClassVar, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

_EXAMPLE: Final[dict[str, Any]] = {
    "rule_id": "0190a000-0000-7000-8000-000000000002",
    "name": "Representatives hear of an impact",
    "status": "enabled",
    "event_types": ["itsm.incident.impact_assessed.v1"],
    "condition": "not_told",
    "audience": "business",
    "recipients": "representatives_in_reach",
    "template": "incident_impact",
    "channels": ["email"],
    "urgency": "high",
}


class RuleChanged(BaseModel):
    """A rule was made, changed, enabled or disabled; the payload is its whole state after that."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", json_schema_extra={"examples": [_EXAMPLE]}
    )
    TYPE: ClassVar[str] = "itsm.rule.changed.v1"

    rule_id: UUID
    name: str
    status: Literal["enabled", "disabled"]
    event_types: list[str]
    condition: Literal["always", "team_changed", "not_told"]
    audience: Literal["business", "technical", "system"]
    recipients: Literal["owner_team", "representatives_in_reach", "told", "webhook_endpoints"]
    template: str
    channels: list[Literal["email", "log", "webhook"]]
    urgency: Literal["high", "low"]


PUBLISHED = (RuleChanged,)
