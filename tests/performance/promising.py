"""What incidents are promised in a run: a customer, a service of a team, and two agreements.

Written into incident's read model as its subscription would have: by the same code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid4

from services.incident.views import tables
from shared.db import Database, Tx
from tests.performance.stage import Stage

WEEKDAYS: Final = (
    *("monday", "tuesday", "wednesday", "thursday"),
    *("friday", "saturday", "sunday"),
)
HOUR: Final = 3600
LONG_AGO: Final = datetime(2020, 1, 1, tzinfo=UTC)
POOL: Final = 6
WAIT_SECONDS: Final = 10


@dataclass(frozen=True, slots=True)
class Promised:
    """A customer and a service with three targets: response, resolution, and the team's own."""

    customer: UUID = field(default_factory=uuid4)
    service: UUID = field(default_factory=uuid4)
    team: UUID = field(default_factory=uuid4)
    calendar: UUID = field(default_factory=uuid4)


async def database_of(stage: Stage) -> Database:
    """Return a pool for the incident service's tables, as large as a process has."""
    return await Database.open(
        stage.url("incident"),
        service="incident",
        size=POOL,
        wait_seconds=WAIT_SECONDS,
        statement_seconds=WAIT_SECONDS,
    )


async def promise(
    tx: Tx, *, response: int = HOUR, resolution: int = 8 * HOUR, own: int = 4 * HOUR
) -> Promised:
    """Write the promises into the read model; the lengths are seconds of open time.

    The calendar is a real one, with two intervals each day, though they leave no gap.
    """
    made = Promised()
    await tables.note(
        tx,
        tables.CUSTOMER,
        sequence=1,
        customer_id=made.customer,
        number="CUS0000001",
        name="Nordwind Logistics",
        parent_id=None,
        status="active",
    )
    await tables.note(
        tx, tables.TEAM, sequence=1, team_id=made.team, name="Shop platform", status="active"
    )
    await tables.note(
        tx,
        tables.SERVICE,
        sequence=1,
        service_id=made.service,
        number=f"SVC{made.service.int % 10**7:07d}",
        name_business="Online shop",
        name_technical=f"shop-{made.service.hex[:8]}",
        phase="catalogue",
        owner_team_id=made.team,
        criticality=3,
    )
    day = [{"start": "00:00", "end": "12:00"}, {"start": "12:00", "end": "24:00"}]
    await tables.keep_calendar(
        tx,
        sequence=1,
        calendar_id=made.calendar,
        name="Service desk",
        status="active",
        time_zone="Europe/Berlin",
        calendar_version=1,
        weeks=[{"effective_from": None, "hours": dict.fromkeys(WEEKDAYS, day)}],
        days=[],
    )
    to_customer = [
        _target(made, "response", response),
        _target(made, "resolution", resolution, pause_on=["awaiting_caller", "awaiting_supplier"]),
    ]
    await _agree(tx, made, to_customer, customer_id=made.customer, type="sla")
    await _agree(tx, made, [_target(made, "resolution", own)], type="ola", team_id=made.team)
    return made


def _target(made: Promised, metric: str, seconds: int, *, pause_on: Sequence[str] = ()) -> Any:  # noqa: ANN401 - JSON
    return {
        "target_id": uuid4(),
        "agreement_version": 1,
        "metric": metric,
        "seconds": seconds,
        "percent": None,
        "period": None,
        "calendar_id": made.calendar,
        "pause_on": list(pause_on),
        "runs_only_on": [],
        "thresholds": [50, 75, 100],
    }


async def _agree(
    tx: Tx,
    made: Promised,
    targets: list[dict[str, Any]],
    *,
    customer_id: UUID | None = None,
    **party: object,
) -> None:
    agreement_id = uuid4()
    await tables.note(
        tx,
        tables.AGREEMENT,
        sequence=1,
        agreement_id=agreement_id,
        number="AGR0000001",
        name="Gold",
        status="active",
        agreement_version=1,
        **{"team_id": None, "supplier_id": None, **party},
    )
    line = {
        "agreement_id": agreement_id,
        "place": 0,
        "customer_id": customer_id,
        "service_id": made.service,
        "offering_id": None,
        "record_type": "incident",
        "priority": None,
        "agreement_version": 1,
        "target_ids": [one["target_id"] for one in targets],
        "calendar_id": made.calendar,
        "valid_from": LONG_AGO,
        "valid_to": None,
    }
    await tables.replace_terms(
        tx,
        agreement_id,
        targets=[{**one, "agreement_id": agreement_id} for one in targets],
        lines=[line],
    )
