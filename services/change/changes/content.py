"""What a change says: its texts, services, window and plans, and the rules that they obey."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from services.change.changes.events import PlannedOutageFact
from shared.errors import DomainError, Kind

_NEEDED: Final = (
    "service_ids",
    "planned_start",
    "planned_end",
    "implementation_plan",
    "backout_plan",
)


class ChangeContentError(DomainError):
    """What the change says contradicts itself."""

    code = "change-content-contradictory"
    kind = Kind.INVALID
    title = "The change contradicts itself"


class ChangeNotReadyError(DomainError):
    """An authority could not judge the change as it is."""

    code = "change-not-ready"
    kind = Kind.CONFLICT
    title = "The change is not ready for this"


@dataclass(frozen=True, slots=True)
class PlannedOutage:
    """For how many minutes a service is expected to be out."""

    service_id: UUID
    minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What is to be done, to which services, when, and how to get back; texts may be empty.

    The window ``[planned_start, planned_end]`` is aware UTC, and is there as a whole or not at all.
    """

    title: str
    reason: str = ""
    description_technical: str = ""
    description_business: str = ""
    service_ids: tuple[UUID, ...] = ()
    planned_start: datetime | None = None
    planned_end: datetime | None = None
    planned_outages: tuple[PlannedOutage, ...] = ()
    implementation_plan: str = ""
    test_plan: str = ""
    communication_plan: str = ""
    backout_plan: str = ""

    def altered_by(self, changes: Mapping[str, object]) -> list[str]:
        """Return the names of the fields that would be others, in order."""
        return sorted(name for name, value in changes.items() if value != getattr(self, name))

    def require_complete(self, *, allowed: Sequence[str]) -> None:
        """Check that an authority would see what they need; ``allowed`` says where else to go.

        Raises:
            ChangeNotReadyError: it names no service, no window, no plan or no way back.
        """
        missing = [name for name in _NEEDED if _says_nothing(getattr(self, name))]
        if missing:
            raise ChangeNotReadyError(
                f"Before it can be authorised, a change needs {', '.join(missing)}.",
                extras={"missing": missing, "allowed": list(allowed)},
            )

    def check(self) -> None:
        """Check that the parts fit together.

        Raises:
            ChangeContentError: half a window, one that ends before it starts, a service named
                twice, or a planned outage that fits neither the services nor the window.
        """
        length = self._window_length()
        if len(set(self.service_ids)) != len(self.service_ids):
            raise ChangeContentError("A service is named once.", pointer="/service_ids")
        told: set[UUID] = set()
        for place, outage in enumerate(self.planned_outages):
            pointer = f"/planned_outages/{place}"
            if outage.service_id not in self.service_ids:
                raise ChangeContentError(
                    "The change does not name this service.", pointer=f"{pointer}/service_id"
                )
            if outage.service_id in told:
                raise ChangeContentError(
                    "A service has one planned outage.", pointer=f"{pointer}/service_id"
                )
            if length is not None and timedelta(minutes=outage.minutes) > length:
                raise ChangeContentError(
                    "The outage is longer than the window.", pointer=f"{pointer}/minutes"
                )
            told.add(outage.service_id)

    def _window_length(self) -> timedelta | None:
        start, end = self.planned_start, self.planned_end
        if start is None and end is None:
            return None
        if start is None or end is None:
            pointer = "/planned_start" if start is None else "/planned_end"
            raise ChangeContentError("A window has a start and an end.", pointer=pointer)
        if end <= start:
            raise ChangeContentError("A window ends after it starts.", pointer="/planned_end")
        return end - start

    def facts(self) -> dict[str, Any]:
        """Return the part of the content that only the events of the content carry."""
        return {
            "reason": self.reason,
            "description_technical": self.description_technical,
            "description_business": self.description_business,
            "planned_outages": [
                PlannedOutageFact(service_id=one.service_id, minutes=one.minutes)
                for one in self.planned_outages
            ],
            "implementation_plan": self.implementation_plan,
            "test_plan": self.test_plan,
            "communication_plan": self.communication_plan,
            "backout_plan": self.backout_plan,
        }


def _says_nothing(value: object) -> bool:
    return not (value.strip() if isinstance(value, str) else value)
