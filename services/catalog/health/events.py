"""What the world learns about the health of services."""

from __future__ import annotations

from typing import ClassVar, Final, Literal, TypeAlias
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

Health: TypeAlias = Literal["operational", "degraded", "outage", "maintenance"]


class Cause(BaseModel, frozen=True, extra="forbid"):
    """An outage or a change, and the health that it alone would mean."""

    kind: Literal["outage", "change"]
    id: UUID
    health: Health


class ServiceHealthChanged(BaseModel):
    """A service's own health, or why it is so, changed; ``since`` dates the health.

    The causes are those of whatever health, up to a hundred.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "service_health_id": "01970000-0000-7000-8000-00000000e001",
                    "service_id": "01970000-0000-7000-8000-000000005001",
                    "health": "outage",
                    "previous": "operational",
                    "causes": [
                        {
                            "kind": "outage",
                            "id": "0197a0c2-7d31-7c50-8f00-5b6a2f4c2a01",
                            "health": "outage",
                        }
                    ],
                    "since": "2026-03-02T09:00:00Z",
                }
            ]
        },
    )

    TYPE: ClassVar[str] = "itsm.service_health.changed.v1"

    service_health_id: UUID
    service_id: UUID
    health: Health
    previous: Health
    causes: tuple[Cause, ...]
    since: AwareDatetime


PUBLISHED: Final = (ServiceHealthChanged,)
