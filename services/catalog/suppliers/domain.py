"""Rules of a supplier."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal, NewType, TypeAlias
from uuid import UUID

from services.catalog.calendars.domain import CalendarId
from services.catalog.suppliers.events import SupplierChanged
from shared.errors import DomainError, Kind

SupplierId = NewType("SupplierId", UUID)
SupplierStatus: TypeAlias = Literal["active", "retired"]
TRANSITIONS: Final[Mapping[SupplierStatus, tuple[SupplierStatus, ...]]] = {
    "active": ("retired",),
    "retired": ("active",),
}


class SupplierNotFoundError(DomainError):
    """No such supplier."""

    code = "supplier-not-found"
    kind = Kind.NOT_FOUND
    title = "No such supplier"


class SupplierNameTakenError(DomainError):
    """Another active supplier has this name."""

    code = "supplier-name-taken"
    kind = Kind.CONFLICT
    title = "Another active supplier has this name"


class SupplierTransitionError(DomainError):
    """The supplier's status does not allow this."""

    code = "supplier-transition-not-allowed"
    kind = Kind.CONFLICT
    title = "The supplier's status does not allow this"


class SupportCalendarUnknownError(DomainError):
    """The calendar named as support hours does not exist."""

    code = "support-calendar-unknown"
    kind = Kind.INVALID
    title = "The support hours are no calendar"


class SupportCalendarRetiredError(DomainError):
    """The calendar named as support hours is retired."""

    code = "support-calendar-retired"
    kind = Kind.CONFLICT
    title = "The calendar of the support hours is retired"


@dataclass(frozen=True, slots=True)
class Supplier:
    """Somebody outside who delivers something; ``version`` counts its events.

    ``support_calendar_id`` are the hours in which it works; None means they are not known.
    """

    id: SupplierId
    name: str
    description: str
    support_calendar_id: CalendarId | None
    created_at: datetime
    updated_at: datetime
    status: SupplierStatus = "active"
    version: int = 1

    def registered(self) -> tuple[Supplier, list[SupplierChanged]]:
        """Return the new supplier with its first event."""
        return self, [_changed(self)]

    def revise(
        self, changes: Mapping[str, Any], *, now: datetime
    ) -> tuple[Supplier, list[SupplierChanged]]:
        """Change what may be changed; a change that changes nothing makes no event."""
        return self._become(replace(self, **changes), now=now)

    def move(self, to: SupplierStatus, *, now: datetime) -> tuple[Supplier, list[SupplierChanged]]:
        """Retire the supplier, or make it active again.

        Raises:
            SupplierTransitionError: from its present status it cannot go there.
        """
        allowed = TRANSITIONS[self.status]
        if to not in allowed:
            raise SupplierTransitionError(
                f"A supplier that is {self.status} cannot become {to}.",
                extras={"allowed": list(allowed)},
            )
        return self._become(replace(self, status=to), now=now)

    def _become(self, after: Supplier, *, now: datetime) -> tuple[Supplier, list[SupplierChanged]]:
        if after == self:
            return self, []
        after = replace(after, version=self.version + 1, updated_at=now)
        return after, [_changed(after)]


def _changed(supplier: Supplier) -> SupplierChanged:
    return SupplierChanged(
        supplier_id=supplier.id,
        name=supplier.name,
        description=supplier.description,
        status=supplier.status,
        support_calendar_id=supplier.support_calendar_id,
    )
