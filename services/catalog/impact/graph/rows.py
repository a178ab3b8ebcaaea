"""What the map is made of, and what may be asked of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import IntEnum
from typing import Final, NamedTuple

from services.catalog.components.domain import (
    DependencyId,
    FailureMode,
    GroupId,
    MinUpUnit,
    NodeId,
)
from shared.errors import DomainError, Kind

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class Level(IntEnum):
    """How badly a node is hit; a higher one is worse."""

    OPERATIONAL = 0
    DEGRADED = 1
    DOWN = 2


class MapRowError(DomainError):
    """A row does not fit on the map."""

    code = "map-row-invalid"
    kind = Kind.INVALID
    title = "A row does not fit on the map"


class MapQuestionError(DomainError):
    """The map cannot be asked this."""

    code = "map-question-invalid"
    kind = Kind.INVALID
    title = "The map cannot be asked this"


class MapChangedError(DomainError):
    """An answer is older than the map that should explain it."""

    code = "map-changed"
    kind = Kind.UNAVAILABLE
    title = "The map changed in between"


# Rows and answers come by the hundred thousand; a named tuple costs a third of a frozen dataclass.
class MapNode(NamedTuple):
    """A service or a configuration item; ``label`` is what people call it."""

    id: NodeId
    kind: str
    label: str


class MapGroup(NamedTuple):
    """A redundancy group: the consumer runs while ``min_up`` of its members do.

    Members are the providers of the dependencies that name the group. ``min_up`` is a number of
    members, or a percentage of them that rounds up. More than there are members at an instant
    means all of them. A row holds from ``valid_from`` until just before ``valid_to``; None is
    unbounded. Where no row of a group holds, every member is needed.
    """

    id: GroupId
    consumer: NodeId
    min_up: int
    min_up_unit: MinUpUnit = "count"
    valid_from: datetime | None = None
    valid_to: datetime | None = None


class MapDependency(NamedTuple):
    """A dependency during one period: the consumer rests on the provider.

    ``strength`` is the probability, 0 to 1, that a failure passes. It holds from ``valid_from``
    until just before ``valid_to``, for ever where that is None. A dependency that was changed has
    one row per period, none overlapping, each with the facts of its time.
    """

    id: DependencyId
    consumer: NodeId
    provider: NodeId
    strength: float
    failure_mode: FailureMode
    group: GroupId | None
    valid_from: datetime
    valid_to: datetime | None = None


def microseconds(moment: datetime) -> int:
    """Return an aware instant as microseconds since 1970.

    Raises:
        MapQuestionError: the instant has no zone.
    """
    if moment.tzinfo is None:
        raise MapQuestionError("An instant needs a zone.")
    return (moment - _EPOCH) // _MICROSECOND


def require_depth(depth: int | None) -> None:
    """Check how far a question may go, in dependencies; None is as far as it gets.

    Raises:
        MapQuestionError: it is less than 1.
    """
    if depth is not None and depth < 1:
        raise MapQuestionError("Look at least one dependency far.", pointer="depth")
