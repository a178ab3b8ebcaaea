"""Rules of a contact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal, NewType, TypeAlias
from uuid import UUID

from services.catalog.contacts.events import ContactChanged
from services.catalog.customers.domain import CustomerId
from services.catalog.suppliers.domain import SupplierId
from services.catalog.teams.domain import TeamId
from shared.errors import DomainError, Kind

ContactId = NewType("ContactId", UUID)
ContactStatus: TypeAlias = Literal["active", "retired"]
TRANSITIONS: Final[Mapping[ContactStatus, tuple[ContactStatus, ...]]] = {
    "active": ("retired",),
    "retired": ("active",),
}
REPRESENTATIVE: Final = "representative"


class ContactNotFoundError(DomainError):
    """No such contact, or none that the caller may see."""

    code = "contact-not-found"
    kind = Kind.NOT_FOUND
    title = "No such contact"


class ContactOwnerError(DomainError):
    """The owner of a contact is not one customer, team or supplier that exists."""

    code = "contact-owner-invalid"
    kind = Kind.INVALID
    title = "A contact belongs to one customer, one team or one supplier"


class ContactOwnerInactiveError(DomainError):
    """The customer is inactive, the team or supplier retired, so it gets no new contacts."""

    code = "contact-owner-inactive"
    kind = Kind.CONFLICT
    title = "The contact's customer, team or supplier is not active"


class ContactTransitionError(DomainError):
    """The contact's status does not allow this."""

    code = "contact-transition-not-allowed"
    kind = Kind.CONFLICT
    title = "The contact's status does not allow this"


class ContactUnreachableError(DomainError):
    """An active contact needs an address."""

    code = "contact-unreachable"
    kind = Kind.INVALID
    title = "An active contact needs an e-mail address or a phone number"


class ContactRoleError(DomainError):
    """Only a customer's contact can represent it."""

    code = "contact-role-invalid"
    kind = Kind.INVALID
    title = "The role does not fit this contact"


@dataclass(frozen=True, slots=True)
class Contact:
    """A person, or a shared mailbox, of one customer, one team or one supplier.

    ``version`` counts its events.
    """

    id: ContactId
    name: str
    email: str | None
    phone: str | None
    language: str
    customer_id: CustomerId | None
    team_id: TeamId | None
    supplier_id: SupplierId | None
    roles: tuple[str, ...]
    created_at: datetime
    updated_at: datetime
    status: ContactStatus = "active"
    version: int = 1

    @property
    def represents(self) -> bool:
        """Tell whether the contact speaks for its customer now."""
        return self.status == "active" and REPRESENTATIVE in self.roles

    def registered(self) -> tuple[Contact, list[ContactChanged]]:
        """Return the new contact with its first event.

        Raises:
            ContactOwnerError: not exactly one of customer, team and supplier owns it.
            ContactUnreachableError: it has neither e-mail address nor phone number.
            ContactRoleError: somebody else's contact would represent a customer.
        """
        owners = (self.customer_id, self.team_id, self.supplier_id)
        if sum(owner is not None for owner in owners) != 1:
            detail = "Name one customer, one team or one supplier, and no other beside it."
            raise ContactOwnerError(detail, pointer="/customer_id")
        _require_sound(self)
        return self, [_changed(self)]

    def revise(
        self, changes: Mapping[str, Any], *, now: datetime
    ) -> tuple[Contact, list[ContactChanged]]:
        """Change what may be changed; a change that changes nothing makes no event.

        Raises:
            ContactUnreachableError: active, it would have neither e-mail address nor phone number.
            ContactRoleError: somebody else's contact would represent a customer.
        """
        return self._become(replace(self, **changes), now=now)

    def move(self, to: ContactStatus, *, now: datetime) -> tuple[Contact, list[ContactChanged]]:
        """Retire the contact, or make it active again.

        Raises:
            ContactTransitionError: from its present status it cannot go there.
            ContactUnreachableError: active, it would have neither e-mail address nor phone number.
        """
        allowed = TRANSITIONS[self.status]
        if to not in allowed:
            raise ContactTransitionError(
                f"A contact that is {self.status} cannot become {to}.",
                extras={"allowed": list(allowed)},
            )
        return self._become(replace(self, status=to), now=now)

    def _become(self, after: Contact, *, now: datetime) -> tuple[Contact, list[ContactChanged]]:
        if after == self:
            return self, []
        _require_sound(after)
        after = replace(after, version=self.version + 1, updated_at=now)
        return after, [_changed(after)]


def _require_sound(contact: Contact) -> None:
    if contact.status == "active" and contact.email is None and contact.phone is None:
        raise ContactUnreachableError("Give an e-mail address or a phone number.", pointer="/email")
    if contact.customer_id is None and REPRESENTATIVE in contact.roles:
        detail = "Only a contact of a customer can represent it."
        raise ContactRoleError(detail, pointer="/roles")


def _changed(contact: Contact) -> ContactChanged:
    names = ContactChanged.model_fields.keys() - {"contact_id"}
    return ContactChanged(contact_id=contact.id, **{name: getattr(contact, name) for name in names})
