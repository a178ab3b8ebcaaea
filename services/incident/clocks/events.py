"""What the world learns about clocks: each event has the whole clock as it stands after it."""

from __future__ import annotations

from typing import Any, ClassVar, Final, Literal, TypeAlias
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

RecordType: TypeAlias = Literal["incident", "service_request"]
Metric: TypeAlias = Literal["response", "update", "resolution", "fulfilment"]
AgreementType: TypeAlias = Literal["sla", "ola", "uc"]
ClockState: TypeAlias = Literal["running", "paused", "met", "breached", "cancelled"]
EXAMPLE: Final[dict[str, Any]] = {
    "clock_id": "0197a0c2-7d31-7c50-8f00-5b6a2f4c1f01",
    "record_type": "incident",
    "record_id": "0197a0c2-7d31-7c50-8f00-5b6a2f4c1e01",
    "record_number": "INC0000042",
    "service_id": "0197a0c2-7d31-7c50-8f00-5b6a2f4c1e02",
    "customer_id": "0197a0c2-7d31-7c50-8f00-5b6a2f4c1e04",
    "team_id": None,
    "supplier_id": None,
    "agreement_id": "0197a0c2-7d31-7c50-8f00-5b6a2f4c1f02",
    "agreement_version": 1,
    "agreement_type": "sla",
    "target_id": "0197a0c2-7d31-7c50-8f00-5b6a2f4c1f03",
    "metric": "resolution",
    "target_seconds": 14400,
    "calendar_id": "0197a0c2-7d31-7c50-8f00-5b6a2f4c1f04",
    "calendar_version": 3,
    "state": "running",
    "running": True,
    "started_at": "2026-03-02T09:00:00Z",
    "stopped_at": None,
    "breached_at": None,
    "deadline": "2026-03-02T13:00:00Z",
    "elapsed_seconds": 0,
    "remaining_seconds": 14400,
    "threshold": None,
    "attribution": [],
    "previous": None,
}
_SHARE: Final = {
    "team_id": "0197a0c2-7d31-7c50-8f00-5b6a2f4c1e03",
    "supplier_id": None,
    "reason": None,
}


def example(**own: Any) -> ConfigDict:  # noqa: ANN401 - any JSON value
    """Return the configuration with an example: a clock of four hours, and what differs."""
    if seconds := own.get("elapsed_seconds"):
        own["remaining_seconds"] = EXAMPLE["target_seconds"] - seconds
        own["attribution"] = [{**_SHARE, "seconds": seconds}]
    return ConfigDict(json_schema_extra={"examples": [{**EXAMPLE, **own}]})


class Attribution(BaseModel, frozen=True, extra="forbid"):
    """Seconds of a clock that a team or supplier had; ``reason`` is the hold it ran on."""

    team_id: UUID | None
    supplier_id: UUID | None
    reason: str | None
    seconds: int


class Before(BaseModel, frozen=True, extra="forbid"):
    """What the clock showed before it was judged anew; the difference is the event's news."""

    state: ClockState
    target_seconds: int
    calendar_version: int | None
    started_at: AwareDatetime
    stopped_at: AwareDatetime | None
    breached_at: AwareDatetime | None
    deadline: AwareDatetime | None
    elapsed_seconds: int


class SlaClockEvent(BaseModel, frozen=True, extra="forbid"):
    """What each event of a clock says: how the clock stands after it.

    Seconds are whole, of the target's calendar; ``calendar_id`` null is real time. ``team_id`` is
    set for an operational level agreement, ``supplier_id`` for an underpinning contract,
    ``customer_id`` for a service level agreement. ``running`` says whether time counts: a breached
    clock runs on until it is stopped. ``deadline`` is null while nothing is due.
    """

    TYPE: ClassVar[str]

    clock_id: UUID
    record_type: RecordType
    record_id: UUID
    record_number: str
    service_id: UUID
    customer_id: UUID | None
    team_id: UUID | None
    supplier_id: UUID | None
    agreement_id: UUID
    agreement_version: int
    agreement_type: AgreementType
    target_id: UUID
    metric: Metric
    target_seconds: int
    calendar_id: UUID | None
    calendar_version: int | None
    state: ClockState
    running: bool
    started_at: AwareDatetime
    stopped_at: AwareDatetime | None
    breached_at: AwareDatetime | None
    deadline: AwareDatetime | None
    elapsed_seconds: int
    remaining_seconds: int
    threshold: int | None
    attribution: tuple[Attribution, ...]
    previous: Before | None = None


