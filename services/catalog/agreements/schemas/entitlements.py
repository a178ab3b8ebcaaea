"""The answer to the question who is covered."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from services.catalog.agreements.events.vocabulary import AgreementStatus, RecordType
from services.catalog.agreements.schemas.records import TargetRecord
from shared.schemas import ResponseModel


class CoveringLine(ResponseModel):
    """A line of an agreement; ``offering_id`` null is the service as a whole."""

    agreement_id: UUID
    number: str
    name: str
    status: AgreementStatus
    agreement_version: int
    offering_id: UUID | None
    priority: int | None
    valid_from: datetime
    valid_to: datetime | None


class CoverInForce(CoveringLine):
    """The line that counts, with its targets and the agreed service time."""

    calendar_id: UUID | None
    targets: list[TargetRecord]


class EntitlementRecord(ResponseModel):
    """Whether a customer is covered for a service at an instant, by what, and until when.

    ``until`` is where the cover ends, by this line and those that follow it without a gap; null
    with ``covered`` says that no end is in sight. ``also`` holds lines that stand behind ``by``.
    """

    customer_id: UUID
    service_id: UUID
    offering_id: UUID | None
    record_type: RecordType
    priority: int | None
    at: datetime
    covered: bool
    by: CoverInForce | None
    until: datetime | None
    also: list[CoveringLine]
