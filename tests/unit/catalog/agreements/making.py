"""Agreements for tests of their rules, made at random or plainly."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from services.catalog.agreements.domain import life
from services.catalog.agreements.domain.agreement import Agreement, AgreementId, Version
from services.catalog.agreements.domain.terms import Cover, Target, Terms
from services.catalog.agreements.events.states import AgreementState
from services.catalog.agreements.events.vocabulary import RecordType
from services.catalog.customers.domain import CustomerId
from services.catalog.portfolio.domain import OfferingId, ServiceId

START = datetime(2026, 1, 1, tzinfo=UTC)
CUSTOMERS = [CustomerId(UUID(int=number)) for number in (11, 12)]
SERVICES = [ServiceId(UUID(int=number)) for number in (21, 22)]
OFFERINGS = [OfferingId(UUID(int=number)) for number in (31, 32)]
"""The first is of the first service, the second of the second."""
RECORD_TYPES: list[RecordType] = ["incident", "service_request"]


def day(number: float) -> datetime:
    return START + timedelta(days=number)


def cover(
    *services: ServiceId,
    offerings: tuple[OfferingId, ...] = (),
    priorities: tuple[int, ...] = (),
    **fields: Any,  # noqa: ANN401 - any field
) -> Cover:
    given: dict[str, Any] = {
        "service_ids": services,
        "offering_ids": offerings,
        "record_types": ("incident",),
        "priorities": priorities,
        "calendar_id": None,
        "targets": (Target("response", seconds=900),),
        "offering_services": tuple(SERVICES[OFFERINGS.index(one)] for one in offerings),
    }
    return Cover(**{**given, **fields})


def written(
    *covers: Cover,
    number: int = 1,
    customers: tuple[CustomerId, ...] = (CUSTOMERS[0],),
    valid_from: datetime = START,
    now: datetime = START,
    **fields: Any,  # noqa: ANN401 - any field
) -> tuple[Agreement, list[AgreementState]]:
    version = Version(1, valid_from, customers, Terms(covers or (cover(SERVICES[0]),)), now)
    given: dict[str, Any] = {
        "type": "sla",
        "team_id": None,
        "supplier_id": None,
        "valid_to": None,
        "review_date": None,
        "parent_agreement_ids": (),
    }
    return life.draft(
        Agreement(
            id=AgreementId(UUID(int=number)),
            number=f"AGR{number:07d}",
            name="Gold",
            versions=(version,),
            created_at=now,
            updated_at=now,
            **{**given, **fields},
        )
    )


def active(*covers: Cover, **fields: Any) -> Agreement:  # noqa: ANN401 - any field
    agreement, _ = written(*covers, **fields)
    agreement, _ = life.move(agreement, "proposed", now=START)
    agreement, _ = life.move(agreement, "agreed", now=START)
    agreement, _ = life.begin_if_due(agreement, now=agreement.valid_from)
    if agreement.status == "agreed":
        agreement, _ = life.move(agreement, "active", now=START)
    return agreement


@st.composite
def covers(draw: st.DrawFn) -> tuple[Cover, ...]:
    """Return covers that never promise one thing twice: each takes some cells of a grid."""
    cells = [
        (scope, record_type, priority)
        for scope in (*SERVICES, *OFFERINGS)
        for record_type in RECORD_TYPES
        for priority in (1, 2)
    ]
    chosen = draw(st.lists(st.sampled_from(cells), min_size=1, max_size=6, unique=True))
    found = []
    for place, (scope, record_type, priority) in enumerate(chosen):
        is_offering = scope in OFFERINGS
        found.append(
            cover(
                *(() if is_offering else (ServiceId(UUID(int=scope.int)),)),
                offerings=(OfferingId(UUID(int=scope.int)),) if is_offering else (),
                priorities=(priority,),
                record_types=(record_type,),
                targets=(Target("response", seconds=60 * (place + 1)),),
            )
        )
    return tuple(found)
