"""The life of an agreement, and its versions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final, NewType, TypeAlias
from uuid import UUID

from services.catalog.agreements.domain.terms import Terms
from services.catalog.agreements.events.vocabulary import AgreementStatus, AgreementType
from services.catalog.customers.domain import CustomerId
from services.catalog.portfolio.domain import ServiceId
from shared.errors import DomainError, Kind

AgreementId = NewType("AgreementId", UUID)
AgreementRef: TypeAlias = UUID | str
"""An agreement's id, or its number."""
TRANSITIONS: Final[Mapping[AgreementStatus, tuple[AgreementStatus, ...]]] = {
    "draft": ("proposed", "terminated"),
    "proposed": ("agreed", "terminated"),
    "agreed": ("active", "terminated"),
    "active": ("under_review", "terminated"),
    "under_review": ("active", "terminated"),
    "expired": (),
    "terminated": (),
}
"""What somebody may ask for; that an agreement expires is the calendar's doing alone."""
IN_FORCE: Final[frozenset[AgreementStatus]] = frozenset({"active", "under_review"})
MAX_CUSTOMERS: Final = 200
MAX_PARENTS: Final = 20
MAX_VERSIONS: Final = 100


class AgreementNotFoundError(DomainError):
    """No such agreement, or none that the caller may see."""

    code = "agreement-not-found"
    kind = Kind.NOT_FOUND
    title = "No such agreement"


class AgreementTransitionError(DomainError):
    """The agreement's status does not allow this."""

    code = "agreement-transition-not-allowed"
    kind = Kind.CONFLICT
    title = "The agreement's status does not allow this"


class AgreementSettledError(DomainError):
    """What was agreed on is not rewritten; it is amended."""

    code = "agreement-settled"
    kind = Kind.CONFLICT
    title = "The agreement is no draft any more"


class AgreementPartiesError(DomainError):
    """The parties do not fit the type of the agreement."""

    code = "agreement-parties-invalid"
    kind = Kind.INVALID
    title = "The parties do not fit the type of the agreement"


class AgreementPeriodError(DomainError):
    """A beginning or end does not fit the others."""

    code = "agreement-period-invalid"
    kind = Kind.INVALID
    title = "The period of the agreement is not valid"


