"""An outage: what it says, and what can become of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, NewType
from uuid import UUID

from services.incident.outages import events as said
from services.incident.outages.domain.affected import (
    MAX_AFFECTED,
    Affected,
    decimal_text,
    most_affected,
)
from services.incident.outages.domain.moments import require_past
from services.incident.outages.domain.refusals import (
    OutageMergeError,
    OutageMomentError,
    OutageStateError,
    OutageTooManyPartsError,
)
from services.incident.outages.domain.segments import (
    Segments,
    combine,
    end_at,
    meet,
    start_at,
    vary,
)
from services.incident.outages.events import OutageEvent, OutageKind, OutageState

OutageId = NewType("OutageId", UUID)
MAX_SEGMENTS: Final = 200


@dataclass(frozen=True, slots=True)
class Outage:
    """An outage as it stands; ``version`` counts its events."""

    id: OutageId
    service_id: UUID
    incident_id: UUID | None
    change_id: UUID | None
    cause_ci_id: UUID | None
    description: str
    segments: Segments
    affected: tuple[Affected, ...]
    others_share: Decimal | None
    automatic: bool
    created_at: datetime
    updated_at: datetime
    state: OutageState = "open"
    merged_into: UUID | None = None
    version: int = 1

    @property
    def kind(self) -> OutageKind:
        """Return what the last segment is."""
        return self.segments[-1].kind

    @property
    def started_at(self) -> datetime:
        """Return when it began."""
        return self.segments[0].start

    @property
    def ended_at(self) -> datetime | None:
        """Return when it ended, None while it lasts."""
        return self.segments[-1].end

    @property
    def lasted(self) -> bool:
        """Tell whether there is anything of it to count."""
        return self.started_at != self.ended_at

    def opened(self, *, now: datetime) -> tuple[Outage, list[OutageEvent]]:
        """Return the new outage with its first event; with an end it has ended already.

        Raises:
            OutageMomentError: it begins ahead of now, or ends before it begins or ahead of now.
        """
        require_past(self.started_at, now=now, pointer="/started_at")
        end = self.ended_at
        if end is None:
            return self, [said.OutageStarted(**self.told())]
        require_past(end, now=now, pointer="/ended_at")
        if end <= self.started_at:
            raise OutageMomentError("It ends before it begins.", pointer="/ended_at")
        after = replace(self, state="ended")
        return after, [said.OutageStarted(**after.told())]

    def told(self) -> dict[str, Any]:
        """Return what every event says of the outage."""
        return {
            "outage_id": self.id,
            "service_id": self.service_id,
            "kind": self.kind,
            "incident_id": self.incident_id,
            "change_id": self.change_id,
            "cause_ci_id": self.cause_ci_id,
            "description": self.description,
            "segments": tuple(one.told() for one in self.segments),
            "affected": tuple(one.told() for one in self.affected),
            "others_share": None if self.others_share is None else decimal_text(self.others_share),
            "started_at": self.started_at,
            "ended_at": self.ended_at,
            "state": self.state,
            "automatic": self.automatic,
            "merged_into": self.merged_into,
        }

    def describe(
        self, changes: Mapping[str, Any], *, now: datetime
    ) -> tuple[Outage, list[OutageEvent]]:
        """Change what is said of it, not its times; what changes nothing makes no event.

        Raises:
            OutageStateError: it was merged.
        """
        self._require("open", "ended")
        return self._become(replace(self, **changes), said.OutageChanged, now=now)

    def vary(
        self, kind: OutageKind, factor: Decimal, *, at: datetime | None, now: datetime
    ) -> tuple[Outage, list[OutageEvent]]:
        """Note that it became better or worse: a new segment.

        Raises:
            OutageStateError: it is not open, or an unplanned outage would become planned.
            OutageMomentError: the time lies ahead or before the last segment began.
            OutageTooManyPartsError: it has 200 segments.
        """
        self._require("open")
        if kind == "planned" and self.kind != "planned":
            raise OutageStateError(
                "What was not planned does not become planned.",
                extras={"allowed": ["outage", "degradation"]},
            )
        if len(self.segments) >= MAX_SEGMENTS:
            raise OutageTooManyPartsError(f"An outage has at most {MAX_SEGMENTS} segments.")
        at = self._moment(at, now=now)
        after = replace(self, segments=vary(self.segments, kind, factor, at=at))
        return self._become(after, said.OutageChanged, now=now)

    def end(self, *, at: datetime | None, now: datetime) -> tuple[Outage, list[OutageEvent]]:
        """End it.

        Raises:
            OutageStateError: it is not open.
            OutageMomentError: the time lies ahead or before the last segment began.
        """
        self._require("open")
        at = self._moment(at, now=now)
        after = replace(self, segments=end_at(self.segments, at), state="ended")
        return self._become(after, said.OutageEnded, now=now)

    def end_by_itself(self, *, at: datetime, now: datetime) -> tuple[Outage, list[OutageEvent]]:
        """End an open one at an instant, even one before it became better or worse the last time.

        An instant before it began leaves nothing of it to count.
        """
        self._require("open")
        after = replace(self, segments=end_at(self.segments, at), state="ended")
        return self._become(after, said.OutageEnded, now=now)

    def withdraw(self, *, reason: str, now: datetime) -> tuple[Outage, list[OutageEvent]]:
        """Leave nothing of it to count, because it was none of its service.

        Raises:
            OutageStateError: it was merged.
        """
        if self.state == "open":
            return self.end_by_itself(at=self.started_at, now=now)
        self._require("ended")
        after = replace(self, segments=end_at(self.segments, self.started_at))
        return self._become(after, said.OutageCorrected, now=now, reason=reason)

    def correct(
        self,
        *,
        started_at: datetime | None,
        ended_at: datetime | None,
        reason: str,
        now: datetime,
    ) -> tuple[Outage, list[OutageEvent]]:
        """Say that it began or ended at another time; segments are cut or stretched to fit.

        Raises:
            OutageStateError: it was merged, or has not ended and an end is given.
            OutageMomentError: a time lies ahead, or the start would not lie before the end.
        """
        self._require("open", "ended")
        if ended_at is not None:
            if self.state == "open":
                raise OutageStateError(
                    "It has not ended; end it.", extras={"allowed": ["ended", "merged"]}
                )
            require_past(ended_at, now=now, pointer="/ended_at")
        if started_at is not None:
            require_past(started_at, now=now, pointer="/started_at")
        segments = self.segments
        begin = started_at or self.started_at
        end = ended_at or self.ended_at
        if end is not None and begin >= end:
            raise OutageMomentError(
                "The start must lie before the end.",
                pointer="/ended_at" if ended_at else "/started_at",
            )
        if ended_at is not None and ended_at > segments[0].start:
            segments = end_at(segments, ended_at)
        elif ended_at is not None:
            segments = (replace(segments[0], start=begin, end=ended_at),)
        if started_at is not None:
            segments = start_at(segments, started_at)
        return self._become(
            replace(self, segments=segments), said.OutageCorrected, now=now, reason=reason
        )

    def take_in(
        self, other: Outage, *, now: datetime
    ) -> tuple[Outage, list[OutageEvent], Outage, list[OutageEvent]]:
        """Make another outage of the same service part of this one; return both with their events.

        Raises:
            OutageStateError: one was merged already.
            OutageMergeError: another service, the same outage, no overlap, or only one has ended.
            OutageTooManyPartsError: together they have too many segments or customers.
        """
        self._require("open", "ended")
        other._require("open", "ended")
        if other.id == self.id:
            raise OutageMergeError("An outage cannot take in itself.", pointer="/into")
        if other.service_id != self.service_id:
            raise OutageMergeError("They are of different services.", pointer="/into")
        if other.state != self.state:
            raise OutageMergeError("One has ended and the other has not.", pointer="/into")
        if not meet(self.segments, other.segments):
            raise OutageMergeError("They do not overlap.", pointer="/into")
        segments = combine(self.segments, other.segments)
        affected = most_affected(self.affected, other.affected)
        if len(segments) > MAX_SEGMENTS or len(affected) > MAX_AFFECTED:
            raise OutageTooManyPartsError("Together they have too many segments or customers.")
        shares = [one for one in (self.others_share, other.others_share) if one is not None]
        whole, grown = self._become(
            replace(
                self,
                segments=segments,
                affected=affected,
                others_share=max(shares, default=None),
            ),
            said.OutageChanged,
            now=now,
        )
        closed = other.segments if other.ended_at else end_at(other.segments, now)
        part, gone = other._become(
            replace(other, segments=closed, state="merged", merged_into=self.id),
            said.OutageMerged,
            now=now,
        )
        return whole, grown, part, gone

    def _become(
        self,
        after: Outage,
        event: type[OutageEvent],
        *,
        now: datetime,
        **own: Any,  # noqa: ANN401 - fields of the event
    ) -> tuple[Outage, list[OutageEvent]]:
        if after == self:
            return self, []
        after = replace(after, version=self.version + 1, updated_at=now)
        return after, [event(**after.told(), **own)]

    def _require(self, *states: OutageState) -> None:
        if self.state not in states:
            allowed = {"open": ["ended", "merged"], "ended": ["merged"], "merged": []}
            raise OutageStateError(
                f"The outage is {self.state}.", extras={"allowed": allowed[self.state]}
            )

    def _moment(self, given: datetime | None, *, now: datetime) -> datetime:
        earliest = self.segments[-1].start
        if given is None:
            return max(now, earliest)
        require_past(given, now=now, pointer="/occurred_at")
        if given < earliest:
            raise OutageMomentError(
                f"What went before began at {earliest.isoformat()}.", pointer="/occurred_at"
            )
        return given
