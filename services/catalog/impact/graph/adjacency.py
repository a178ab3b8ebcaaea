"""The map itself: nodes, and per node the dependencies it carries and those it rests on."""

from __future__ import annotations

from array import array
from collections.abc import Container, Iterable, Iterator

from services.catalog.components.domain import (
    DependencyId,
    GroupId,
    NodeId,
    NodeUnknownError,
    SelfDependencyError,
)
from services.catalog.impact.graph.columns import UNGROUPED, Dependencies, Groups
from services.catalog.impact.graph.rows import (
    MapChangedError,
    MapDependency,
    MapGroup,
    MapNode,
    MapRowError,
)


class ServiceMap:
    """Every node, dependency and redundancy group, each under a small integer.

    The attributes are for the modules of this package, which read them in their inner loops; from
    outside, build the map, change it with the methods and ask the modules.
    """

    def __init__(self) -> None:
        self.revision = 0
        """Counts the changes, so that an answer can tell whether it is still of this map."""
        self.positions: dict[NodeId, int] = {}
        self.nodes: list[MapNode] = []
        self.dependencies = Dependencies()
        self.groups = Groups()
        self.carries: list[array[int]] = []
        """By position of a provider: the slots of the dependencies on it."""
        self.rests_on: list[array[int]] = []
        """By position of a consumer: the slots of its dependencies."""

    @classmethod
    def build(
        cls,
        nodes: Iterable[MapNode],
        groups: Iterable[MapGroup],
        dependencies: Iterable[MapDependency],
    ) -> ServiceMap:
        """Return the map of these rows; a group or dependency may have several, one per period.

        Raises:
            NodeUnknownError: an end is not among the nodes.
            SelfDependencyError: both ends are the same.
            MapRowError: a row contradicts itself or another.
        """
        new = cls()
        for node in nodes:
            new.put_node(node)
        periods: dict[GroupId, list[MapGroup]] = {}
        for group in groups:
            periods.setdefault(group.id, []).append(group)
        for rows in periods.values():
            new.put_group(*rows)
        new.add(dependencies)
        for slots in new.rests_on:
            new._require_one_at_a_time(slots)
        return new

    def put_node(self, node: MapNode) -> None:
        """Place a node on the map, or give the one that is there its new kind and label."""
        self.revision += 1
        position = self.positions.setdefault(node.id, len(self.nodes))
        if position < len(self.nodes):
            self.nodes[position] = node
            return
        self.nodes.append(node)
        self.carries.append(array("i"))
        self.rests_on.append(array("i"))

    def put_group(self, *periods: MapGroup) -> None:
        """Place a redundancy group, or replace all that was known of it; name all its periods.

        Raises:
            NodeUnknownError: its consumer is not on the map.
            MapRowError: the periods contradict each other, or ``min_up`` is out of range.
        """
        self.groups.put(periods, consumer=self.position(periods[0].consumer))
        self.revision += 1

    def put_dependency(self, *periods: MapDependency) -> None:
        """Place a dependency, or replace all that was known of it; name all its periods.

        Its consumer never changes: who rests on something else declares another dependency. A
        refused change leaves the map as it was.

        Raises:
            NodeUnknownError: an end is not on the map.
            SelfDependencyError: both ends are the same.
            MapRowError: the periods contradict each other, or a number is out of range.
        """
        first = periods[0]
        if any((row.id, row.consumer) != (first.id, first.consumer) for row in periods):
            raise MapRowError(f"Not every row is a period of dependency {first.id}.")
        # Counted even if it is refused: a slot may have been given up and used again.
        self.revision += 1
        before = self._slots(first.id, self.position(first.consumer))
        added = array("i")
        try:
            for row in periods:
                added.append(self._add(row))
            self._require_one_at_a_time(added)
        except Exception:
            self._remove(added)
            raise
        self._remove(before)

    def add(self, dependencies: Iterable[MapDependency]) -> None:
        """Place dependencies that are not there yet: quicker than ``put_dependency``, unchecked.

        Raises:
            NodeUnknownError: an end is not on the map.
            SelfDependencyError: both ends are the same.
            MapRowError: a number is out of range, or the group is not the consumer's.
        """
        self.revision += 1
        for dependency in dependencies:
            self._add(dependency)

    def drop_dependency(self, dependency_id: DependencyId, *, consumer: NodeId) -> bool:
        """Forget a dependency of a consumer with all its periods; tell whether it was there.

        Raises:
            NodeUnknownError: the consumer is not on the map.
        """
        slots = self._slots(dependency_id, self.position(consumer))
        self.revision += 1
        self._remove(slots)
        return bool(slots)

    def position(self, node: NodeId) -> int:
        """Return a node's small integer.

        Raises:
            NodeUnknownError: it is not on the map.
        """
        try:
            return self.positions[node]
        except KeyError:
            raise NodeUnknownError(f"There is nothing {node} on the map.") from None

    def require_revision(self, revision: int) -> None:
        """Check that nothing changed since an answer was found.

        Raises:
            MapChangedError: something did.
        """
        if revision != self.revision:
            raise MapChangedError("The map changed since this was answered: ask again.")

    def consumers(self, position: int, at: int, among: Container[int]) -> list[int]:
        """Return who of some nodes rests on a node at an instant, through any dependency."""
        columns = self.dependencies
        begins, ends, strength = columns.begins, columns.ends, columns.strength
        consumer = columns.consumer
        return [
            consumer[slot]
            for slot in self.carries[position]
            if begins[slot] <= at < ends[slot] and strength[slot] and consumer[slot] in among
        ]

    def foundations(self, position: int, at: int) -> Iterator[int]:
        """Yield the slots of what a node rests on at an instant; strength 0 carries nothing."""
        columns = self.dependencies
        for slot in self.rests_on[position]:
            if columns.begins[slot] <= at < columns.ends[slot] and columns.strength[slot]:
                yield slot

    def members(self, group: int, at: int) -> list[int]:
        """Return the slots of a group's dependencies at an instant, those of strength 0 as well."""
        columns = self.dependencies
        return [
            slot
            for slot in self.rests_on[self.groups.consumer[group]]
            if columns.group[slot] == group and columns.begins[slot] <= at < columns.ends[slot]
        ]

    def _add(self, row: MapDependency) -> int:
        consumer, provider = self.position(row.consumer), self.position(row.provider)
        if consumer == provider:
            raise SelfDependencyError(f"{row.id} has the same node at both ends.")
        group = UNGROUPED
        if row.group is not None:
            group = self.groups.positions.get(row.group, UNGROUPED)
            if group == UNGROUPED or self.groups.consumer[group] != consumer:
                raise MapRowError(f"{row.id} names a group that its consumer does not have.")
        slot = self.dependencies.add(row, consumer=consumer, provider=provider, group=group)
        self.rests_on[consumer].append(slot)
        self.carries[provider].append(slot)
        return slot

    def _slots(self, dependency_id: DependencyId, consumer: int) -> array[int]:
        number, mine = dependency_id.int, self.rests_on[consumer]
        return array("i", [one for one in mine if self.dependencies.number(one) == number])

    def _remove(self, slots: array[int]) -> None:
        columns = self.dependencies
        for slot in slots:
            self.rests_on[columns.consumer[slot]].remove(slot)
            self.carries[columns.provider[slot]].remove(slot)
            columns.free(slot)

    def _require_one_at_a_time(self, slots: array[int]) -> None:
        twice = self.dependencies.overlapping(slots) if len(slots) > 1 else None
        if twice is not None:
            raise MapRowError(f"Two periods of dependency {twice} overlap.")
