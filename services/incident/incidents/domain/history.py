"""What happened to an incident elsewhere, told again as facts with their own times.

The guards of live transitions do not bind: a fact was so. What a step would have asked for and the
source does not say is ``unknown``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from services.incident.incidents.domain.incident import OPEN, Incident, IncidentId
from services.incident.incidents.domain.past import UNKNOWN, Past, PastFact
from services.incident.incidents.events import handling as told
from services.incident.incidents.events.vocabulary import IncidentEvent, Visibility


@dataclass(frozen=True, slots=True)
class PastEvent:
    """An event of the past, when it was so, and its words in the timeline (None: the usual)."""

    event: IncidentEvent
    occurred_at: datetime
    words: tuple[Visibility, str] | None = None


class _Telling:
    """Goes through the facts of one incident and tells each change."""

    def __init__(self, past: Past, incident: Incident) -> None:
        self.past = past
        self.incident = incident
        self.group: str | None = None
        self.assigned = False
        self.events: list[PastEvent] = []

    def tell(
        self,
        event: type[IncidentEvent],
        at: datetime,
        *,
        own: dict[str, Any] | None = None,
        words: tuple[Visibility, str] | None = None,
        **changes: Any,  # noqa: ANN401 - fields of the incident
    ) -> None:
        if changes:
            self.incident = replace(self.incident, **changes)
        said = event(**self.incident.told(), **(own or {}))
        self.events.append(PastEvent(said, at, words))

    def declare(self) -> None:
        incident = self.incident
        own = {
            **incident.described(),
            "channel": incident.channel,
            "dedup_key": None,
            "signal_ids": (),
        }
        self.tell(told.IncidentDeclared, incident.reported_at, own=own)

    def apply(self, fact: PastFact) -> None:
        self._weigh(fact)
        self._hand_over(fact)
        if fact.noticed and self.incident.acknowledged_at is None:
            own = {"acknowledged_at": fact.at}
            self.tell(told.IncidentAcknowledged, fact.at, own=own, acknowledged_at=fact.at)
        for count in range(self.incident.reopen_count + 1, fact.reopen_count + 1):
            self.tell(
                told.IncidentReopened,
                fact.at,
                own={"reason": UNKNOWN, "reopen_count": count},
                reopen_count=count,
                state="in_progress",
                state_since=fact.at,
                hold_reason=None,
                follow_up_at=None,
            )
        self._move(fact)

    def _weigh(self, fact: PastFact) -> None:
        now = self.incident
        if (now.impact, now.urgency, now.priority) == (fact.impact, fact.urgency, fact.priority):
            return
        own = {
            "previous_priority": now.priority,
            "previous_impact": now.impact,
            "previous_urgency": now.urgency,
            "source": "override",
            "reason": _as_told(self.past.source),
        }
        self.tell(
            told.IncidentPriorityChanged,
            fact.at,
            own=own,
            impact=fact.impact,
            urgency=fact.urgency,
            priority=fact.priority,
        )

    def _hand_over(self, fact: PastFact) -> None:
        before = (self.group, self.incident.assignee)
        if before == (fact.group, fact.assignee):
            return
        self.group = fact.group
        group, person = fact.group or UNKNOWN, fact.assignee or "nobody"
        if not self.assigned:
            self.assigned = True
            self.tell(
                told.IncidentAssigned,
                fact.at,
                own={"by_routing": False, "external_group": fact.group},
                words=("internal", f"Assigned to group {group}, assignee {person}."),
                assignee=fact.assignee,
            )
            return
        own = {
            "previous_team_id": None,
            "previous_assignee": before[1],
            "external_group": fact.group,
        }
        self.tell(
            told.IncidentReassigned,
            fact.at,
            own=own,
            words=("internal", f"Handed over to group {group}, assignee {person}."),
            assignee=fact.assignee,
        )

    def _move(self, fact: PastFact) -> None:
        before, to, at = self.incident, fact.state, fact.at
        if (before.state, before.hold_reason) == (to, fact.hold_reason):
            return
        changes: dict[str, Any] = {
            "state": to,
            "state_since": at,
            "hold_reason": fact.hold_reason,
            "follow_up_at": None,
        }
        if to == "on_hold":
            # When somebody would look again is not known; the event must say a time.
            self.tell(
                told.IncidentPutOnHold,
                at,
                own={"reason": fact.hold_reason, "follow_up_at": at},
                words=("customer", f"On hold: {fact.hold_reason}; next look unknown."),
                **changes,
            )
        elif to == "resolved":
            self._resolve(at, changes)
        elif to == "closed":
            self._close(at, changes)
        elif to == "cancelled":
            self.tell(told.IncidentCancelled, at, own={"reason": UNKNOWN}, **changes)
        elif before.state == "on_hold":
            own = {"previous_reason": before.hold_reason}
            self.tell(told.IncidentResumed, at, own=own, **changes)
        elif to == "in_progress":
            self.tell(told.IncidentStarted, at, **changes)
        else:
            self._fall_back(at, changes)

    def _fall_back(self, at: datetime, changes: dict[str, Any]) -> None:
        """Tell of a way back that we know no step for."""
        own = {**self.incident.described(), "changed": ("state",), "previous_service_id": None}
        words: tuple[Visibility, str] = ("internal", f"State {changes['state']} again.")
        self.tell(told.IncidentUpdated, at, own=own, words=words, **changes)

    def _resolve(self, at: datetime, changes: dict[str, Any]) -> None:
        own = {
            "resolution_code": self.past.resolution_code,
            "resolution_technical": UNKNOWN,
            "resolution_business": UNKNOWN,
            "workaround": None,
            **self._resolved(at),
        }
        self.tell(told.IncidentResolved, at, own=own, **changes)

    def _resolved(self, at: datetime) -> dict[str, Any]:
        minutes = int((at - self.incident.started_at).total_seconds() // 60)
        return {"resolved_at": at, "minutes_since_start": max(0, minutes)}

    def _close(self, at: datetime, changes: dict[str, Any]) -> None:
        resolved_at = self.past.resolved_at
        if self.incident.state in OPEN and resolved_at is not None:
            # The source closed it in one step and says when it was resolved.
            self._resolve(resolved_at, {**changes, "state": "resolved"})
        own = {
            "automatic": False,
            "closed_at": self.past.closed_at or at,
            "resolution_code": self.past.resolution_code,
        }
        self.tell(told.IncidentClosed, at, own=own, **changes)

    def date_resolution(self) -> None:
        """Give the last resolution the instant that the source names for it."""
        at = self.past.resolved_at
        if at is None:
            return
        for place in range(len(self.events) - 1, -1, -1):
            one = self.events[place]
            if isinstance(one.event, told.IncidentResolved):
                dated = one.event.model_copy(update=self._resolved(at))
                self.events[place] = replace(one, event=dated)
                return


def relate(
    past: Past, *, incident_id: UUID, number: str, now: datetime
) -> tuple[Incident, Sequence[PastEvent]]:
    """Return an incident as its past left it, and the events that tell how it came to that."""
    first = past.facts[0]
    incident = Incident(
        id=IncidentId(incident_id),
        number=number,
        title=past.title,
        description_technical=past.description,
        description_business="",
        channel=past.channel,
        category=past.category,
        caller=past.caller,
        customer_ids=(),
        service_id=None,
        affected_service_ids=(),
        dedup_key=None,
        impact=first.impact,
        urgency=first.urgency,
        priority=first.priority,
        priority_source="matrix" if past.by_matrix else "override",
        priority_reason=None if past.by_matrix else _as_told(past.source),
        assignment_team_id=None,
        state="new",
        state_since=past.reported_at,
        started_at=past.reported_at,
        detected_at=past.reported_at,
        reported_at=past.reported_at,
        version=1,
        created_at=now,
        updated_at=now,
    )
    telling = _Telling(past, incident)
    telling.declare()
    for fact in past.facts:
        telling.apply(fact)
    telling.date_resolution()
    over = telling.incident.state in ("resolved", "closed")
    ended: dict[str, Any] = {
        "resolution_code": past.resolution_code if over else None,
        "resolution_technical": UNKNOWN if over else None,
        "resolution_business": UNKNOWN if over else None,
        "resolved_at": past.resolved_at,
        "closed_at": past.closed_at,
        "reopen_count": past.facts[-1].reopen_count,
        "version": len(telling.events),
    }
    return replace(telling.incident, **ended), telling.events


def _as_told(source: str) -> str:
    return f"As it was in {source}."
