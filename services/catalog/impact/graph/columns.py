"""Dependencies as columns of machine numbers, and what is known of redundancy groups."""

from __future__ import annotations

from array import array
from datetime import datetime
from itertools import pairwise
from typing import Final
from uuid import UUID

from services.catalog.components.domain import DependencyId, FailureMode, GroupId
from services.catalog.impact.graph.rows import (
    Level,
    MapDependency,
    MapGroup,
    MapRowError,
    microseconds,
)

UNGROUPED: Final = -1
_ALWAYS: Final = -(2**63)
_FOREVER: Final = 2**63 - 1
_LOW_HALF: Final = 2**64 - 1


class Dependencies:
    """Each dependency in a slot of every column; a slot that was given up is used again.

    Arrays take a tenth of the room of objects, and the garbage collector does not walk them.
    """

    def __init__(self) -> None:
        self.consumer = array("i")
        self.provider = array("i")
        self.group = array("i")
        """The group's position, or ``UNGROUPED``."""
        self.strength = array("d")
        self.cap = bytearray()
        """The level that passes at most: down, or degraded."""
        self.begins = array("q")
        self.ends = array("q")
        self._high = array("Q")
        self._low = array("Q")
        self._free: list[int] = []

    def add(self, row: MapDependency, *, consumer: int, provider: int, group: int) -> int:
        """Keep a dependency between two positions; return its slot.

        Raises:
            MapRowError: its strength or validity is impossible.
        """
        begins, ends = _require_numbers(row)
        if self._free:
            slot = self._free.pop()
        else:
            slot = len(self.consumer)
            for column in (self.consumer, self.provider, self.group, self.begins, self.ends):
                column.append(0)
            for column in (self._high, self._low):
                column.append(0)
            self.strength.append(0.0)
            self.cap.append(0)
        self.consumer[slot], self.provider[slot], self.group[slot] = consumer, provider, group
        self.strength[slot] = row.strength
        self.cap[slot] = Level.DOWN if row.failure_mode == "down" else Level.DEGRADED
        self.begins[slot], self.ends[slot] = begins, ends
        self._high[slot], self._low[slot] = row.id.int >> 64, row.id.int & _LOW_HALF
        return slot

    def free(self, slot: int) -> None:
        """Give up a slot that no node names any more."""
        self._free.append(slot)

    def number(self, slot: int) -> int:
        """Return the id of the dependency in a slot as one integer, quick to order by."""
        return self._high[slot] << 64 | self._low[slot]

    def id(self, slot: int) -> DependencyId:
        """Return the id of the dependency in a slot."""
        return DependencyId(UUID(int=self.number(slot)))

    def failure_mode(self, slot: int) -> FailureMode:
        """Return what a failure does that passes through a slot."""
        return "down" if self.cap[slot] == Level.DOWN else "degrade"

    def overlapping(self, slots: array[int]) -> DependencyId | None:
        """Return a dependency that two of these slots claim for one instant, if there is one."""
        periods: dict[int, list[tuple[int, int]]] = {}
        for slot in slots:
            own = (self.begins[slot], self.ends[slot])
            periods.setdefault(self.number(slot), []).append(own)
        for number, known in periods.items():
            if len(known) > 1 and _overlap(known):
                return DependencyId(UUID(int=number))
        return None


class Groups:
    """Redundancy groups, each at a position, with whose they are and what they need when."""

    def __init__(self) -> None:
        self.positions: dict[GroupId, int] = {}
        self.ids: list[GroupId] = []
        self.consumer: list[int] = []
        self._periods: list[tuple[tuple[int, int, MapGroup], ...]] = []

    def put(self, periods: tuple[MapGroup, ...], *, consumer: int) -> None:
        """Keep all periods of one group in place of those known before.

        Raises:
            MapRowError: the periods contradict each other or themselves.
        """
        first = periods[0]
        known = [_period(row) for row in periods]
        if any((row.id, row.consumer) != (first.id, first.consumer) for row in periods):
            raise MapRowError(f"Not every row is a period of group {first.id}.")
        if _overlap([(begins, ends) for begins, ends, _ in known]):
            raise MapRowError(f"Two periods of group {first.id} overlap.")
        position = self.positions.setdefault(first.id, len(self.ids))
        if position == len(self.ids):
            self.ids.append(first.id)
            self.consumer.append(consumer)
            self._periods.append(())
        if self.consumer[position] != consumer:
            raise MapRowError(f"Group {first.id} belongs to another node.")
        self._periods[position] = tuple(known)

    def needed(self, group: int, *, size: int, at: int) -> int:
        """Return how many of a group's members must be up at an instant, of so many as it has."""
        for begins, ends, row in self._periods[group]:
            if begins <= at < ends:
                if row.min_up_unit == "count":
                    return min(row.min_up, size)
                return -(-row.min_up * size // 100)
        return size


def _require_numbers(row: MapDependency) -> tuple[int, int]:
    # Written so that a strength that is no number fails as well.
    if not 0.0 <= row.strength <= 1.0:
        raise MapRowError(f"The strength of {row.id} is {row.strength}, not within 0 and 1.")
    begins = microseconds(row.valid_from)
    ends = _instant(row.valid_to, _FOREVER)
    if ends < begins:
        raise MapRowError(f"{row.id} ends before it begins.")
    return begins, ends


def _period(row: MapGroup) -> tuple[int, int, MapGroup]:
    if row.min_up < 0 or (row.min_up_unit == "percent" and row.min_up > 100):
        raise MapRowError(f"Group {row.id} cannot need {row.min_up} {row.min_up_unit}.")
    begins, ends = _instant(row.valid_from, _ALWAYS), _instant(row.valid_to, _FOREVER)
    if ends < begins:
        raise MapRowError(f"Group {row.id} ends before it begins.")
    return begins, ends, row


def _instant(moment: datetime | None, unbounded: int) -> int:
    return unbounded if moment is None else microseconds(moment)


def _overlap(periods: list[tuple[int, int]]) -> bool:
    # An empty period holds at no instant, so it contradicts nothing.
    known = sorted(one for one in periods if one[0] < one[1])
    return any(later[0] < earlier[1] for earlier, later in pairwise(known))
