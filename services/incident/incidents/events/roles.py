"""What the world learns about who has which part in the response to an incident."""

from __future__ import annotations

from pydantic import BaseModel

from services.incident.incidents.events.vocabulary import IncidentEvent, Role, example


class Roles(BaseModel, frozen=True, extra="forbid"):
    """Who has which part in the response; null where nobody has it."""

    commander: str | None
    communications: str | None
    scribe: str | None
    liaison: str | None


class IncidentRoleAssigned(IncidentEvent):
    """Somebody has a part in the response now, or, where ``person`` is null, nobody has it.

    Accepting a major incident names its commander too, and says so in its own event.
    """

    TYPE = "itsm.incident.role_assigned.v1"
    model_config = example(
        role="communications",
        person="jon.berg",
        previous=None,
        roles={
            "commander": "nora.okafor",
            "communications": "jon.berg",
            "scribe": None,
            "liaison": None,
        },
    )

    role: Role
    person: str | None
    previous: str | None
    roles: Roles
