"""What a service can rely on, and whether what it names exists: asked of the areas that know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from services.catalog.calendars import queries as calendars
from services.catalog.contacts import queries as contacts
from services.catalog.portfolio.domain.services import Service, Standing
from services.catalog.portfolio.tables import offerings as offering_tables
from services.catalog.portfolio.tables import services as tables
from services.catalog.teams import queries as teams
from shared.db import Tx
from shared.errors import DomainError, Kind

ROLES: Final = ("service_manager_id", "inner_owner_id", "continuity_manager_id")


class OwnerTeamError(DomainError):
    """A service is owned by a team that exists and is active."""

    code = "owner-team-invalid"
    kind = Kind.INVALID
    title = "No such team, or it is retired"


class SupportCalendarError(DomainError):
    """A service is supported by a calendar that exists and is active."""

    code = "support-calendar-invalid"
    kind = Kind.INVALID
    title = "No such calendar, or it is retired"


class ServiceRoleError(DomainError):
    """The people of a service are contacts that exist and are active."""

    code = "service-role-invalid"
    kind = Kind.INVALID
    title = "No such contact, or it is retired"


async def standing_of(tx: Tx, service: Service) -> Standing:
    """Return what a service, whose row this transaction has locked, can rely on now."""
    calendar = service.support_calendar_id
    return Standing(
        owner_active=await teams.team_status(tx, team_id=service.owner_team_id) == "active",
        calendar_active=calendar is not None
        and await calendars.calendar_status(tx, calendar_id=calendar) == "active",
        published_offerings=(await offering_tables.counts(tx, service.id))[1],
        covered=await tables.is_covered(tx, service.id),
    )


async def require_references(tx: Tx, named: Mapping[str, Any]) -> None:
    """Check what a service names: ``named`` holds the fields that are new, null names nothing.

    Raises:
        OwnerTeamError: the team does not exist or is retired.
        SupportCalendarError: the calendar does not exist or is retired.
        ServiceRoleError: one of the people is no contact, or one that is retired.
    """
    team = named.get("owner_team_id")
    if team is not None and await teams.team_status(tx, team_id=team) != "active":
        raise OwnerTeamError(f"There is no active team {team}.", pointer="/owner_team_id")
    calendar = named.get("support_calendar_id")
    if (
        calendar is not None
        and await calendars.calendar_status(tx, calendar_id=calendar) != "active"
    ):
        detail = f"There is no active calendar {calendar}."
        raise SupportCalendarError(detail, pointer="/support_calendar_id")
    for role in ROLES:
        contact = named.get(role)
        if (
            contact is not None
            and await contacts.contact_status(tx, contact_id=contact) != "active"
        ):
            raise ServiceRoleError(f"There is no active contact {contact}.", pointer=f"/{role}")
