"""The words and parts that events of agreements are made of."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypeAlias
from uuid import UUID

from pydantic import BaseModel, ConfigDict

AgreementType: TypeAlias = Literal["sla", "ola", "uc"]
AgreementStatus: TypeAlias = Literal[
    "draft", "proposed", "agreed", "active", "under_review", "expired", "terminated"
]
Metric: TypeAlias = Literal[
    "response",
    "update",
    "resolution",
    "fulfilment",
    "availability",
    "max_single_outage",
    "rto",
    "rpo",
]
HoldReason: TypeAlias = Literal[
    "awaiting_caller",
    "awaiting_supplier",
    "awaiting_change",
    "awaiting_problem",
    "scheduled_with_customer",
]
RecordType: TypeAlias = Literal["incident", "service_request", "problem", "change"]
Period: TypeAlias = Literal["month", "quarter", "year"]
PenaltyBasis: TypeAlias = Literal["per_breach", "per_minute_beyond", "below_percent"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class MoneyEntry(_Part):
    """An amount as decimal text, with its ISO 4217 currency."""

    amount: str
    currency: str


class TargetEntry(_Part):
    """One service level target; it belongs to one version of the agreement.

    ``calendar_id`` null means real time, 24 hours on 7 days; ``runs_only_on`` empty means always.
    """

    target_id: UUID
    agreement_version: int
    metric: Metric
    seconds: int | None
    percent: str | None
    period: Period | None
    calendar_id: UUID | None
    pause_on: tuple[HoldReason, ...]
    runs_only_on: tuple[HoldReason, ...]
    thresholds: tuple[int, ...]


class CoverEntry(_Part):
    """One rule of the newest version as it was written; ``priorities`` empty means any."""

    agreement_version: int
    service_ids: tuple[UUID, ...]
    offering_ids: tuple[UUID, ...]
    record_types: tuple[RecordType, ...]
    priorities: tuple[int, ...]
    calendar_id: UUID | None
    target_ids: tuple[UUID, ...]


class LineEntry(_Part):
    """What is promised for one service or offering, record type and priority, and when.

    It holds from ``valid_from`` until just before ``valid_to``; ``priority`` null means any.
    """

    agreement_version: int
    customer_ids: tuple[UUID, ...]
    service_id: UUID
    offering_id: UUID | None
    record_type: RecordType
    priority: int | None
    target_ids: tuple[UUID, ...]
    calendar_id: UUID | None
    valid_from: datetime
    valid_to: datetime | None


class PenaltyEntry(_Part):
    """What a missed target costs the provider."""

    penalty_id: UUID
    agreement_version: int
    metric: Metric
    basis: PenaltyBasis
    threshold: str | None
    price: MoneyEntry
    cap_per_period: MoneyEntry | None