@dataclass(frozen=True, slots=True)
class Version:
    """One version of the terms: it holds from ``valid_from`` until a newer one begins."""

    agreement_version: int
    valid_from: datetime
    customer_ids: tuple[CustomerId, ...]
    terms: Terms
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Agreement:
    """What was promised to whom; ``version`` counts its events, ``versions`` are of its terms.

    ``valid_to`` is the planned end, later the real one. ``activated_at`` is since when it is known
    to be active. ``reason`` says why it was amended last, or terminated.
    """

    id: AgreementId
    number: str
    name: str
    type: AgreementType
    team_id: UUID | None
    supplier_id: UUID | None
    versions: tuple[Version, ...]
    valid_to: datetime | None
    review_date: date | None
    parent_agreement_ids: tuple[AgreementId, ...]
    created_at: datetime
    updated_at: datetime
    status: AgreementStatus = "draft"
    reason: str | None = None
    agreed_at: datetime | None = None
    activated_at: datetime | None = None
    version: int = 1

    @property
    def newest(self) -> Version:
        """Return the newest version, whether or not it holds yet."""
        return self.versions[-1]

    @property
    def agreement_version(self) -> int:
        """Return the number of the newest version."""
        return self.newest.agreement_version

    @property
    def valid_from(self) -> datetime:
        """Return where the first version begins."""
        return self.versions[0].valid_from

    @property
    def customer_ids(self) -> tuple[CustomerId, ...]:
        """Return the customers of the newest version."""
        return self.newest.customer_ids

    @property
    def service_ids(self) -> tuple[ServiceId, ...]:
        """Return the services of the newest version, ascending."""
        return self.newest.terms.service_ids

    @property
    def begins_by_itself(self) -> bool:
        """Tell whether it waits for its beginning, which lay ahead when the parties agreed."""
        return (
            self.status == "agreed"
            and self.agreed_at is not None
            and self.agreed_at < self.valid_from
        )

    @property
    def is_reserved(self) -> bool:
        """Tell whether its lines keep others from covering the same: since the parties agreed."""
        return self.status == "agreed" or self.activated_at is not None

    def windows(self) -> Iterator[tuple[Version, datetime, datetime | None]]:
        """Return the versions that hold at some time, each with that time, the oldest first."""
        for place, version in enumerate(self.versions):
            ends = [later.valid_from for later in self.versions[place + 1 :]]
            if self.valid_to is not None:
                ends.append(self.valid_to)
            end = min(ends) if ends else None
            if end is None or end > version.valid_from:
                yield version, version.valid_from, end

    def next_wake(self, *, after: datetime) -> datetime | None:
        """Return when something happens by itself: its beginning, another version, or its end.

        What lay before ``after`` and has not been noted yet comes first.
        """
        if self.begins_by_itself:
            return self.valid_from
        if self.status not in IN_FORCE:
            return None
        moments = [begins for _, begins, _ in self.windows() if begins > after]
        if self.valid_to is not None:
            moments.append(self.valid_to)
        return min(moments, default=None)

    def revise(self, changes: Mapping[str, Any]) -> Agreement:
        """Return the draft with other values of some of its fields, those of its version included.

        Raises:
            AgreementSettledError: it is neither a draft nor proposed.
        """
        if self.status not in ("draft", "proposed"):
            detail = f"{self.number} is {self.status}; amend it."
            raise AgreementSettledError(detail)
        inner = {name: changes[name] for name in _OF_VERSION & changes.keys()}
        outer = {name: changes[name] for name in changes.keys() - _OF_VERSION}
        if "terms" in inner:
            inner["terms"] = inner["terms"].named(self.id, 1)
        return replace(self, versions=(replace(self.versions[0], **inner),), **outer)


_OF_VERSION: Final = frozenset({"valid_from", "customer_ids", "terms"})


def require_whole(agreement: Agreement) -> None:
    """Check what must fit together outside the terms.

    Raises:
        AgreementPartiesError: the parties do not fit the type.
        AgreementPeriodError: it would end before it begins.
    """
    _require_parties(agreement)
    if agreement.valid_to is not None and agreement.valid_to <= agreement.valid_from:
        raise AgreementPeriodError("The end lies after the beginning.", pointer="/valid_to")
    parents = agreement.parent_agreement_ids
    pointer = "/parent_agreement_ids"
    if len(parents) > MAX_PARENTS or len(set(parents)) < len(parents):
        detail = f"At most {MAX_PARENTS} agreements, each once."
        raise AgreementPartiesError(detail, pointer=pointer)
    if agreement.id in parents:
        raise AgreementPartiesError("An agreement does not rest on itself.", pointer=pointer)


def _require_parties(agreement: Agreement) -> None:
    customers = agreement.customer_ids
    expected = {"sla": "customer_ids", "ola": "team_id", "uc": "supplier_id"}[agreement.type]
    given: dict[str, bool] = {
        "customer_ids": bool(customers),
        "team_id": agreement.team_id is not None,
        "supplier_id": agreement.supplier_id is not None,
    }
    for field, is_given in given.items():
        if is_given != (field == expected):
            word = "needs" if field == expected else "has no"
            detail = f"An agreement of type {agreement.type} {word} {field}."
            raise AgreementPartiesError(detail, pointer=f"/{field}")
    if len(customers) > MAX_CUSTOMERS or len(set(customers)) < len(customers):
        detail = f"At most {MAX_CUSTOMERS} customers, each once."
        raise AgreementPartiesError(detail, pointer="/customer_ids")
