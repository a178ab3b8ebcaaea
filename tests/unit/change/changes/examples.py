"""A change that could go all the way, and one call for each step of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

from services.change.changes.content import Content
from services.change.changes.domain import Change, ChangeId, Moved
from services.change.changes.events import ChangeEvent, State
from services.change.changes.lifecycle import Act

BEGIN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SHOP = UUID(int=1)
TOLERANCE = timedelta(minutes=15)
WHOLE = Content(
    title="Replace the storage",
    service_ids=(SHOP,),
    planned_start=BEGIN + timedelta(hours=4),
    planned_end=BEGIN + timedelta(days=6),
    implementation_plan="One node after the other.",
    backout_plan="Back to the old array.",
)


def request(content: Content = WHOLE) -> tuple[Change, ChangeEvent]:
    change, [event] = Change.request(
        change_id=ChangeId(UUID(int=7)),
        number="CHG0000007",
        kind="normal",
        requester="asker",
        content=content,
        now=BEGIN,
    )
    return change, event


def requested(content: Content = WHOLE) -> Change:
    return request(content)[0]


def act(
    by: str = "boss",
    *,
    authority: bool = True,
    now: datetime = BEGIN,
    occurred_at: datetime | None = None,
) -> Act:
    return Act(
        by=by, authority=authority, now=now, start_tolerance=TOLERANCE, occurred_at=occurred_at
    )


STEPS: Mapping[State, Callable[[Change, Act], Moved]] = {
    "assess": Change.submit,
    "authorize": lambda change, by: change.assess(by, risk_level="low", assessment=""),
    "scheduled": Change.authorise,
    "rejected": lambda change, by: change.reject(by, reason="no"),
    "draft": lambda change, by: change.revert(by, reason="again"),
    "cancelled": lambda change, by: change.cancel(by, reason="gone"),
    "implement": Change.start,
    "review": lambda change, by: change.finish(by, outcome="successful", outcome_text=""),
    "closed": lambda change, by: change.close(by, close_code="successful", review_text="fine"),
}
AT: Mapping[State, datetime] = {"implement": BEGIN + timedelta(hours=4)}


def brought_to(state: State, content: Content = WHOLE) -> Change:
    """Return a change that came to a state by the shortest way."""
    path: list[State] = ["assess", "authorize", "scheduled", "implement", "review", "closed"]
    if state in ("rejected", "cancelled"):
        path = ["assess", "authorize", state]
    change, now = requested(content), BEGIN
    for to in path[: path.index(state) + 1] if state != "draft" else []:
        now = max(now, AT.get(to, now))
        change, _ = STEPS[to](change, act(now=now))
    assert change.state == state
    return change
