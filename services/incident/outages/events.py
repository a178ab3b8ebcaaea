"""What the world learns about outages: each event has the whole outage as it stands after it."""

from __future__ import annotations

from typing import Any, ClassVar, Final, Literal, TypeAlias
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

OutageKind: TypeAlias = Literal["outage", "degradation", "planned"]
OutageState: TypeAlias = Literal["open", "ended", "merged"]
_ID: Final = "0197a0c2-7d31-7c50-8f00-5b6a2f4c2a01"
_START: Final = "2026-03-02T09:00:00Z"
_END: Final = "2026-03-02T10:30:00Z"


def _segment(start: str, end: str | None, kind: OutageKind, factor: str) -> dict[str, Any]:
    return {"start": start, "end": end, "kind": kind, "severity_factor": factor}


_EXAMPLE: Final[dict[str, Any]] = {
    "outage_id": _ID,
    "service_id": "0197a0c2-7d31-7c50-8f00-5b6a2f4c1e02",
    "kind": "degradation",
    "incident_id": "0197a0c2-7d31-7c50-8f00-5b6a2f4c1e01",
    "change_id": None,
    "cause_ci_id": None,
    "description": "Orders take a minute each.",
    "segments": [_segment(_START, None, "degradation", "0.5")],
    "affected": [{"customer_id": "0197a0c2-7d31-7c50-8f00-5b6a2f4c1e04", "share": "1"}],
    "others_share": None,
    "started_at": _START,
    "ended_at": None,
    "state": "open",
    "automatic": True,
    "merged_into": None,
}


def _example(**own: Any) -> ConfigDict:  # noqa: ANN401 - any JSON value
    return ConfigDict(json_schema_extra={"examples": [{**_EXAMPLE, **own}]})


class Segment(BaseModel, frozen=True, extra="forbid"):
    """A part of an outage; ``severity_factor`` is decimal text from 0 to 1."""

    start: AwareDatetime
    end: AwareDatetime | None
    kind: OutageKind
    severity_factor: str


class Affected(BaseModel, frozen=True, extra="forbid"):
    """A customer and which share of it feels the outage, decimal text from 0 to 1."""

    customer_id: UUID
    share: str


class OutageEvent(BaseModel, frozen=True, extra="forbid"):
    """What each event of an outage says: how it stands after it.

    ``kind`` is that of the last segment. ``others_share`` is the share of customers that use the
    service and are not named; null: only those that are named are affected.
    """

    TYPE: ClassVar[str]

    outage_id: UUID
    service_id: UUID
    kind: OutageKind
    incident_id: UUID | None
    change_id: UUID | None
    cause_ci_id: UUID | None
    description: str
    segments: tuple[Segment, ...]
    affected: tuple[Affected, ...]
    others_share: str | None
    started_at: AwareDatetime
    ended_at: AwareDatetime | None
    state: OutageState
    automatic: bool
    merged_into: UUID | None


class OutageStarted(OutageEvent):
    """A service went out, or became worse than agreed; it may have ended already."""

    TYPE = "itsm.outage.started.v1"
    model_config = _example()


class OutageChanged(OutageEvent):
    """It became better or worse, took in another one, or more is known of it."""

    TYPE = "itsm.outage.changed.v1"
    model_config = _example(
        kind="outage",
        segments=[
            _segment(_START, "2026-03-02T09:20:00Z", "degradation", "0.5"),
            _segment("2026-03-02T09:20:00Z", None, "outage", "1"),
        ],
    )


class OutageEnded(OutageEvent):
    """The service is what was agreed again."""

    TYPE = "itsm.outage.ended.v1"
    model_config = _example(
        segments=[_segment(_START, _END, "degradation", "0.5")], ended_at=_END, state="ended"
    )


class OutageMerged(OutageEvent):
    """It was the same as another one, which has taken it in and is counted for both."""

    TYPE = "itsm.outage.merged.v1"
    model_config = _example(
        segments=[_segment(_START, _END, "degradation", "0.5")],
        ended_at=_END,
        state="merged",
        merged_into="0197a0c2-7d31-7c50-8f00-5b6a2f4c2a02",
    )


class OutageCorrected(OutageEvent):
    """It began or ended at another time than was noted; ``reason`` says how that is known."""

    TYPE = "itsm.outage.corrected.v1"
    model_config = _example(
        started_at="2026-03-02T08:48:00Z",
        segments=[_segment("2026-03-02T08:48:00Z", None, "degradation", "0.5")],
        reason="The shop's log shows the first failure at 09:48 local time.",
    )

    reason: str


PUBLISHED: Final = (OutageStarted, OutageChanged, OutageEnded, OutageMerged, OutageCorrected)
