"""Services and their use as entries of a bundle."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel

from services.catalog.bundles.domain.documents import Reference
from services.catalog.bundles.domain.statuses import Statuses
from services.catalog.bundles.kinds.kind import Kind, Rows, Work, by_fields
from services.catalog.portfolio import commands
from services.catalog.portfolio.domain import TRANSITIONS, ServiceId, ServiceUseId
from services.catalog.portfolio.queries import SERVICE_USES, SERVICES
from services.catalog.portfolio.schemas.services import (
    ChangeService,
    ProposeService,
    ServiceRecord,
)
from services.catalog.portfolio.schemas.uses import ServiceUseRecord, StartServiceUse
from shared.db import Tx

_PIPELINE: Final = (
    "requirements",
    "definition",
    "analysis",
    "approved",
    "chartered",
    "design",
    "development",
    "build_test_release",
)


async def _make_service(tx: Tx, body: ProposeService, work: Work) -> UUID:
    made = await commands.propose_service(
        tx,
        service_id=ServiceId(work.new_id()),
        **dict(body),
        actor=work.actor,
        now=work.now,
    )
    return made.id


async def _revise_service(tx: Tx, record_id: UUID, changes: BaseModel, work: Work) -> None:
    await commands.change_service(
        tx,
        ref=record_id,
        expected_version=None,
        changes=changes.model_dump(exclude_unset=True),
        actor=work.actor,
        now=work.now,
    )


async def _move_service(tx: Tx, record_id: UUID, to: Any, work: Work) -> None:  # noqa: ANN401 - checked by the kind's statuses
    await commands.move_service(
        tx, ref=record_id, expected_version=None, to=to, actor=work.actor, now=work.now
    )


async def _make_use(tx: Tx, body: StartServiceUse, work: Work) -> UUID:
    made = await commands.start_service_use(
        tx, use_id=ServiceUseId(work.new_id()), **dict(body), actor=work.actor, now=work.now
    )
    return made.id


async def _end_use(tx: Tx, record_id: UUID, _to: str, work: Work) -> None:
    await commands.end_service_use(
        tx,
        use_id=ServiceUseId(record_id),
        expected_version=None,
        valid_to=None,
        actor=work.actor,
        now=work.now,
    )


def over_or_not(over: str, otherwise: str = "present") -> Any:  # noqa: ANN401 - a function
    """Return how a record with an end says whether it is over."""

    def status_of(record: BaseModel, now: datetime) -> str:
        end: datetime | None = record.valid_to  # type: ignore[attr-defined]  # it has an end
        return over if end is not None and end <= now else otherwise

    return status_of


def until_after_now(column: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """Return the condition that something has not ended yet."""
    now = sa.bindparam("now", type_=sa.DateTime(timezone=True))
    return sa.or_(column.is_(None), column > now)


def _use_key(value: Mapping[str, Any]) -> str:
    return f"{value.get('customer')}:{value.get('service')}"


SERVICE: Final = Kind(
    name="service",
    model=ProposeService,
    patch=ChangeService,
    rows=Rows(SERVICES, by_fields(ServiceRecord), present=SERVICES.filters["phase"] != "retired"),
    make=_make_service,
    revise=_revise_service,
    move=_move_service,
    references=(
        Reference(("owner_team",), "owner_team_id", ("team",)),
        Reference(("support_calendar",), "support_calendar_id", ("calendar",)),
        Reference(("service_manager",), "service_manager_id", ("contact",)),
        Reference(("inner_owner",), "inner_owner_id", ("contact",)),
        Reference(("continuity_manager",), "continuity_manager_id", ("contact",)),
    ),
    statuses=Statuses(
        TRANSITIONS,
        "build_test_release",
        endings=frozenset({"retired", "obsolete", "cancelled"}),
        final=frozenset({"retired", "obsolete", "cancelled"}),
        born={
            **{status: status for status in _PIPELINE},
            **dict.fromkeys(
                ("operational", "retiring", "retired", "obsolete"), "build_test_release"
            ),
        },
        asked=True,
    ),
    late=True,
)
SERVICE_USE: Final = Kind(
    name="service_use",
    model=StartServiceUse,
    rows=Rows(
        SERVICE_USES,
        by_fields(ServiceUseRecord),
        present=until_after_now(SERVICE_USES.filters["valid_to"]),
    ),
    make=_make_use,
    move=_end_use,
    references=(
        Reference(("customer",), "customer_id", ("customer",)),
        Reference(("service",), "service_id", ("service",)),
        Reference(("offering",), "offering_id", ("offering",)),
    ),
    statuses=Statuses(
        {"present": ("ended",), "ended": ()},
        "present",
        endings=frozenset({"ended"}),
        final=frozenset({"ended"}),
    ),
    status_of=over_or_not("ended"),
    only_given=frozenset({"valid_from", "valid_to"}),
    derive=_use_key,
)
