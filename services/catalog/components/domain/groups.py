"""Rules of a redundancy group: how many of its members must be up, and that there are so many."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, NewType, TypeAlias
from uuid import UUID

from services.catalog.components.domain.nodes import NodeId, NodeKind
from services.catalog.components.events import (
    RedundancyGroupChanged,
    RedundancyGroupDefined,
    RedundancyGroupRemoved,
    RedundancyGroupState,
)
from shared.errors import DomainError, Kind

GroupId = NewType("GroupId", UUID)
MinUpUnit: TypeAlias = Literal["count", "percent"]
Period: TypeAlias = tuple[datetime, datetime | None]
"""From an instant until just before another one, for ever where that is None."""


class GroupNotFoundError(DomainError):
    """No such redundancy group."""

    code = "redundancy-group-not-found"
    kind = Kind.NOT_FOUND
    title = "No such redundancy group"


class GroupUnknownError(DomainError):
    """A dependency joins a group of its own consumer, while the group is there."""

    code = "redundancy-group-invalid"
    kind = Kind.INVALID
    title = "The consumer has no such redundancy group"


class GroupNameTakenError(DomainError):
    """Another group of the node has this name."""

    code = "redundancy-group-name-taken"
    kind = Kind.CONFLICT
    title = "Another group of this node has the name"


class GroupRemovedError(DomainError):
    """The group was removed, or its planned end is past, so it changes no more."""

    code = "redundancy-group-removed"
    kind = Kind.CONFLICT
    title = "The redundancy group was removed"


class GroupPeriodError(DomainError):
    """A group ends after it begins, and a planned end lies ahead."""

    code = "redundancy-group-period-invalid"
    kind = Kind.INVALID
    title = "The redundancy group cannot end then"


class GroupMemberError(DomainError):
    """A group is made of present dependencies of its own node."""

    code = "redundancy-group-member-invalid"
    kind = Kind.INVALID
    title = "This cannot be a member of the group"


class MinUpError(DomainError):
    """More members would have to be up than the group has."""

    code = "min-up-too-high"
    kind = Kind.INVALID
    title = "The group has fewer members than must be up"


class GroupNeedsMemberError(DomainError):
    """Without this member the group would have fewer than must be up."""

    code = "redundancy-group-needs-member"
    kind = Kind.CONFLICT
    title = "The redundancy group needs this member"


@dataclass(frozen=True, slots=True)
class RedundancyGroup:
    """Providers of one node that stand in for each other; ``version`` counts its events.

    The node runs while ``min_up`` of them do: so many, or so many percent of them, rounded up. It
    holds from ``valid_from`` until just before ``valid_to``; at any other time the node needs
    every one of them.
    """

    id: GroupId
    node_id: NodeId
    node_kind: NodeKind
    name: str
    min_up: int
    min_up_unit: MinUpUnit
    valid_from: datetime
    created_at: datetime
    updated_at: datetime
    valid_to: datetime | None = None
    version: int = 1

    def has_ended(self, now: datetime) -> bool:
        """Tell whether it holds at no instant from ``now`` on."""
        return self.valid_to is not None and self.valid_to <= max(now, self.valid_from)

    def defined(
        self, members: Collection[Period], *, now: datetime
    ) -> tuple[RedundancyGroup, list[RedundancyGroupState]]:
        """Return the new group with its first event; ``members`` says when each of them is there.

        Raises:
            GroupPeriodError: it would end before it begins.
            MinUpError: it would have too few members at some instant from ``now`` on.
        """
        _require_order(self)
        _require_possible(self, members, now=now)
        return self, [RedundancyGroupDefined(**_state(self))]

    def revise(
        self, changes: Mapping[str, Any], members: Collection[Period], *, now: datetime
    ) -> tuple[RedundancyGroup, list[RedundancyGroupState]]:
        """Change what may be changed; a change that changes nothing makes no event.

        Raises:
            GroupRemovedError: it has ended.
            GroupPeriodError: it would end before it begins, or in the past.
            MinUpError: it would have too few members at some instant from ``now`` on.
        """
        self._require_present(now)
        after = replace(self, **changes)
        if after == self:
            return self, []
        if after.valid_to != self.valid_to:
            _require_order(after)
            if after.valid_to is not None and after.valid_to <= now:
                detail = "Plan an end that lies ahead; to end it now, remove it."
                raise GroupPeriodError(detail, pointer="/valid_to")
        _require_possible(after, members, now=now)
        after = replace(after, version=self.version + 1, updated_at=now)
        return after, [RedundancyGroupChanged(**_state(after))]

    def remove(self, *, now: datetime) -> tuple[RedundancyGroup, list[RedundancyGroupState]]:
        """End the group now; what it joined, the node needs every one of from then on.

        Raises:
            GroupRemovedError: it has ended before.
        """
        self._require_present(now)
        after = replace(
            self, valid_to=max(now, self.valid_from), version=self.version + 1, updated_at=now
        )
        return after, [RedundancyGroupRemoved(**_state(after))]

    def require_without(self, rest: Collection[Period], *, now: datetime) -> None:
        """Check that the group can spare who leaves it, or ends earlier than before.

        Raises:
            GroupNeedsMemberError: with ``rest`` it has too few at some instant from ``now`` on.
        """
        if self.has_ended(now):
            return
        left = _fewest(self, rest, now=now)
        if left is not None and left < _least(self):
            detail = (
                f"{left} members would be left of the group {self.name}, which needs"
                f" {_need(self)}: lower what it needs, or remove it, first."
            )
            raise GroupNeedsMemberError(detail)

    def _require_present(self, now: datetime) -> None:
        if self.has_ended(now):
            detail = "The redundancy group was removed; define it anew."
            raise GroupRemovedError(detail, extras={"allowed": []})


def require_group(
    groups: Mapping[GroupId, RedundancyGroup],
    group_id: GroupId,
    *,
    node_id: NodeId,
    now: datetime,
    pointer: str = "/redundancy_group_id",
) -> RedundancyGroup:
    """Return a group of a node that a dependency can join; ``pointer`` is the field that names it.

    Raises:
        GroupUnknownError: there is none, it is another node's, or it has ended.
    """
    group = groups.get(group_id)
    if group is None or group.node_id != node_id or group.has_ended(now):
        detail = f"{node_id} has no present redundancy group {group_id}."
        raise GroupUnknownError(detail, pointer=pointer)
    return group


def fewest(periods: Collection[Period], *, since: datetime, until: datetime | None) -> int | None:
    """Return how many periods hold at once at least, at any instant of a span.

    ``until`` is just after the span, None for ever; a span without an instant gives None.
    """
    if until is not None and until <= since:
        return None
    present = 0
    steps: dict[datetime, int] = {}
    for begin, end in periods:
        if end is not None and end <= max(begin, since):
            continue
        if begin <= since:
            present += 1
        else:
            steps[begin] = steps.get(begin, 0) + 1
        if end is not None:
            steps[end] = steps.get(end, 0) - 1
    least = present
    for moment in sorted(steps):
        if until is not None and moment >= until:
            break
        present += steps[moment]
        least = min(least, present)
    return least


def _least(group: RedundancyGroup) -> int:
    # A share of some members rounds up to one at least.
    return group.min_up if group.min_up_unit == "count" else 1


def _need(group: RedundancyGroup) -> str:
    return f"{group.min_up} percent" if group.min_up_unit == "percent" else str(group.min_up)


def _fewest(group: RedundancyGroup, members: Collection[Period], *, now: datetime) -> int | None:
    return fewest(members, since=max(now, group.valid_from), until=group.valid_to)


def _require_possible(
    group: RedundancyGroup, members: Collection[Period], *, now: datetime
) -> None:
    if group.min_up_unit == "percent" and group.min_up > 100:
        raise MinUpError("At most 100 percent can be up.", pointer="/min_up")
    found = _fewest(group, members, now=now)
    if found is not None and found < _least(group):
        detail = f"{_need(group)} must be up, and the group has {found} members at some time."
        raise MinUpError(detail, pointer="/min_up")


def _require_order(group: RedundancyGroup) -> None:
    if group.valid_to is not None and group.valid_to <= group.valid_from:
        raise GroupPeriodError("A group ends after it begins.", pointer="/valid_to")


_FIELDS = tuple(sorted(RedundancyGroupState.model_fields.keys() - {"redundancy_group_id"}))


def _state(group: RedundancyGroup) -> dict[str, Any]:
    return {"redundancy_group_id": group.id, **{name: getattr(group, name) for name in _FIELDS}}
