"""A change rebuilt from what was told of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from services.change.changes import events as facts
from services.change.changes.content import Content, PlannedOutage
from services.change.changes.domain import Change, ChangeId


@dataclass(frozen=True, slots=True)
class Told:
    """One event of a change, and when it was so and was recorded."""

    sequence: int
    occurred_at: datetime
    recorded_at: datetime
    event: facts.ChangeEvent


def replayed(told: Sequence[Told]) -> Change:
    """Return the change that its events make, from the first one on, in their order.

    Of the events of its content the first and the last are enough.
    """
    first = told[0]
    assert isinstance(first.event, facts.ChangeRequested)  # noqa: S101 - nothing comes before it
    change = Change(
        id=ChangeId(first.event.change_id),
        number=first.event.number,
        type=first.event.type,
        requester=first.event.requester,
        content=_content(first.event),
        state=first.event.state,
        state_since=first.occurred_at,
        version=first.sequence,
        created_at=first.recorded_at,
        updated_at=first.recorded_at,
    )
    for one in told[1:]:
        change = replace(
            change, version=one.sequence, updated_at=one.recorded_at, **_news(change, one)
        )
    return change


def _news(change: Change, told: Told) -> dict[str, Any]:
    """Return the fields that an event gives another value."""
    event, news = told.event, _own_fields(told)
    if isinstance(event, facts.ChangeUpdated):
        return {"content": _content(event)}
    if event.state != change.state:
        news |= {"state": event.state, "state_since": told.occurred_at}
        news["state_reason"] = getattr(event, "reason", None)
    return news


def _own_fields(told: Told) -> dict[str, Any]:
    """Return what an event of this type says beyond the state that all of them carry."""
    event = told.event
    if isinstance(event, facts.ChangeScheduled):
        return {"authorised_by": event.authorised_by, "authorised_at": told.occurred_at}
    if isinstance(event, facts.ChangeReverted):
        return dict.fromkeys(("risk_level", "assessment", "authorised_by", "authorised_at"))
    if isinstance(event, facts.ChangeOverran):
        return {"overran_at": event.planned_end}
    common = facts.ChangeEvent.model_fields
    kept = Change.__dataclass_fields__
    return {
        name: getattr(event, name)
        for name in type(event).model_fields
        if name in kept and name not in common
    }


def _content(event: facts.ChangeContent) -> Content:
    values = {name: getattr(event, name) for name in Content.__dataclass_fields__}
    values["service_ids"] = tuple(event.service_ids)
    values["planned_outages"] = tuple(
        PlannedOutage(service_id=one.service_id, minutes=one.minutes)
        for one in event.planned_outages
    )
    return Content(**values)
