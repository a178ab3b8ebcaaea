"""What HTTP shows of agreements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Annotated, TypeAlias
from uuid import UUID

from pydantic import AfterValidator, StringConstraints

from services.catalog.agreements.domain.agreement import Agreement, Version
from services.catalog.agreements.domain.state import (
    cover_entries,
    penalty_entries,
    state_of,
    target_entries,
)
from services.catalog.agreements.domain.terms import Target
from services.catalog.agreements.events.states import AgreementDrafted, AgreementState
from services.catalog.agreements.events.vocabulary import (
    AgreementStatus,
    AgreementType,
    CoverEntry,
    HoldReason,
    Metric,
    PenaltyBasis,
    PenaltyEntry,
    Period,
    RecordType,
    TargetEntry,
)
from services.catalog.customers.domain import CustomerId
from shared.schemas import ResponseModel, of_record

AgreementRefPath: TypeAlias = (
    UUID
    | Annotated[
        str,
        StringConstraints(pattern=r"^[Aa][Gg][Rr][0-9]{7,18}$"),
        AfterValidator(str.upper),
    ]
)
"""An agreement in a path: its id or its number."""


class TargetRecord(ResponseModel):
    """A target; ``calendar_id`` null is real time."""

    target_id: UUID
    metric: Metric
    seconds: int | None
    percent: str | None
    period: Period | None
    calendar_id: UUID | None
    pause_on: list[HoldReason]
    runs_only_on: list[HoldReason]
    thresholds: list[int]

    @classmethod
    def of(cls, entry: Target | TargetEntry) -> TargetRecord:
        """Return what HTTP shows of a target."""
        return of_record(cls, entry)


class CoverRecord(ResponseModel):
    """A cover with its targets; ``priorities`` empty is any."""

    service_ids: list[UUID]
    offering_ids: list[UUID]
    record_types: list[RecordType]
    priorities: list[int]
    calendar_id: UUID | None
    targets: list[TargetRecord]


class LineRecord(ResponseModel):
    """A resolved line: it holds from ``valid_from`` until just before ``valid_to``."""

    agreement_version: int
    customer_ids: list[UUID]
    service_id: UUID
    offering_id: UUID | None
    record_type: RecordType
    priority: int | None
    target_ids: list[UUID]
    calendar_id: UUID | None
    valid_from: datetime
    valid_to: datetime | None


class MoneyRecord(ResponseModel):
    """An amount."""

    amount: str
    currency: str


class PenaltyRecord(ResponseModel):
    """A penalty."""

    penalty_id: UUID
    metric: Metric
    basis: PenaltyBasis
    threshold: str | None
    price: MoneyRecord
    cap_per_period: MoneyRecord | None

    @classmethod
    def of(cls, entry: PenaltyEntry) -> PenaltyRecord:
        """Return what HTTP shows of a penalty."""
        cap = entry.cap_per_period
        return cls(
            penalty_id=entry.penalty_id,
            metric=entry.metric,
            basis=entry.basis,
            threshold=entry.threshold,
            price=MoneyRecord(**entry.price.model_dump()),
            cap_per_period=None if cap is None else MoneyRecord(**cap.model_dump()),
        )


class AgreementSummary(ResponseModel):
    """An agreement in a list; ``service_ids`` are those of its newest version."""

    id: UUID
    number: str
    name: str
    type: AgreementType
    status: AgreementStatus
    customer_ids: list[UUID]
    service_ids: list[UUID]
    team_id: UUID | None
    supplier_id: UUID | None
    agreement_version: int
    valid_from: datetime
    valid_to: datetime | None
    review_date: date | None
    version: int
    created_at: datetime
    updated_at: datetime


class AgreementRecord(ResponseModel):
    """An agreement: ``covers`` and ``penalties`` are its newest version's, ``lines`` all that hold.

    To a customer's user it shows their customers alone, and none of the agreements behind it.
    """

    id: UUID
    number: str
    name: str
    type: AgreementType
    status: AgreementStatus
    reason: str | None
    customer_ids: list[UUID]
    team_id: UUID | None
    supplier_id: UUID | None
    agreement_version: int
    version_valid_from: datetime
    valid_from: datetime
    valid_to: datetime | None
    review_date: date | None
    parent_agreement_ids: list[UUID]
    agreed_at: datetime | None
    activated_at: datetime | None
    covers: list[CoverRecord]
    penalties: list[PenaltyRecord]
    lines: list[LineRecord]
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, agreement: Agreement) -> AgreementRecord:
        """Return what HTTP shows of an agreement."""
        return cls.told(
            state_of(AgreementDrafted, agreement),
            version=agreement.version,
            created_at=agreement.created_at,
            updated_at=agreement.updated_at,
        )

    @classmethod
    def told(
        cls, state: AgreementState, *, version: int, created_at: datetime, updated_at: datetime
    ) -> AgreementRecord:
        """Return what HTTP shows of an agreement as an event tells it."""
        newest = state.agreement_version
        rebuilt = {"id", "covers", "penalties", "lines", "version", "created_at", "updated_at"}
        penalties = (one for one in state.penalties if one.agreement_version == newest)
        return cls.model_validate(
            {
                **{name: getattr(state, name) for name in cls.model_fields.keys() - rebuilt},
                "id": state.agreement_id,
                "covers": nested(state.covers, state.targets),
                "penalties": [PenaltyRecord.of(one) for one in penalties],
                "lines": [LineRecord.model_validate(one.model_dump()) for one in state.lines],
                "version": version,
                "created_at": created_at,
                "updated_at": updated_at,
            }
        )

    def seen_by(self, visible: frozenset[CustomerId] | None) -> AgreementRecord:
        """Return what somebody bounded to some customers sees of it; None sees all."""
        if visible is None:
            return self
        lines = [
            line.model_copy(update={"customer_ids": _among(line.customer_ids, visible)})
            for line in self.lines
        ]
        return self.model_copy(
            update={
                "customer_ids": _among(self.customer_ids, visible),
                "lines": [line for line in lines if line.customer_ids],
                "parent_agreement_ids": [],
            }
        )


class AgreementVersionRecord(ResponseModel):
    """One version of an agreement's terms.

    It holds from ``valid_from`` until just before ``valid_to``; where the two are the same, another
    version or the end came before it.
    """

    agreement_version: int
    valid_from: datetime
    valid_to: datetime | None
    customer_ids: list[UUID]
    covers: list[CoverRecord]
    penalties: list[PenaltyRecord]
    recorded_at: datetime

    @classmethod
    def of(
        cls,
        version: Version,
        *,
        valid_to: datetime | None,
        visible: frozenset[CustomerId] | None,
    ) -> AgreementVersionRecord:
        """Return what HTTP shows of a version, to somebody bounded to some customers or to all."""
        ids: list[UUID] = list(version.customer_ids)
        return cls(
            agreement_version=version.agreement_version,
            valid_from=version.valid_from,
            valid_to=valid_to,
            customer_ids=ids if visible is None else _among(ids, visible),
            covers=nested(tuple(cover_entries(version)), target_entries(version)),
            penalties=[PenaltyRecord.of(one) for one in penalty_entries(version)],
            recorded_at=version.recorded_at,
        )


def nested(covers: Sequence[CoverEntry], targets: Iterable[TargetEntry]) -> list[CoverRecord]:
    """Return covers with their targets inside."""
    known = {target.target_id: TargetRecord.of(target) for target in targets}
    return [
        CoverRecord(
            service_ids=list(cover.service_ids),
            offering_ids=list(cover.offering_ids),
            record_types=list(cover.record_types),
            priorities=list(cover.priorities),
            calendar_id=cover.calendar_id,
            targets=[known[target_id] for target_id in cover.target_ids],
        )
        for cover in covers
    ]


def _among(ids: Iterable[UUID], visible: frozenset[CustomerId]) -> list[UUID]:
    return [one for one in ids if one in visible]
