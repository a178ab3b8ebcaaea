"""Configuration items and redundancy, as far as incidents need them.

They are followed under a name of their own. What reads under a new name begins with the first
event that the bus still has, so most of what a running platform has is learnt without more ado, and
of dependencies, read a second time, the groups that they belong to. A broker keeps two weeks, the
bus inside the process nothing: the catalog's ``republish`` brings what is older, and under a new
name even those events count that had been applied under another one.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from services.incident.views import tables
from shared.db import Tx
from shared.envelope import Event
from shared.inbox import Subscription, on


class ItemSeen(BaseModel, frozen=True):
    """A configuration item as its events tell it."""

    configuration_item_id: UUID
    number: str
    name: str
    kind: str
    item_class: str = Field(alias="class")
    status: str


class GroupSeen(BaseModel, frozen=True):
    """A redundancy group as its events tell it."""

    redundancy_group_id: UUID
    min_up: int
    min_up_unit: Literal["count", "percent"]
    valid_from: AwareDatetime
    valid_to: AwareDatetime | None


class MembershipSeen(BaseModel, frozen=True):
    """The group of a dependency as its events tell it; the first ones knew of none."""

    dependency_id: UUID
    redundancy_group_id: UUID | None = None


async def note_item(tx: Tx, event: Event, body: ItemSeen, _now: datetime) -> None:
    """Keep a configuration item as it is after the event."""
    await tables.note(tx, tables.ITEM, sequence=event.sequence, **dict(body))


async def note_group(tx: Tx, event: Event, body: GroupSeen, _now: datetime) -> None:
    """Keep a redundancy group as it is after the event."""
    await tables.note(tx, tables.GROUP, sequence=event.sequence, **dict(body))


async def note_membership(tx: Tx, _event: Event, body: MembershipSeen, _now: datetime) -> None:
    """Keep the group of a dependency as it is after the event."""
    await tables.keep_membership(
        tx, dependency_id=body.dependency_id, group_id=body.redundancy_group_id
    )


COMPONENTS: Final = Subscription(
    name="incident.components",
    topics=("itsm.catalog.events",),
    reactions=(
        on(
            tuple(
                f"itsm.configuration_item.{fact}.v1"
                for fact in ("registered", "updated", "status_changed", "retired")
            ),
            ItemSeen,
            note_item,
        ),
        on(
            tuple(f"itsm.redundancy_group.{fact}.v1" for fact in ("defined", "changed", "removed")),
            GroupSeen,
            note_group,
        ),
        on(
            tuple(f"itsm.dependency.{fact}.v1" for fact in ("declared", "changed", "removed")),
            MembershipSeen,
            note_membership,
        ),
    ),
)
