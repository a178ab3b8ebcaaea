"""The events of agreements."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from services.catalog.agreements.events.vocabulary import (
    AgreementStatus,
    AgreementType,
    CoverEntry,
    LineEntry,
    PenaltyEntry,
    TargetEntry,
)

_SERVICE: Final = "01970000-0000-7000-8000-000000005001"
_CUSTOMER: Final = "01970000-0000-7000-8000-00000000c001"
_CALENDAR: Final = "01970000-0000-7000-8000-00000000ca01"
_TARGETS: Final = [
    "8f6e3a51-77f0-5d0c-9b4e-0b9f6b1d7a01",
    "8f6e3a51-77f0-5d0c-9b4e-0b9f6b1d7a02",
    "8f6e3a51-77f0-5d0c-9b4e-0b9f6b1d7a03",
]


def _timed(target_id: str, metric: str, seconds: int, pause_on: list[str]) -> dict[str, Any]:
    return {
        "target_id": target_id,
        "agreement_version": 1,
        "metric": metric,
        "seconds": seconds,
        "percent": None,
        "period": None,
        "calendar_id": _CALENDAR,
        "pause_on": pause_on,
        "runs_only_on": [],
        "thresholds": [50, 75, 100],
    }


def _example() -> dict[str, Any]:
    promise = {"agreement_version": 1, "target_ids": _TARGETS, "calendar_id": _CALENDAR}
    return {
        "agreement_id": "01970000-0000-7000-8000-0000000a9001",
        "number": "AGR0000001",
        "name": "Online shop for Nordwind, gold",
        "type": "sla",
        "status": "active",
        "previous_status": "agreed",
        "reason": None,
        "customer_ids": [_CUSTOMER],
        "team_id": None,
        "supplier_id": None,
        "agreement_version": 1,
        "version_valid_from": "2026-03-02T09:00:00Z",
        "valid_from": "2026-03-02T09:00:00Z",
        "valid_to": "2027-03-02T09:00:00Z",
        "review_date": "2026-09-01",
        "parent_agreement_ids": [],
        "agreed_at": "2026-02-20T14:30:00Z",
        "activated_at": "2026-03-02T09:00:00Z",
        "covers": [
            {
                **promise,
                "service_ids": [_SERVICE],
                "offering_ids": [],
                "record_types": ["incident"],
                "priorities": [1],
            }
        ],
        "targets": [
            _timed(_TARGETS[0], "response", 900, []),
            _timed(_TARGETS[1], "resolution", 14400, ["awaiting_caller"]),
            {
                **_timed(_TARGETS[2], "availability", 0, []),
                "seconds": None,
                "percent": "99.9",
                "period": "month",
            },
        ],
        "lines": [
            {
                **promise,
                "customer_ids": [_CUSTOMER],
                "service_id": _SERVICE,
                "offering_id": None,
                "record_type": "incident",
                "priority": 1,
                "valid_from": "2026-03-02T09:00:00Z",
                "valid_to": "2027-03-02T09:00:00Z",
            }
        ],
        "penalties": [
            {
                "penalty_id": "8f6e3a51-77f0-5d0c-9b4e-0b9f6b1d7b01",
                "agreement_version": 1,
                "metric": "availability",
                "basis": "below_percent",
                "threshold": "99.9",
                "price": {"amount": "500.00", "currency": "EUR"},
                "cap_per_period": {"amount": "2000.00", "currency": "EUR"},
            }
        ],
    }


class AgreementState(BaseModel):
    """An agreement as it is after an event; instants are UTC.

    ``targets`` and ``penalties`` are those of all versions, ``covers`` those of the newest.
    ``lines`` are the resolved lines of all versions: a reader replaces all it has of the agreement
    by those of each later event. They are empty until the agreement is active, and cut at its end.
    ``valid_from`` is where the first version begins, ``version_valid_from`` where the newest does.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", json_schema_extra={"examples": [_example()]}
    )

    TYPE: ClassVar[str]

    agreement_id: UUID
    number: str
    name: str
    type: AgreementType
    status: AgreementStatus
    previous_status: AgreementStatus | None
    reason: str | None
    customer_ids: tuple[UUID, ...]
    team_id: UUID | None
    supplier_id: UUID | None
    agreement_version: int
    version_valid_from: datetime
    valid_from: datetime
    valid_to: datetime | None
    review_date: date | None
    parent_agreement_ids: tuple[UUID, ...]
    agreed_at: datetime | None
    activated_at: datetime | None
    covers: tuple[CoverEntry, ...]
    targets: tuple[TargetEntry, ...]
    lines: tuple[LineEntry, ...]
    penalties: tuple[PenaltyEntry, ...]


class AgreementDrafted(AgreementState):
    """Somebody began to write an agreement."""

    TYPE: ClassVar[str] = "itsm.agreement.drafted.v1"


class AgreementRevised(AgreementState):
    """What is not yet agreed on was written anew."""

    TYPE: ClassVar[str] = "itsm.agreement.revised.v1"


class AgreementProposed(AgreementState):
    """The other party has it on the table."""

    TYPE: ClassVar[str] = "itsm.agreement.proposed.v1"


class AgreementAgreed(AgreementState):
    """The parties agree; it is active from its beginning on, or once somebody activates it."""

    TYPE: ClassVar[str] = "itsm.agreement.agreed.v1"


class AgreementActivated(AgreementState):
    """It is active: its lines hold."""

    TYPE: ClassVar[str] = "itsm.agreement.activated.v1"


class AgreementAmended(AgreementState):
    """It has another version of its terms, which holds from ``version_valid_from`` on."""

    TYPE: ClassVar[str] = "itsm.agreement.amended.v1"


class AgreementReviewStarted(AgreementState):
    """The parties look at it together; its lines hold meanwhile."""

    TYPE: ClassVar[str] = "itsm.agreement.review_started.v1"


class AgreementReviewCompleted(AgreementState):
    """The review is over."""

    TYPE: ClassVar[str] = "itsm.agreement.review_completed.v1"


class AgreementExpired(AgreementState):
    """Its planned end was reached."""

    TYPE: ClassVar[str] = "itsm.agreement.expired.v1"


class AgreementTerminated(AgreementState):
    """It was ended before its time, or given up before it was active."""

    TYPE: ClassVar[str] = "itsm.agreement.terminated.v1"


PUBLISHED = (
    AgreementDrafted,
    AgreementRevised,
    AgreementProposed,
    AgreementAgreed,
    AgreementActivated,
    AgreementAmended,
    AgreementReviewStarted,
    AgreementReviewCompleted,
    AgreementExpired,
    AgreementTerminated,
)
