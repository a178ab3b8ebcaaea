"""When an entry of the timeline really happened: what can be corrected, and between what.

What is a milestone is corrected as one, for the incident itself says when it was. Of the rest each
thing that clocks count by can be moved, as long as it stays in its order: a change of state between
the ones before and after it, a team between those that had the incident before and after, likewise
priorities. Nothing goes before the report. How these lie among one another is not asked: that a
priority was changed before a hold, and not after it, is a correction like any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from services.incident.incidents.domain import milestones
from services.incident.incidents.domain.incident import OPEN, Incident
from services.incident.incidents.domain.lifecycle import Outcome
from services.incident.incidents.domain.milestones import MomentNotPossibleError
from services.incident.incidents.events.relations import (
    CorrectedEntry,
    IncidentTimestampsCorrected,
)
from services.incident.incidents.events.vocabulary import Visibility
from shared.errors import DomainError, Kind

_ENDS: Final = ("resolved", "closed", "cancelled", "merged")
_LIFE: Final = ("put_on_hold", "resumed", "started", "reopened", *_ENDS)
_TEAMS: Final = ("assigned", "reassigned")
_PRIORITIES: Final = ("priority_changed",)
_MILESTONES: Final[Mapping[str, str]] = {
    "declared": "reported_at",
    "acknowledged": "acknowledged_at",
    "milestone_recorded": "identified_at or mitigated_at",
    "resolved": "resolved_at",
    "closed": "closed_at",
}
DECISIVE: Final = (*_LIFE, *_TEAMS, *_PRIORITIES)
"""The kinds of entries that decide between what others can lie."""


class TimeNotCorrectableError(DomainError):
    """There is no such entry, or its time is not corrected so."""

    code = "time-not-correctable"
    kind = Kind.INVALID
    title = "The time of this entry cannot be corrected"


@dataclass(frozen=True, slots=True)
class Told:
    """An entry of the timeline: what it tells of, when that was as far as is known, and to whom."""

    sequence: int
    kind: str
    occurred_at: datetime
    visibility: Visibility
    customer_id: UUID | None


def correct_entry(
    incident: Incident,
    story: Sequence[Told],
    *,
    sequence: int,
    occurred_at: datetime,
    reason: str,
    now: datetime,
) -> Outcome:
    """Say when something really happened that the timeline tells of, also after the end.

    ``story`` has the entry and all decisive ones, by sequence.

    Raises:
        TimeNotCorrectableError: there is no such entry, it is a milestone, or nothing counts by it.
        MomentNotPossibleError: the time lies ahead or out of order; the error says between what.
    """
    known = _as_known(incident, story)
    entry = next((one for one in known if one.sequence == sequence), None)
    if entry is None:
        raise TimeNotCorrectableError(
            f"{incident.number} has no entry {sequence}.", pointer="/sequence"
        )
    _require_correctable(entry, known)
    at = milestones.settle(occurred_at, earliest=None, now=now, pointer="/occurred_at")
    if at == entry.occurred_at:
        return incident, []
    _require_order(incident, entry, known, at)
    changes: dict[str, Any] = {}
    states = [one for one in known if one.kind in (*_LIFE, *_TEAMS)]
    if entry in states and incident.state in OPEN:
        moved = [replace(one, occurred_at=at) if one is entry else one for one in states]
        changes["state_since"] = newest_state(moved, reported_at=incident.reported_at)
    elif states and states[-1] is entry and incident.state_since == entry.occurred_at:
        changes["state_since"] = at
    corrected = CorrectedEntry(
        sequence=entry.sequence,
        kind=entry.kind,
        old=entry.occurred_at,
        new=at,
        # What a customer's user did is not for the eyes of other customers.
        visibility=entry.visibility if entry.customer_id is None else "internal",
    )
    own = {"corrections": (), "entry": corrected, "reason": reason}
    after, event = incident.then(IncidentTimestampsCorrected, now=now, own=own, **changes)
    return after, [event]


def newest_state(story: Iterable[Told], *, reported_at: datetime) -> datetime:
    """Return since when an open incident is in its state, by what its timeline tells.

    Of what was moved among one another that is the latest: what happens next comes after all of it.
    """
    times = (one.occurred_at for one in story if one.kind in (*_LIFE, *_TEAMS))
    return max(times, default=reported_at)


def require_after_reopening(resolved_at: datetime, story: Iterable[Told]) -> None:
    """Check that a resolution in force lies after what took the ones before it back.

    Raises:
        MomentNotPossibleError: it lies before a reopening.
    """
    reopened = [one for one in story if one.kind == "reopened"]
    if reopened and resolved_at < reopened[-1].occurred_at:
        last = reopened[-1]
        bound = _named((last.occurred_at, last.sequence, last.kind))
        raise MomentNotPossibleError(
            f"It can have been not before {bound}.", pointer="/milestones/resolved_at"
        )


def _as_known(incident: Incident, story: Iterable[Told]) -> list[Told]:
    """Return the entries with the times that milestones have by now."""
    known = sorted(story, key=lambda one: one.sequence)
    ends = {"resolved": incident.resolved_at, "closed": incident.closed_at}
    newest = {one.kind: one for one in known if one.kind in ends}
    for kind, one in newest.items():
        if (at := ends[kind]) is not None:
            known[known.index(one)] = replace(one, occurred_at=at)
    return known


def _require_correctable(entry: Told, known: Sequence[Told]) -> None:
    if entry.kind == "commented":
        if entry.visibility == "internal" or entry.customer_id is not None:
            raise TimeNotCorrectableError(
                "No clock counts by a note, nor by what a customer wrote.", pointer="/sequence"
            )
        return
    taken_back = entry.kind == "resolved" and any(
        one.kind == "reopened" and one.sequence > entry.sequence for one in known
    )
    if entry.kind in _MILESTONES and not taken_back:
        name = _MILESTONES[entry.kind]
        raise TimeNotCorrectableError(
            f"Entry {entry.sequence} ({entry.kind}) is a milestone:"
            f" correct {name} by milestone-corrections.",
            pointer="/sequence",
        )
    if entry.kind not in DECISIVE:
        raise TimeNotCorrectableError(
            f"No clock counts by entry {entry.sequence} ({entry.kind}).", pointer="/sequence"
        )


def _require_order(incident: Incident, entry: Told, known: Sequence[Told], at: datetime) -> None:
    kinds = next((group for group in (_LIFE, _TEAMS, _PRIORITIES) if entry.kind in group), ())
    earlier = [one for one in known if one.kind in kinds and one.sequence < entry.sequence]
    later = [one for one in known if one.kind in kinds and one.sequence > entry.sequence]
    if entry.kind in _TEAMS:
        # Nobody is given what is over.
        later += [one for one in known if one.kind in _ENDS and one.sequence > entry.sequence]
    first = max(
        ((one.occurred_at, one.sequence, one.kind) for one in earlier),
        default=(incident.reported_at, 1, "declared"),
    )
    first = max(first, (incident.reported_at, 1, "declared"))
    last = min(((one.occurred_at, one.sequence, one.kind) for one in later), default=None)
    if at < first[0] or (last is not None and at > last[0]):
        bounds = f"not before {_named(first)}"
        if last is not None:
            bounds += f", and not after {_named(last)}"
        raise MomentNotPossibleError(f"It can have been {bounds}.", pointer="/occurred_at")


def _named(bound: tuple[datetime, int, str]) -> str:
    at, sequence, kind = bound
    return f"{at.isoformat()} ({kind}, entry {sequence})"