class SlaClockStarted(SlaClockEvent):
    """A clock began: a promise of an agreement applies to the record."""

    TYPE = "itsm.sla_clock.started.v1"
    model_config = example()


class SlaClockPaused(SlaClockEvent):
    """Its time does not count for now: on hold for a reason that stops it, or with others."""

    TYPE = "itsm.sla_clock.paused.v1"
    model_config = example(state="paused", running=False, deadline=None, elapsed_seconds=3600)


class SlaClockResumed(SlaClockEvent):
    """Its time counts again, after a pause or because the record was reopened."""

    TYPE = "itsm.sla_clock.resumed.v1"
    model_config = example(deadline="2026-03-02T14:00:00Z", elapsed_seconds=3600)


class SlaClockRetargeted(SlaClockEvent):
    """Another target applies to the same clock, or its period began anew; see ``previous``."""

    TYPE = "itsm.sla_clock.retargeted.v1"
    model_config = example(
        elapsed_seconds=1800,
        previous={
            "state": "running",
            "target_seconds": 28800,
            "calendar_version": 3,
            "started_at": "2026-03-02T09:00:00Z",
            "stopped_at": None,
            "breached_at": None,
            "deadline": "2026-03-02T17:00:00Z",
            "elapsed_seconds": 0,
        },
    )


class SlaClockAtRisk(SlaClockEvent):
    """``threshold`` percent of its target were used up; the event occurred when they were."""

    TYPE = "itsm.sla_clock.at_risk.v1"
    model_config = example(elapsed_seconds=10800, threshold=75)


class SlaClockBreached(SlaClockEvent):
    """Its target is used up; ``breached_at`` is exact however late that was noticed."""

    TYPE = "itsm.sla_clock.breached.v1"
    model_config = example(
        state="breached", breached_at="2026-03-02T13:00:00Z", elapsed_seconds=14400, threshold=100
    )


class SlaClockMet(SlaClockEvent):
    """It was stopped in time."""

    TYPE = "itsm.sla_clock.met.v1"
    model_config = example(
        state="met",
        running=False,
        stopped_at="2026-03-02T11:00:00Z",
        deadline=None,
        elapsed_seconds=7200,
    )


class SlaClockStopped(SlaClockEvent):
    """A breached clock was stopped: it stays breached, and its time ends here."""

    TYPE = "itsm.sla_clock.stopped.v1"
    model_config = example(
        state="breached",
        running=False,
        breached_at="2026-03-02T13:00:00Z",
        stopped_at="2026-03-02T14:00:00Z",
        elapsed_seconds=18000,
    )


class SlaClockCancelled(SlaClockEvent):
    """The promise does not apply (any more); it counts neither as met nor as breached."""

    TYPE = "itsm.sla_clock.cancelled.v1"
    model_config = example(
        state="cancelled", running=False, stopped_at="2026-03-02T09:30:00Z", deadline=None
    )


class SlaClockCorrected(SlaClockEvent):
    """Facts, calendar or agreement turned out otherwise and it was judged anew."""

    TYPE = "itsm.sla_clock.corrected.v1"
    model_config = example(
        started_at="2026-03-02T08:48:00Z",
        deadline="2026-03-02T12:48:00Z",
        elapsed_seconds=720,
        previous={
            "state": "running",
            "target_seconds": 14400,
            "calendar_version": 3,
            "started_at": "2026-03-02T09:00:00Z",
            "stopped_at": None,
            "breached_at": None,
            "deadline": "2026-03-02T13:00:00Z",
            "elapsed_seconds": 0,
        },
    )


PUBLISHED: Final = (
    SlaClockStarted,
    SlaClockPaused,
    SlaClockResumed,
    SlaClockRetargeted,
    SlaClockAtRisk,
    SlaClockBreached,
    SlaClockMet,
    SlaClockStopped,
    SlaClockCancelled,
    SlaClockCorrected,
)
