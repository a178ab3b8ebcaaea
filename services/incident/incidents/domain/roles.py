"""Who has which part in the response to an incident: the commander and those beside them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, get_args

from services.incident.incidents.domain.incident import OPEN, Incident
from services.incident.incidents.events.roles import IncidentRoleAssigned, Roles
from services.incident.incidents.events.vocabulary import IncidentEvent, Role
from shared.errors import DomainError, Kind

ROLES: Final[tuple[Role, ...]] = get_args(Role)


class RolesOverError(DomainError):
    """The incident is not open: nobody responds to it."""

    code = "incident-roles-over"
    kind = Kind.CONFLICT
    title = "The incident is not open"


class CommanderNeededError(DomainError):
    """A major incident has somebody in command as long as it is one."""

    code = "commander-needed"
    kind = Kind.CONFLICT
    title = "A major incident needs a commander"


def assign_roles(
    incident: Incident, wanted: Mapping[Role, str | None], *, now: datetime
) -> tuple[Incident, list[IncidentEvent]]:
    """Give parts in the response to people, or with None to nobody; one event per change.

    Roles that ``wanted`` does not name stay as they are.

    Raises:
        RolesOverError: the incident is resolved or over.
        CommanderNeededError: a major incident would be without a commander.
    """
    if not wanted:
        return incident, []
    if incident.state not in OPEN:
        raise RolesOverError(
            f"{incident.number} is {incident.state}: roles are given while it is open."
        )
    after, events = incident, list[IncidentEvent]()
    for role in ROLES:
        if role not in wanted or wanted[role] == getattr(after, role):
            continue
        person = wanted[role]
        if role == "commander" and person is None and after.major_state == "accepted":
            raise CommanderNeededError(
                "Name who takes over, or stand the major incident down first.",
                pointer="/roles/commander",
            )
        held = {one: getattr(after, one) for one in ROLES} | {role: person}
        own = {
            "role": role,
            "person": person,
            "previous": getattr(after, role),
            "roles": Roles(**held),
        }
        changes: dict[str, Any] = {role: person}
        after, event = after.then(IncidentRoleAssigned, now=now, own=own, **changes)
        events.append(event)
    return after, events
